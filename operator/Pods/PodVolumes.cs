using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;
using Volume = MesosK8sBridge.Protocol.V1.Volume;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>A task's sandbox and its volumes.</summary>
/// <remarks>Each container has a sandbox of its own, as each task of a group has in Mesos; it ends with the Pod.</remarks>
internal static class PodVolumes
{
    /// <summary>Mesos' default of <c>--sandbox_directory</c>.</summary>
    public const string Sandbox = "/mnt/mesos/sandbox";

    public static string SandboxName(string container) => container == PodNames.SingleContainer ? "sandbox" : PodNames.DnsLabel($"sandbox-{container}", 63, "sandbox");

    /// <summary>What is mounted: a path of the node if absolute, of the sandbox if relative; null if the volume says neither.</summary>
    public static string? PathOf(Volume volume) => volume.Source switch
    {
        null => volume.HasHostPath ? volume.HostPath : null,
        { HostPath: { } host } => host.Path,
        { SandboxPath: { } sandbox } => sandbox.Path,
        _ => null,
    };

    public static IEnumerable<V1Volume> Of(TaskInfo task, string container)
    {
        yield return new V1Volume { Name = SandboxName(container), EmptyDir = new V1EmptyDirVolumeSource() };
        foreach (var (volume, index) in Numbered(task).Where(v => IsOfNode(v.Volume)))
        {
            yield return new V1Volume { Name = HostName(container, index), HostPath = new V1HostPathVolumeSource { Path = PathOf(volume) } };
        }
    }

    public static IEnumerable<V1VolumeMount> MountsOf(TaskInfo task, string container)
    {
        yield return new V1VolumeMount { Name = SandboxName(container), MountPath = Sandbox };
        foreach (var (volume, index) in Numbered(task))
        {
            yield return new V1VolumeMount
            {
                Name = IsOfNode(volume) ? HostName(container, index) : SandboxName(container),
                MountPath = volume.ContainerPath.StartsWith('/') ? volume.ContainerPath : $"{Sandbox}/{volume.ContainerPath}",
                SubPath = IsOfNode(volume) ? null : PathOf(volume),
                ReadOnlyProperty = volume.Mode == Volume.Types.Mode.Ro ? true : null,
            };
        }
    }

    private static bool IsOfNode(Volume volume) => PathOf(volume) is ['/', ..];

    private static string HostName(string container, int index) =>
        container == PodNames.SingleContainer ? $"host-{index}" : $"host-{index}-{PodNames.Hash(10, container)}";

    private static IEnumerable<(Volume Volume, int Index)> Numbered(TaskInfo task) =>
        (task.Container?.Volumes ?? Enumerable.Empty<Volume>()).Select((volume, index) => (volume, index));
}
