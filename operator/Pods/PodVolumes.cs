using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;
using Propagation = MesosK8sBridge.Protocol.V1.MountPropagation.Types.Mode;
using SandboxKind = MesosK8sBridge.Protocol.V1.Volume.Types.Source.Types.SandboxPath.Types.Type;
using Volume = MesosK8sBridge.Protocol.V1.Volume;
using VolumeSource = MesosK8sBridge.Protocol.V1.Volume.Types.Source.Types.Type;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>A task's sandbox and its volumes.</summary>
/// <remarks>Each container has a sandbox of its own, as each task of a group has in Mesos; it ends with the Pod.</remarks>
internal static class PodVolumes
{
    /// <summary>Mesos' default of <c>--sandbox_directory</c>.</summary>
    public const string Sandbox = "/mnt/mesos/sandbox";

    /// <summary>What the tasks of a group share: the sandbox of their executor.</summary>
    private const string GroupSandbox = "executor-sandbox";

    private const string SharedMemory = "/dev/shm";

    public static string SandboxName(string container) => container switch
    {
        PodNames.SingleContainer => "sandbox",
        { Length: <= 55 } => $"sandbox-{container}",
        _ => $"sandbox-{PodNames.Hash(12, container)}", // Cut off, two could be the same.
    };

    public static Refusal? Problem(TaskDraft draft, PodSettings settings) =>
        Volumes(draft).Select(volume => Problem(volume, draft, settings)).FirstOrDefault(problem => problem is not null);

    /// <summary>All that the tasks' mounts refer to, each once.</summary>
    public static IEnumerable<V1Volume> Of(IEnumerable<TaskDraft> drafts, PodSettings settings) =>
        drafts.SelectMany(draft => Mounts(draft, settings)).Select(mount => mount.Volume).OfType<V1Volume>().DistinctBy(volume => volume.Name);

    public static IEnumerable<V1VolumeMount> MountsOf(TaskDraft draft, PodSettings settings) => Mounts(draft, settings).Select(mount => mount.Mount);

    /// <summary>Those of the tasks' claims that are made if they are not there.</summary>
    /// <param name="node">Where the Pod will be.</param>
    public static IEnumerable<V1PersistentVolumeClaim> Claims(IEnumerable<TaskDraft> drafts, string node, PodSettings settings) =>
        from draft in drafts
        from volume in Volumes(draft)
        let place = PlaceOf(volume, draft.Task) as VolumePlace.Claim
        where place is not null
        group settings.Claims.GetValueOrDefault(place.Driver)?.Made by ClaimName(place, settings) into named
        where named.First() is not null
        select named.First()!.Claim(named.Key, settings.Namespace, settings.Binding == Binding.Direct ? node : null);

    private static IEnumerable<(V1Volume? Volume, V1VolumeMount Mount)> Mounts(TaskDraft draft, PodSettings settings)
    {
        yield return (
            new V1Volume { Name = SandboxName(draft.Container), EmptyDir = new V1EmptyDirVolumeSource() },
            new V1VolumeMount { Name = SandboxName(draft.Container), MountPath = Sandbox });
        var index = 0;
        foreach (var volume in Volumes(draft))
        {
            yield return Mount(volume, index++, draft, settings);
        }

        if (draft.Wishes.SharedMemory is { } size)
        {
            yield return InMemory(Name("shm", draft), SharedMemory, size);
        }

        foreach (var (path, bytes) in draft.Wishes.Tmpfs)
        {
            yield return InMemory(Name($"tmpfs-{index++}", draft), path, bytes);
        }
    }

    private static IEnumerable<Volume> Volumes(TaskDraft draft) =>
        (draft.Task.Container?.Volumes ?? Enumerable.Empty<Volume>()).Concat(draft.Wishes.Volumes);

