using Google.Protobuf.Collections;
using MesosK8sBridge.Protocol.V1;
using Info = MesosK8sBridge.Protocol.V1.Resource.Types.ReservationInfo;
using Source = MesosK8sBridge.Protocol.V1.Resource.Types.DiskInfo.Types.Source;
using Type = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Protocol;

/// <summary>What can be wrong with a single Resource message, in Mesos's words and order.</summary>
/// <remarks>Mesos: src/common/resources.cpp, <c>Resources::validate</c>.</remarks>
internal static class ResourceValidation
{
    internal static string? Complaint(Resource resource) =>
        resource.Name.Length == 0
            ? "Empty resource name"
            : OfValue(resource) ?? OfDisk(resource) ?? OfReservations(resource) ?? OfSharing(resource);

    private static string? OfValue(Resource resource) => resource.Type switch
    {
        Type.Scalar => OfScalar(resource),
        Type.Ranges => OfRanges(resource),
        Type.Set => OfSet(resource),
        _ => "Unsupported resource type",
    };

    /// <remarks>0 is allowed; so small that it counts as 0 is not.</remarks>
    private static string? OfScalar(Resource resource) => resource switch
    {
        { Scalar: null } or { Ranges: not null } or { Set: not null } => "Invalid scalar resource",
        _ when resource.Scalar.Value != 0 && Thousandths.FromDouble(resource.Scalar.Value) <= 0 => "Invalid scalar resource: value <= 0",
        _ => null,
    };

    private static string? OfRanges(Resource resource) => resource switch
    {
        { Ranges: null } or { Scalar: not null } or { Set: not null } => "Invalid ranges resource",
        _ when resource.Ranges.Range.Any(range => range.Begin > range.End) => "Invalid ranges resource: begin > end",
        _ when Overlap(resource.Ranges.Range) => "Invalid ranges resource: overlapping ranges",
        _ => null,
    };

    /// <summary>Whether a range begins inside one given before it; Mesos merges those that overlap the other way round.</summary>
    /// <remarks>Of many ranges, any two that overlap: comparing each with each, as Mesos does, would take too long.</remarks>
    private static bool Overlap(RepeatedField<Value.Types.Range> ranges)
    {
        const int Few = 1_000;
        if (ranges.Count > Few)
        {
            var sorted = ranges.OrderBy(range => range.Begin).ToArray();
            return sorted.Zip(sorted.Skip(1)).Any(pair => pair.Second.Begin <= pair.First.End);
        }

        return ranges.Index().Any(earlier => ranges.Skip(earlier.Index + 1)
            .Any(later => earlier.Item.Begin <= later.Begin && later.Begin <= earlier.Item.End));
    }

    private static string? OfSet(Resource resource) => resource switch
    {
        { Set: null } or { Scalar: not null } or { Ranges: not null } => "Invalid set resource",
        _ when resource.Set.Item.Distinct(StringComparer.Ordinal).Count() < resource.Set.Item.Count =>
            "Invalid set resource: duplicated elements",
        _ => null,
    };

    private static string? OfDisk(Resource resource) => resource switch
    {
        { Disk: null } => null,
        { Name: not "disk" } => $"DiskInfo should not be set for {resource.Name} resource",
        { Disk.Source: { } source } => OfSource(source),
        _ => null,
    };

    private static string? OfSource(Source source) => source switch
    {
        { Type: Source.Types.Type.Path or Source.Types.Type.Mount } => null,
        { Type: Source.Types.Type.Unknown } => $"Unsupported 'DiskInfo.Source.Type' in '{ResourceText.Print(source)}'",
        { Mount: not null } => $"Mount should not be set for {source.Type.ToString().ToUpperInvariant()} disk source",
        { Path: not null } => $"Path should not be set for {source.Type.ToString().ToUpperInvariant()} disk source",
        _ => null,
    };

    private static string? OfReservations(Resource resource) => resource.Reservations.Count switch
    {
        0 => OfOldForm(resource),
        1 => OfEach(resource) ?? OfAgreement(resource, resource.Reservations[0]),
        _ => OfEach(resource) ?? OfRefinement(resource),
    };

