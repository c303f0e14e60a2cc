using System.Net;
using MesosK8sBridge.Operator.Agents;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Credentials;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>All settings of one bridge. The defaults suit a small cluster.</summary>
public sealed record BridgeOptions
{
    public ListenerOptions Listener { get; init; } = new();

    public MasterOptions Master { get; init; } = new();

    public NodeSettings Nodes { get; init; } = new();

    public AgentSettings Agents { get; init; } = new();

    public PodPatience Patience { get; init; } = new();

    public RetentionSettings Retention { get; init; } = new();

    /// <summary>Where frameworks find the bridge, if not where it listens: it tells them in its <c>MasterInfo</c>.</summary>
    public IPAddress? AdvertisedIp { get; init; }

    /// <summary>Null: the advertised address.</summary>
    public string? AdvertisedHostname { get; init; }

    /// <summary>Of the resources made for frameworks under <see cref="Admission.Open"/>, and of their Pods.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>For tasks that name no image, where their framework's resource names none either; null refuses them.</summary>
    public string? DefaultImage { get; init; }

    /// <summary>Fetches the URIs of tasks; null: such tasks are refused.</summary>
    public FetcherSettings? Fetcher { get; init; }

    /// <summary>How Pods come to their nodes, where a framework's resource does not say. Default: the bridge binds them.</summary>
    public Binding Binding { get; init; }

    /// <summary>Where the master itself is; null: nobody asks, and no node is far away.</summary>
    public DomainInfo? Domain { get; init; }

    /// <summary>Calls to the API server at the same time. Default 64.</summary>
    public int Parallelism { get; init; } = 64;

    /// <summary>First wait after a call that failed; doubles to <see cref="LongestRetry"/>. Default 200 ms.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Default 10 s.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two looks at what frameworks use, for their status. Default 2 s.</summary>
    public TimeSpan StatusInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an orderly stop waits for what is under way. Default 5 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Null: this is the only bridge in front of its cluster, and leads at once.</summary>
    public LeadershipSettings? Leadership { get; init; }

    /// <summary>Where Kubernetes asks for readiness and liveness; null: nowhere.</summary>
    public IPEndPoint? ProbeListen { get; init; }

    public CredentialSettings Credentials { get; init; } = new();

    /// <summary>Create or update the CustomResourceDefinitions at the start.</summary>
    public bool InstallCustomResources { get; init; }

    /// <summary>Of this process among the replicas, e.g. the Pod's name; for events and the lease.</summary>
    public string Instance { get; init; } = "mesos-bridge";
}
