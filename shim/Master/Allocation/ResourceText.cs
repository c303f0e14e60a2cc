using System.Globalization;
using System.Text;
using MesosK8sBridge.Protocol.V1;
using Type = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>Resources as Mesos prints them in its messages.</summary>
/// <remarks>Mesos: src/common/resources.cpp, operator&lt;&lt; for Resource.</remarks>
internal static class ResourceText
{
    public static string Of(Resource resource)
    {
        var text = new StringBuilder(resource.Name);
        if (resource.AllocationInfo is { } allocation)
        {
            text.Append(CultureInfo.InvariantCulture, $"(allocated: {allocation.Role})");
        }

        if (resource.Reservations.Count > 0)
        {
            text.Append("(reservations: [");
            text.AppendJoin(", ", resource.Reservations.Select(ReservationOf));
            text.Append("])");
        }

        text.Append(resource.Revocable is null ? "" : "{REV}").Append(resource.Shared is null ? "" : "<SHARED>");
        return text.Append(':').Append(AmountOf(resource)).ToString();
    }

    private static string ReservationOf(Resource.Types.ReservationInfo reservation)
    {
        var type = reservation.Type == Resource.Types.ReservationInfo.Types.Type.Static ? "STATIC" : "DYNAMIC";
        return reservation.HasPrincipal ? $"({type},{reservation.Role},{reservation.Principal})" : $"({type},{reservation.Role})";
    }

    private static string AmountOf(Resource resource) => resource.Type switch
    {
        Type.Scalar => Number(resource.Scalar?.Value ?? 0),
        Type.Ranges => $"[{string.Join(", ", resource.Ranges?.Range.Select(r => $"{r.Begin}-{r.End}") ?? [])}]",
        Type.Set => $"{{{string.Join(", ", resource.Set?.Item.AsEnumerable() ?? [])}}}",
        _ => "",
    };

    /// <summary>Rounded to thousandths.</summary>
    public static string Number(double value) =>
        (Amount.ToThousandths(value) / 1000.0).ToString("0.###", CultureInfo.InvariantCulture);
}
