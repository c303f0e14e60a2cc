using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;
using Capability = MesosK8sBridge.Protocol.V1.CapabilityInfo.Types.Capability;
using IpcMode = MesosK8sBridge.Protocol.V1.LinuxInfo.Types.IpcMode;
using RLimit = MesosK8sBridge.Protocol.V1.RLimitInfo.Types.RLimit;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>
/// What a task wishes of its container beyond image, command and volumes, whether <c>linux_info</c>, <c>rlimit_info</c> or Docker's
/// parameters say it.
/// </summary>
internal sealed class ContainerWishes
{
    private static readonly ContainerWishes Nothing = new();

    public bool Privileged { get; set; }

    public bool ReadOnlyRoot { get; set; }

    public bool NoNewPrivileges { get; set; }

    public bool HostPid { get; set; }

    public bool HostIpc { get; set; }

    /// <summary>Processes of the group's other tasks are visible.</summary>
    public bool SharesPid { get; set; }

    /// <summary>Without <c>CAP_</c>; null: what the runtime gives.</summary>
    public List<string>? OnlyCapabilities { get; set; }

    public List<string> AddedCapabilities { get; } = [];

    public List<string> DroppedCapabilities { get; } = [];

    public V1SeccompProfile? Seccomp { get; set; }

    /// <summary>Bytes; null: what the runtime gives.</summary>
    public long? SharedMemory { get; set; }

    /// <summary>Directories in memory, with their size in bytes.</summary>
    public List<(string Path, long? Size)> Tmpfs { get; } = [];

    public List<ProcessLimit> Limits { get; } = [];

    /// <summary>Docker's <c>user</c>.</summary>
    public string? User { get; set; }

    public string? Hostname { get; set; }

    public string? WorkingDirectory { get; set; }

    public string? EntryPoint { get; set; }

    public List<KeyValuePair<string, string>> Environment { get; } = [];

    public List<KeyValuePair<string, string>> Labels { get; } = [];

    public List<string> DnsServers { get; } = [];

    public List<string> DnsSearches { get; } = [];

    public List<string> DnsOptions { get; } = [];

    public List<(string Host, string Address)> Hosts { get; } = [];

    /// <summary>Docker's <c>volume</c>, as volumes of Mesos.</summary>
    public List<Volume> Volumes { get; } = [];

    /// <summary>The first that cannot be.</summary>
    public Refusal? Problem { get; set; }

    public static ContainerWishes Of(TaskInfo task, bool isGroup, PodPolicy policy)
    {
        if (task.Container is not { } container
            || (container.LinuxInfo is null && container.RlimitInfo is null && container.TtyInfo is null && !container.HasHostname
                && container.Docker is not { Privileged: true } and not { Parameters.Count: > 0 }))
        {
            return Nothing;
        }

        var wishes = new ContainerWishes { Privileged = container.Docker?.Privileged ?? false };
        if (container.HasHostname && container.Hostname.Length > 0)
        {
            wishes.Hostname = container.Hostname;
        }

        if (container.TtyInfo is not null)
        {
            wishes.Refuse("'tty_info' is not supported: nobody can be connected to a task's terminal");
        }

        wishes.Take(container.LinuxInfo, isGroup);
        foreach (var limit in container.RlimitInfo?.Rlimits ?? [])
        {
            wishes.Take(limit);
        }

        foreach (var parameter in container.Docker?.Parameters ?? [])
        {
            if (!policy.IgnoredParameters.Contains(parameter.Key))
            {
                DockerParameter.Take(parameter, wishes);
            }
        }

        wishes.Problem ??= wishes.Breach(policy);
        return wishes;
    }

    public void Refuse(string text) => Problem ??= Refusal.Invalid(text);

    private Refusal? Breach(PodPolicy policy) =>
        Privileged && !policy.Privileged ? Refusal.Forbidden("A privileged container")
        : HostPid && !policy.HostPid ? Refusal.Forbidden("The PID namespace of the agent")
        : HostIpc && !policy.HostIpc ? Refusal.Forbidden("The IPC namespace of the agent")
        : Seccomp is { Type: "Unconfined" } && !policy.SeccompUnconfined ? Refusal.Forbidden("Running without a seccomp profile")
        : (OnlyCapabilities ?? []).Concat(AddedCapabilities).FirstOrDefault(name => !policy.AllowsCapability(name)) is { } capability
            ? Refusal.Forbidden($"Capability {capability}")
            : null;

    /// <remarks>Mesos: include/mesos/v1/mesos.proto, LinuxInfo; src/slave/containerizer/mesos/isolators/linux/capabilities.cpp.</remarks>
    private void Take(LinuxInfo? linux, bool isGroup)
    {
        if (linux is null)
        {
            return;
        }

        var capabilities = linux.EffectiveCapabilities ?? linux.CapabilityInfo ?? linux.BoundingCapabilities;
        if (capabilities is not null)
        {
            OnlyCapabilities = [.. capabilities.Capabilities.Where(c => c != Capability.Unknown).Select(Name)];
        }

        (SharesPid, HostPid) = linux.SharePidNamespace ? (isGroup, !isGroup) : (false, false);
        HostIpc = !isGroup && linux.IpcMode == IpcMode.ShareParent;
        SharedMemory = linux.HasShmSize ? (long)linux.ShmSize << 20 : null;
        if (linux.HasShmSize && linux.IpcMode == IpcMode.ShareParent)
        {
            Refuse("Only support setting up the size of /dev/shm for private IPC mode");
        }

        Seccomp = linux.Seccomp switch
        {
            { Unconfined: true } => new V1SeccompProfile { Type = "Unconfined" },
            { HasProfileName: true } named => new V1SeccompProfile { Type = "Localhost", LocalhostProfile = named.ProfileName },
            _ => null,
        };
    }

    private void Take(RLimit limit)
    {
        if (ProcessLimit.Of(limit, out var problem) is { } taken)
        {
            Limits.Add(taken);
        }
        else
        {
            Refuse(problem!);
        }
    }

    /// <remarks>The generated name of <c>NET_BIND_SERVICE</c> is <c>NetBindService</c>.</remarks>
    private static string Name(Capability capability) => MesosNames.Of(capability);
}
