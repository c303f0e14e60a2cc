using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;

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
}

/// <summary>What tasks may ask for beyond an ordinary container.</summary>
/// <param name="HostNetwork">
/// True: tasks in Mesos' host network run in the node's network. False: they run in their Pod's, with each of their
/// <c>ports</c> bound to the same port of the node, which serves every task that keeps to the ports it was offered.
/// </param>
/// <param name="Privileged">Docker's <c>privileged</c>.</param>
/// <param name="HostPaths">Directories of the node that volumes may be in.</param>
public sealed record PodPolicy(bool HostNetwork, bool Privileged, ImmutableArray<string> HostPaths)
{
    /// <summary>What Pod Security's "baseline" lets through, and host ports.</summary>
    public static PodPolicy Baseline { get; } = new(HostNetwork: false, Privileged: false, HostPaths: []);

    public bool AllowsHostPath(string path) => HostPaths.Any(allowed => IsWithin(path, allowed.TrimEnd('/')));

    private static bool IsWithin(string path, string directory) =>
        !path.Split('/').Contains("..")
        && (directory.Length == 0 || path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal));
}
