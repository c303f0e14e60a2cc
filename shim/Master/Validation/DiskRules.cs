using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;
using SourceType = MesosK8sBridge.Protocol.V1.Resource.Types.DiskInfo.Types.Source.Types.Type;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>CREATE_DISK and DESTROY_DISK of a framework.</summary>
/// <remarks>Mesos: src/master/validation.cpp, namespace operation.</remarks>
internal static class DiskRules
{
    public static string? Check(Operation.Types.CreateDisk create)
    {
        var source = create.Source;
        return CheckSource(source)
            ?? (TypeOf(source) != SourceType.Raw ? "'source' is not a RAW disk resource" : null)
            ?? (create.TargetType is not (SourceType.Mount or SourceType.Block) ? "'target_type' is neither MOUNT or BLOCK" : null)
            ?? (source.Disk.Source.HasProfile, create.HasTargetProfile) switch
            {
                (true, true) => "'target_profile' must not be set when 'source' has a profile",
                (false, false) => "'target_profile' must be set when 'source' has no profile",
                _ => null,
            };
    }

    public static string? Check(Operation.Types.DestroyDisk destroy)
    {
        var source = destroy.Source;
        return CheckSource(source)
            ?? (TypeOf(source) is not (SourceType.Mount or SourceType.Block or SourceType.Raw)
                ? "'source' is neither a MOUNT, BLOCK or RAW disk resource"
                : null)
            ?? (!source.Disk.Source.HasId ? "'source' is not backed by a CSI volume" : null)
            ?? (source.Disk.Persistence is not null
                ? $"A disk resource containing a persistent volume {ResourceText.Print(source)} cannot be destroyed directly."
                    + " Please destroy the persistent volume first then destroy the disk resource"
                : null);
    }

    private static string? CheckSource(Resource source) =>
        ResourceRules.Check([source]) is { } error ? $"Invalid resource: {error}"
        : source.ProviderId is null ? "'source' is not managed by a resource provider"
        : null;

    private static SourceType? TypeOf(Resource source) => source.Disk?.Source?.Type;
}