    private static string? OfOldForm(Resource resource) => (Roles.Validate(resource.Role), resource.Reservation) switch
    {
        ({ } complaint, _) => complaint,
        (_, null) => null,
        (_, { HasType: true }) => "'Resource.ReservationInfo.type' must not be set for the 'Resource.reservation' field",
        (_, { HasRole: true }) => "'Resource.ReservationInfo.role' must not be set for the 'Resource.reservation' field",
        _ => resource.Role == Roles.Star ? "Invalid reservation: role \"*\" cannot be dynamically reserved" : null,
    };

    private static string? OfEach(Resource resource) =>
        resource.Reservations.Select(Of).FirstOrDefault(complaint => complaint is not null);

    private static string? Of(Info reservation) => reservation switch
    {
        { HasType: false } => "Invalid reservation: 'Resource.ReservationInfo.type' field must be set.",
        { HasRole: false } => "Invalid reservation: 'Resource.ReservationInfo.role' field must be set.",
        _ => Roles.Validate(reservation.Role)
            ?? (reservation.Role == Roles.Star ? "Invalid reservation: role \"*\" cannot be reserved" : null),
    };

    private static string? OfRefinement(Resource resource)
    {
        for (var i = 1; i < resource.Reservations.Count; i++)
        {
            var (ancestor, refinement) = (resource.Reservations[i - 1], resource.Reservations[i]);
            if (refinement.Type == Info.Types.Type.Static)
            {
                return "Invalid refined reservation: A refined reservation cannot be STATIC";
            }

            if (!Roles.IsStrictSubroleOf(refinement.Role, ancestor.Role))
            {
                return $"Invalid refined reservation: role '{refinement.Role}' is not a refinement of '{ancestor.Role}'";
            }
        }

        return resource switch
        {
            { HasRole: true } => "Invalid resource format: 'Resource.role' must not be set if there is more than one reservation"
                + " in 'Resource.reservations'",
            { Reservation: not null } => "Invalid resource format: 'Resource.reservation' must not be set if there is more than one"
                + " reservation in 'Resource.reservations'",
            _ => null,
        };
    }

    /// <summary>The old form may be given beside a single reservation if it says the same.</summary>
    private static string? OfAgreement(Resource resource, Info single)
    {
        if (resource.HasRole && resource.Role != single.Role)
        {
            return $"Invalid resource format: 'Resource.role' field with '{resource.Role}' does not match the role '{single.Role}'"
                + " in 'Resource.reservations'";
        }

        return single.Type switch
        {
            Info.Types.Type.Static => resource.Reservation is null
                ? null
                : "Invalid resource format: 'Resource.reservation' must not be set if the single reservation in"
                    + " 'Resource.reservations' is STATIC",
            Info.Types.Type.Dynamic => OfDynamicAgreement(resource, single),
            _ => "Unsupported 'Resource.ReservationInfo.Type'",
        };
    }

    private static string? OfDynamicAgreement(Resource resource, Info single) => resource.Reservation switch
    {
        var old when resource.HasRole != old is not null =>
            "Invalid resource format: 'Resource.role' and 'Resource.reservation' must either be both set or both not set if the"
            + " single reservation in 'Resource.reservations' is DYNAMIC",
        null => null,
        { } old when old.Principal != single.Principal =>
            $"Invalid resource format: 'Resource.reservation.principal' field with '{old.Principal}' does not match the principal"
            + $" '{single.Principal}' in 'Resource.reservations'",
        { } old when !LabelText.Same(old.Labels ?? new Labels(), single.Labels ?? new Labels()) =>
            $"Invalid resource format: 'Resource.reservation.labels' field with '{LabelText.Print(old.Labels ?? new Labels())}'"
            + $" does not match the labels '{LabelText.Print(single.Labels ?? new Labels())}' in 'Resource.reservations'",
        _ => null,
    };

    private static string? OfSharing(Resource resource) => resource switch
    {
        { Shared: null } => null,
        { Name: not "disk" } => $"Resource {resource.Name} cannot be shared",
        { Disk.Persistence: not null } => null,
        _ => "Only persistent volumes can be shared",
    };
}
