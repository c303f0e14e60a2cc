using System.Text;
using MesosK8sBridge.Protocol.V1;
using Disk = MesosK8sBridge.Protocol.V1.Resource.Types.DiskInfo;
using Type = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Protocol;

/// <summary>Resources as Mesos prints them in its error texts and logs.</summary>
/// <remarks>Mesos: src/common/resources.cpp, src/common/values.cpp.</remarks>
public static class ResourceText
{
    /// <param name="resource">As it came, valid or not; <c>role</c> and <c>reservation</c> of the old form do not show.</param>
    /// <returns><c>cpus(allocated: *):-1</c></returns>
    public static string Print(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var metadata = Print(
            resource.Name,
            resource.AllocationInfo?.Role,
            [.. resource.Reservations.Select(Reservation.From)],
            resource.Disk,
            resource.Revocable is not null,
            resource.Shared is not null);
        return $"{metadata}:{PrintAmount(resource)}";
    }

    private static string PrintAmount(Resource resource) => resource.Type switch
    {
        Type.Scalar => Thousandths.Print(Thousandths.FromDouble(resource.Scalar?.Value ?? 0)),
        Type.Ranges => $"[{string.Join(", ", resource.Ranges?.Range.Select(range => $"{range.Begin}-{range.End}") ?? [])}]",
        Type.Set => $"{{{string.Join(", ", resource.Set?.Item.ToList() ?? [])}}}",
        _ => "", // Mesos aborts here
    };

    internal static string Print(
        string name, string? allocationRole, IReadOnlyCollection<Reservation> reservations, Disk? disk, bool isRevocable, bool isShared)
    {
        var text = new StringBuilder(name);
        _ = allocationRole is null ? text : text.Append("(allocated: ").Append(allocationRole).Append(')');
        _ = reservations.Count == 0
            ? text
            : text.Append("(reservations: [").AppendJoin(',', reservations.Select(reservation => $"({reservation})")).Append("])");
        _ = disk is null ? text : text.Append('[').Append(Print(disk)).Append(']');
        _ = isRevocable ? text.Append("{REV}") : text;
        _ = isShared ? text.Append("<SHARED>") : text;
        return text.ToString();
    }

    private static string Print(Disk disk)
    {
        var text = new StringBuilder();
        _ = disk.Source is null ? text : text.Append(Print(disk.Source));
        _ = disk is { Source: not null, Persistence: not null } ? text.Append(',') : text;
        _ = disk.Persistence is null ? text : text.Append(disk.Persistence.Id);
        _ = disk.Volume is null ? text : text.Append(':').Append(Print(disk.Volume));
        return text.ToString();
    }

    internal static string Print(Disk.Types.Source source)
    {
        var csi = source.HasId || source.HasProfile ? $"({source.Vendor},{source.Id},{source.Profile})" : null;
        return source.Type switch
        {
            Disk.Types.Source.Types.Type.Mount => "MOUNT" + (csi ?? (source.Mount is { HasRoot: true } mount ? ":" + mount.Root : "")),
            Disk.Types.Source.Types.Type.Path => "PATH" + (csi ?? (source.Path is { HasRoot: true } path ? ":" + path.Root : "")),
            Disk.Types.Source.Types.Type.Block => "BLOCK" + csi,
            Disk.Types.Source.Types.Type.Raw => "RAW" + csi,
            _ => "UNKNOWN",
        };
    }

    private static string Print(Volume volume)
    {
        if (!volume.HasHostPath)
        {
            return volume.ContainerPath;
        }

        var mode = (volume.HasMode, volume.Mode) switch
        {
            (false, _) => "",
            (_, Volume.Types.Mode.Rw) => ":rw",
            _ => ":ro",
        };
        return $"{volume.HostPath}:{volume.ContainerPath}{mode}";
    }
}
