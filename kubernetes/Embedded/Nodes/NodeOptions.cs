using System.Collections.Immutable;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes;

/// <summary>What a node of the embedded cluster has and how it behaves.</summary>
public sealed record NodeOptions
{
    /// <summary>Also its hostname: a DNS label.</summary>
    public required string Name { get; init; }

    /// <summary>Cores it says it has. Default 4.</summary>
    public decimal Cpus { get; init; } = 4;

    /// <summary>MiB of memory it says it has. Default 8192.</summary>
    public long MemoryMebibytes { get; init; } = 8192;

    /// <summary>MiB of disk it says it has. Default 65536.</summary>
    public long DiskMebibytes { get; init; } = 65536;

    /// <summary>Most Pods it takes on. Default 110, as a kubelet.</summary>
    public int MaxPods { get; init; } = 110;

    /// <summary>Other resources, e.g. <c>nvidia.com/gpu</c>, in whole units.</summary>
    public ImmutableDictionary<string, long> ExtraResources { get; init; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>Besides those that a kubelet sets.</summary>
    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Its InternalIP, and its Pods' address. Default 127.0.0.1: their processes share this machine's network.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Between two heartbeats. Default 10 s, as a kubelet.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A Pod's grace period is at least this. Default 2 s, as a kubelet of Kubernetes 1.20.</summary>
    public TimeSpan MinimumGrace { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>Two ways to lose a node.</summary>
public enum NodeLoss
{
    /// <summary>The API server and the node hear nothing of each other; containers go on.</summary>
    Network,

    /// <summary>The machine stops: its containers are gone, and nobody knows how they ended.</summary>
    Machine,
}
