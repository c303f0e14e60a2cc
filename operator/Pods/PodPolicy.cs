using System.Collections.Immutable;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>What tasks may ask for beyond an ordinary container.</summary>
public sealed record PodPolicy
{
    /// <summary>In lists of names: all of them.</summary>
    public const string Any = "*";

    /// <summary>What Pod Security's "baseline" lets containers have besides what their runtime gives them anyway.</summary>
    /// <remarks>Kubernetes: pod-security-admission/policy/check_capabilities_baseline.go.</remarks>
    private static readonly ImmutableHashSet<string> OrdinaryCapabilities =
    [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID",
        "SYS_CHROOT",
    ];

    /// <summary>What Pod Security's "baseline" lets through, and host ports.</summary>
    public static PodPolicy Baseline { get; } = new();

    /// <summary>
    /// True: tasks in Mesos' host network run in the node's network. False: they run in their Pod's, with each of their
    /// <c>ports</c> bound to the same port of the node, which serves every task that keeps to the ports it was offered.
    /// </summary>
    public bool HostNetwork { get; init; }

    /// <summary>Tasks may see all processes of the node.</summary>
    public bool HostPid { get; init; }

    /// <summary>Tasks may share the node's System V IPC and <c>/dev/shm</c>.</summary>
    public bool HostIpc { get; init; }

    public bool Privileged { get; init; }

    /// <summary>Tasks may run without a seccomp profile where the node would give them one.</summary>
    public bool SeccompUnconfined { get; init; }

    /// <summary>Directories of the node that volumes may be in.</summary>
    public ImmutableArray<HostPathRule> HostPaths { get; init; } = [];

    /// <summary>Beyond those of "baseline"; without <c>CAP_</c>.</summary>
    public ImmutableArray<string> Capabilities { get; init; } = [];

    /// <summary>Names or numbers of users that tasks may ask to be; null: any.</summary>
    public ImmutableArray<string>? Users { get; init; }

    /// <summary>Extended resources that tasks may have, e.g. <c>nvidia.com/gpu</c>; null: any.</summary>
    public ImmutableArray<string>? Devices { get; init; }

    /// <summary>Where images that tasks name may come from: a registry, a part of one, or one image; null: anywhere.</summary>
    public ImmutableArray<string>? Registries { get; init; }

    /// <summary>Secrets of the namespace that tasks may refer to.</summary>
    public ImmutableArray<string> Secrets { get; init; } = [];

    /// <summary>Docker parameters to leave out rather than to refuse, e.g. <c>log-driver</c>.</summary>
    public ImmutableArray<string> IgnoredParameters { get; init; } = [];

    public bool AllowsHostPath(string path, bool readOnly) =>
        !path.Split('/').Contains("..") && HostPaths.Any(rule => (readOnly || !rule.ReadOnly) && IsWithin(path, rule.Path.TrimEnd('/')));

    public bool AllowsCapability(string name) => OrdinaryCapabilities.Contains(name) || Names(Capabilities, name);

    public bool AllowsUser(string name) => Users is not { } users || Names(users, name);

    public bool AllowsDevice(string resource) => Devices is not { } devices || Names(devices, resource);

    public bool AllowsSecret(string name) => Names(Secrets, name);

    public bool AllowsImage(string image) => Registries is not { } registries || registries.Any(part => part == Any || IsFrom(FullName(image), FullPart(part)));

    private static bool Names(ImmutableArray<string> list, string name) => list.Contains(Any) || list.Contains(name);

    private static bool IsWithin(string path, string directory) =>
        directory.Length == 0 || path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal);

    /// <summary>A colon before another part of the name is that of a registry's port: another registry.</summary>
    private static bool IsFrom(string image, string part) =>
        image.StartsWith(part, StringComparison.Ordinal)
        && (image.Length == part.Length || image[part.Length] is '/' or '@' || (image[part.Length] is ':' && !image.AsSpan(part.Length).Contains('/')));

    /// <summary>As Docker completes it: <c>alpine</c> is <c>docker.io/library/alpine</c>.</summary>
    private static string FullName(string image) =>
        image.Split('/') is [var first, _, ..]
            ? IsRegistry(first) ? image : $"docker.io/{image}"
            : $"docker.io/library/{image}";

    private static string FullPart(string part) =>
        part.TrimEnd('/') is var trimmed && IsRegistry(trimmed.Split('/')[0]) ? trimmed : $"docker.io/{trimmed}";

    private static bool IsRegistry(string first) => first == "localhost" || first.Contains('.', StringComparison.Ordinal) || first.Contains(':', StringComparison.Ordinal);
}

/// <param name="Path">Absolute; with all that is in it.</param>
/// <param name="ReadOnly">Volumes in it must be read-only.</param>
public sealed record HostPathRule(string Path, bool ReadOnly = false);