    private static (V1Volume? Volume, V1VolumeMount Mount) Mount(Volume volume, int index, TaskDraft draft, PodSettings settings)
    {
        var mount = new V1VolumeMount
        {
            MountPath = volume.ContainerPath.StartsWith('/') ? volume.ContainerPath : $"{Sandbox}/{volume.ContainerPath}",
            ReadOnlyProperty = volume.Mode == Volume.Types.Mode.Ro ? true : null,
        };
        switch (PlaceOf(volume, draft.Task))
        {
            case VolumePlace.Node place:
                mount.Name = Name($"host-{index}", draft);
                mount.MountPropagation = PropagationOf(volume);
                return (new V1Volume { Name = mount.Name, HostPath = new V1HostPathVolumeSource { Path = place.Path } }, mount);

            case VolumePlace.OwnSandbox place:
                (mount.Name, mount.SubPath) = (SandboxName(draft.Container), place.Path);
                return (null, mount);

            case VolumePlace.GroupSandbox place:
                (mount.Name, mount.SubPath) = (GroupSandbox, place.Path);
                return (new V1Volume { Name = GroupSandbox, EmptyDir = new V1EmptyDirVolumeSource() }, mount);

            case VolumePlace.Claim place:
                mount.Name = Name($"claim-{index}", draft);
                var claim = new V1PersistentVolumeClaimVolumeSource { ClaimName = ClaimName(place, settings) };
                return (new V1Volume { Name = mount.Name, PersistentVolumeClaim = claim }, mount);

            case VolumePlace.OfSecret place:
                mount.Name = Name($"secret-{index}", draft);
                (mount.SubPath, mount.ReadOnlyProperty) = ("secret", true);
                return (new V1Volume { Name = mount.Name, Secret = SecretSource(place.Secret) }, mount);

            default:
                mount.Name = Name($"scratch-{index}", draft);
                return (new V1Volume { Name = mount.Name, EmptyDir = new V1EmptyDirVolumeSource() }, mount);
        }
    }

    private static (V1Volume Volume, V1VolumeMount Mount) InMemory(string name, string path, long? size) => (
        new V1Volume
        {
            Name = name,
            EmptyDir = new V1EmptyDirVolumeSource { Medium = "Memory", SizeLimit = size is { } bytes ? Amounts.Bytes(bytes) : (ResourceQuantity?)null },
        },
        new V1VolumeMount { Name = name, MountPath = path });

    private static V1SecretVolumeSource SecretSource(Secret secret)
    {
        var (name, key) = TaskSecrets.Place(secret, out _)!.Value;
        return new V1SecretVolumeSource { SecretName = name, Items = [new V1KeyToPath { Key = key, Path = "secret" }] };
    }

    private static Refusal? Problem(Volume volume, TaskDraft draft, PodSettings settings) => (volume, PlaceOf(volume, draft.Task)) switch
    {
        ({ Image: not null }, _) => Refusal.Invalid($"Volume '{volume.ContainerPath}' is not supported: a Pod has no volumes from images"),
        (_, null) => Refusal.Invalid($"Volume '{volume.ContainerPath}' has no host path"),
        (_, var place) when HasWayUp(volume.ContainerPath) || HasWayUp((place as VolumePlace.Directory)?.Path ?? "") =>
            Refusal.Invalid($"Volume '{volume.ContainerPath}' has '..' in a path"),
        (_, VolumePlace.Node place) when !settings.Policy.AllowsHostPath(place.Path, volume.Mode == Volume.Types.Mode.Ro) =>
            Refusal.Forbidden($"Host path '{place.Path}'"),
        (_, VolumePlace.Node) when PropagationOf(volume) == "Bidirectional" && !draft.Wishes.Privileged =>
            Refusal.Invalid($"Volume '{volume.ContainerPath}': only a privileged Docker container may have BIDIRECTIONAL mount propagation"),
        (_, VolumePlace.GroupSandbox) when !draft.IsGroup => Refusal.Invalid(
            $"Volume '{volume.ContainerPath}' of type SANDBOX_PATH with PARENT is for tasks of a group only"),
        (_, VolumePlace.Claim place) when !settings.Claims.ContainsKey(place.Driver) =>
            Refusal.Invalid($"Volume driver '{place.Driver}' is not among the framework's 'volumeClaims'"),
        (_, VolumePlace.Claim place) when !PodNames.IsSubdomain(ClaimName(place, settings)) =>
            Refusal.Invalid($"Volume '{place.Volume}' cannot be a PersistentVolumeClaim: '{ClaimName(place, settings)}' is no name for one"),
        ({ Source.CsiVolume.StaticProvisioning: { } csi }, _) when csi.NodeStageSecrets.Count + csi.NodePublishSecrets.Count > 0 =>
            Refusal.Invalid($"Volume '{volume.ContainerPath}' cannot bring secrets of its plugin: they belong to its PersistentVolume"),
        ({ Source.CsiVolume.StaticProvisioning.VolumeCapability.Block: not null }, _) =>
            Refusal.Invalid($"Volume '{volume.ContainerPath}' is not supported as a block device"),
        _ => null,
    };

