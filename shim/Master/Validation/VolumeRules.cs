using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;
using CapabilityType = MesosK8sBridge.Protocol.V1.FrameworkInfo.Types.Capability.Types.Type;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;
using SourceType = MesosK8sBridge.Protocol.V1.Resource.Types.DiskInfo.Types.Source.Types.Type;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>CREATE, DESTROY, GROW_VOLUME and SHRINK_VOLUME of a framework. Agents here can do all that newer Mesos agents can.</summary>
/// <remarks>Mesos: src/master/validation.cpp, namespace operation.</remarks>
internal static class VolumeRules
{
    public static string? Check(Operation.Types.Create create, Framework framework, KnownAgent agent)
    {
        var error = CheckVolumes(create.Volumes)
            ?? ResourceRules.CheckUniquePersistence(agent.Total + Resources.From(create.Volumes))
            ?? create.Volumes.Select(v => CheckCreated(v, framework)).FirstOrDefault(e => e is not null);
        return error
            ?? (ResourceRules.CheckSingleRole(create.Volumes) is { } roles ? $"Invalid volume resources: {roles}" : null);
    }

    public static string? Check(Operation.Types.Destroy destroy, KnownAgent agent)
    {
        if (CheckVolumes(destroy.Volumes) is { } error)
        {
            return error;
        }

        var volumes = destroy.Volumes.Select(v => Resources.From(v).Unallocate()).ToArray();
        return Array.Exists(volumes, v => v.All(i => i.Metadata.ProviderId is null) && !agent.Total.Contains(v)) ? "Persistent volumes not found"
            : Array.Exists(volumes, agent.Used.Contains) ? "Persistent volumes in use"
            : null;
    }

    public static string? Check(Operation.Types.GrowVolume grow)
    {
        var (volume, addition) = (grow.Volume, grow.Addition);
        return Wrap("Invalid resource in the 'GrowVolume.volume' field: ", Resources.Validate(volume))
            ?? Wrap("Invalid resource in the 'GrowVolume.addition' field: ", Resources.Validate(addition))
            ?? (Amount(addition.Scalar) <= 0 ? "The size of 'GrowVolume.addition' field must be greater than zero" : null)
            ?? (volume.ProviderId is not null ? "Growing a volume from a resource provider is not supported" : null)
            ?? Wrap("Invalid persistent volume in the 'GrowVolume.volume' field: ", ResourceRules.CheckVolumes([volume]))
            ?? (volume.Shared is not null ? "Growing a shared persistent volume is not supported" : null)
            ?? (Resources.From(Stripped(volume), addition).Count != 1
                ? "Incompatible resources in the 'GrowVolume.volume' and 'GrowVolume.addition' fields"
                : null);
    }

    public static string? Check(Operation.Types.ShrinkVolume shrink)
    {
        var volume = shrink.Volume;
        return Wrap("Invalid resource in the 'ShrinkVolume.volume' field: ", Resources.Validate(volume))
            ?? (Amount(shrink.Subtract) <= 0 ? "Value of 'ShrinkVolume.subtract' must be greater than zero" : null)
            ?? (Amount(volume.Scalar) <= Amount(shrink.Subtract)
                ? "Value of 'ShrinkVolume.subtract' must be smaller than the size of 'ShrinkVolume.volume'"
                : null)
            ?? (volume.ProviderId is not null ? "Shrinking a volume from a resource provider is not supported" : null)
            ?? (volume.Disk?.Source?.Type == SourceType.Mount ? "Shrinking a volume on a MOUNT disk is not supported" : null)
            ?? Wrap("Invalid persistent volume in the 'ShrinkVolume.volume' field: ", ResourceRules.CheckVolumes([volume]))
            ?? (volume.Shared is not null ? "Shrinking a shared persistent volume is not supported" : null);
    }

    /// <summary>The disk that a volume is made of.</summary>
    public static Resource Stripped(Resource volume)
    {
        var disk = volume.Clone();
        disk.Shared = null;
        if (disk.Disk?.Source is null)
        {
            disk.Disk = null;
        }
        else
        {
            disk.Disk.Persistence = null;
            disk.Disk.Volume = null;
        }

        return disk;
    }

    private static string? Wrap(string prefix, string? error) => error is null ? null : prefix + error;

    private static long Amount(Value.Types.Scalar? scalar) => Thousandths.FromDouble(scalar?.Value ?? 0);

    private static string? CheckVolumes(IReadOnlyList<Resource> volumes) =>
        Wrap("Invalid resources: ", ResourceRules.Check(volumes) ?? ResourceRules.CheckSingleProvider(volumes))
        ?? Wrap("Not a persistent volume: ", ResourceRules.CheckVolumes(volumes));

    private static string? CheckCreated(Resource volume, Framework framework) =>
        volume.Shared is not null && !framework.Info.Capabilities.Any(c => c.Type == CapabilityType.SharedResources)
            ? $"Create volume operation for '{ResourceText.Print(volume)}' has been attempted by framework '{framework.Id}'"
                + " with no SHARED_RESOURCES capability"
            : CheckPrincipal(volume.Disk.Persistence, framework.Principal);

    private static string? CheckPrincipal(Resource.Types.DiskInfo.Types.Persistence persistence, string? principal) =>
        principal is null ? null
        : !persistence.HasPrincipal ?
            $"Create volume operation attempted by principal '{principal}', but there is a volume in the operation"
            + " with no principal set in 'disk.persistence'"
        : persistence.Principal != principal ?
            $"Create volume operation attempted by authenticated principal '{principal}', which does not match a volume"
            + $" in the operation with principal '{persistence.Principal}' set in 'disk.persistence'"
        : null;
}
