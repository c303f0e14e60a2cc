using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Nodes;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>What an administrator says about the Pods of one framework.</summary>
public sealed record PodSettings
{
    /// <summary>Where its Pods are.</summary>
    public required string Namespace { get; init; }

    /// <summary>For tasks that name no image; null refuses them.</summary>
    public string? DefaultImage { get; init; }

    public PodPolicy Policy { get; init; } = PodPolicy.Baseline;

    /// <summary>True: a task's <c>cpus</c> are also its limit, as with Mesos' <c>--cgroups_enable_cfs</c>. Default false, as there.</summary>
    public bool LimitCpus { get; init; }

    /// <summary>True: a task's <c>disk</c> is also its limit, as with Mesos' <c>--enforce_container_disk_quota</c>. Default false, as there.</summary>
    public bool LimitDisk { get; init; }

    /// <summary>What is behind resources of tasks that are neither cpus, mem, disk nor ports.</summary>
    public ExtendedResources Extended { get; init; } = ExtendedResources.Default;

    public Binding Binding { get; init; }

    /// <summary>Who a user's name is; <see cref="PodPolicy.Any"/> stands for all others. See <see cref="TaskUser"/>.</summary>
    public ImmutableDictionary<string, UserIdentity> Users { get; init; } = ImmutableDictionary<string, UserIdentity>.Empty;

    /// <summary>What a Pod's annotations have to say for it to join a network, by the network's name in Mesos; null: every name means the Pod's network.</summary>
    public ImmutableDictionary<string, ImmutableSortedDictionary<string, string>>? Networks { get; init; }

    /// <summary>By volume driver or CSI plugin; others are refused.</summary>
    public ImmutableDictionary<string, VolumeClaims> Claims { get; init; } = ImmutableDictionary<string, VolumeClaims>.Empty;

    /// <summary>A headless Service is made for each name that tasks are to be discovered by.</summary>
    public bool DiscoveryServices { get; init; }

    /// <summary>Fetches URIs; null refuses tasks that have some.</summary>
    public FetcherSettings? Fetcher { get; init; }

    /// <summary>Of the URIs of tasks, before anything else is made of them.</summary>
    public ImmutableArray<UriRewrite> UriRewrites { get; init; } = [];

    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public string? ServiceAccountName { get; init; }

    public ImmutableArray<string> ImagePullSecrets { get; init; } = [];

    public ImmutableArray<V1Toleration> Tolerations { get; init; } = [];

    public V1PodSecurityContext? SecurityContext { get; init; }

    /// <summary>Of each container.</summary>
    public V1SecurityContext? ContainerSecurityContext { get; init; }

    public string? PriorityClassName { get; init; }

    public string? RuntimeClassName { get; init; }

    /// <summary>Laid over each Pod at the end; null: nothing.</summary>
    public PodOverlay? Overlay { get; init; }
}

/// <param name="Prefix">Of a URI, as tasks write it.</param>
/// <param name="Replacement">In its place.</param>
public sealed record UriRewrite(string Prefix, string Replacement);

/// <param name="Uid">Null: whoever the image says.</param>
public sealed record UserIdentity(long? Uid, long? Gid);

/// <param name="Image">Of the bridge itself.</param>
/// <param name="Command">Before the arguments of <c>mesos-bridge</c>.</param>
public sealed record FetcherSettings(string Image, ImmutableArray<string> Command)
{
    /// <summary>As the Dockerfile makes it.</summary>
    public static FetcherSettings OfImage(string image) => new(image, ["dotnet", "/app/mesos-bridge.dll"]);

    /// <summary>This very program, where containers are processes of this machine.</summary>
    /// <param name="image">Only a name.</param>
    public static FetcherSettings OfProcess(string image) => new(
        image,
        [
            Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet")),
            Path.Combine(AppContext.BaseDirectory, "mesos-bridge.dll"),
        ]);
}