    /// <returns>Null if the volume does not say what it is.</returns>
    /// <remarks>Mesos: src/docker/docker.cpp, Docker::RunOptions::create, for the meanings of a host path that is missing or relative.</remarks>
    private static VolumePlace? PlaceOf(Volume volume, TaskInfo task) => volume.Source switch
    {
        null when string.IsNullOrEmpty(volume.HostPath) => task.Container is { Type: ContainerInfo.Types.Type.Docker } ? new VolumePlace.Scratch() : null,
        null when task.Container?.Docker is { HasVolumeDriver: true } docker && volume.HostPath[0] != '/' => new VolumePlace.Claim(docker.VolumeDriver, volume.HostPath),
        null => OfPath(volume.HostPath),
        { Type: VolumeSource.HostPath, HostPath: { } host } => OfPath(host.Path),
        { Type: VolumeSource.SandboxPath, SandboxPath: { Path.Length: > 0 } sandbox } =>
            sandbox.Type == SandboxKind.Parent ? new VolumePlace.GroupSandbox(sandbox.Path) : new VolumePlace.OwnSandbox(sandbox.Path),
        { Type: VolumeSource.DockerVolume, DockerVolume: { } docker } => new VolumePlace.Claim(docker.Driver, docker.Name),
        { Type: VolumeSource.CsiVolume, CsiVolume: { StaticProvisioning: { } provisioning } csi } => new VolumePlace.Claim(csi.PluginName, provisioning.VolumeId),
        { Type: VolumeSource.Secret, Secret: { } secret } => new VolumePlace.OfSecret(secret),
        _ => null,
    };

    private static VolumePlace.Directory? OfPath(string path) => path switch
    {
        "" => null,
        ['/', ..] => new VolumePlace.Node(path),
        _ => new VolumePlace.OwnSandbox(path),
    };

    private static string ClaimName(VolumePlace.Claim place, PodSettings settings) => settings.Claims.GetValueOrDefault(place.Driver)?.Prefix + place.Volume;

    private static string? PropagationOf(Volume volume) => volume.Source?.HostPath?.MountPropagation?.Mode switch
    {
        Propagation.HostToContainer => "HostToContainer",
        Propagation.Bidirectional => "Bidirectional",
        _ => null,
    };

    private static bool HasWayUp(string path) => path.Split('/').Contains("..");

    private static string Name(string name, TaskDraft draft) =>
        draft.Container == PodNames.SingleContainer ? name : $"{name}-{PodNames.Hash(10, draft.Container)}";
}

/// <summary>What a volume of Mesos is in a Pod.</summary>
internal abstract record VolumePlace
{
    private VolumePlace()
    {
    }

    public abstract record Directory(string Path) : VolumePlace;

    public sealed record Node(string Path) : Directory(Path);

    public sealed record OwnSandbox(string Path) : Directory(Path);

    public sealed record GroupSandbox(string Path) : Directory(Path);

    public sealed record Claim(string Driver, string Volume) : VolumePlace;

    public sealed record OfSecret(Secret Secret) : VolumePlace;

    /// <summary>Empty, for this task alone.</summary>
    public sealed record Scratch : VolumePlace;
}
