using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using ReservationType = MesosK8sBridge.Protocol.V1.Resource.Types.ReservationInfo.Types.Type;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What lists of resources from frameworks must look like.</summary>
/// <remarks>Mesos: src/master/validation.cpp, namespace resource.</remarks>
internal static class ResourceRules
{
    /// <summary>Form and sense of each resource by itself.</summary>
    /// <param name="resources">Of the new form, unless they are invalid.</param>
    public static string? Check(IReadOnlyList<Resource> resources) =>
        Resources.Validate(resources) is { } form ? $"Invalid resources: {form}"
        : Resources.From(resources).ScalarOf("gpus") % 1000 != 0 ?
            "Invalid 'gpus' resource: The 'gpus' resource must be an unsigned integer"
        : First(resources, CheckDisk) is { } disk ? $"Invalid DiskInfo: {disk}"
        : First(resources, CheckReservation) is { } reservation ? $"Invalid ReservationInfo: {reservation}"
        : null;

    public static string? CheckUniquePersistence(Resources resources)
    {
        var seen = new HashSet<(string?, string)>();
        foreach (var volume in resources.PersistentVolumes())
        {
            if (!seen.Add((volume.Metadata.ReservationRole, volume.Metadata.PersistenceId!)))
            {
                return $"Persistence ID '{volume.Metadata.PersistenceId}' is not unique";
            }
        }

        return null;
    }

    public static string? CheckSingleRole(IEnumerable<Resource> resources)
    {
        string? first = null;
        foreach (var resource in resources)
        {
            if (resource.AllocationInfo is not { HasRole: true } allocation)
            {
                return "The resources are not allocated to a role";
            }

            first ??= allocation.Role;
            if (allocation.Role != first)
            {
                return $"The resources have multiple allocation roles ('{allocation.Role}' and '{first}') but only one allocation role is allowed";
            }
        }

        return null;
    }

    public static string? CheckRevocable(Resources resources)
    {
        var revocable = resources.Revocable().Select(r => r.Name).ToHashSet();
        var mixed = resources.NonRevocable().Select(r => r.Name).Where(revocable.Contains).Order(StringComparer.Ordinal).FirstOrDefault();
        return mixed is null ? null : $"Cannot use both revocable and non-revocable '{mixed}' at the same time";
    }

    public static string? CheckSingleProvider(IEnumerable<Resource> resources)
    {
        var providers = resources.Select(r => r.ProviderId?.Value).Distinct().ToArray();
        return providers.Length == 1 ? null
            : providers.Contains(null) ? "Some resources have a resource provider and some do not"
            : $"The resources have multiple resource providers: {string.Join(", ", providers)}";
    }

    /// <summary>Whether all of these are persistent volumes.</summary>
    public static string? CheckVolumes(IEnumerable<Resource> volumes) => First(volumes, volume =>
        volume.Disk is not { } disk ? $"Resource {ResourceText.Print(volume)} does not have DiskInfo"
        : disk.Persistence is null ? "'persistence' is not set in DiskInfo"
        : disk.Volume is null ? "Expecting 'volume' to be set for persistent volume"
        : disk.Volume.Mode == Volume.Types.Mode.Ro ? "Read-only persistent volume not supported"
        : null);

    /// <summary>Ranges and sets may be promised only once.</summary>
    public static bool Overlap(IReadOnlyList<Resources> all)
    {
        var sum = all.Aggregate(Resources.Empty, (left, right) => left + right).NonScalars();
        var promised = all.Aggregate(ResourceQuantities.Empty, (left, right) => left + ResourceQuantities.Of(right.NonScalars()));
        return !promised.Equals(ResourceQuantities.Of(sum));
    }

    public static bool IsDynamicallyReserved(Resource resource) =>
        resource.Reservations.Count > 0 && resource.Reservations[^1].Type == ReservationType.Dynamic;

    private static string? First(IEnumerable<Resource> resources, Func<Resource, string?> check) =>
        resources.Select(check).FirstOrDefault(error => error is not null);

    private static string? CheckReservation(Resource resource) =>
        IsDynamicallyReserved(resource) && resource.Revocable is not null
            ? $"Dynamically reserved resource {ResourceText.Print(resource)} cannot be created from revocable resources"
            : null;

    private static string? CheckDisk(Resource resource)
    {
        if (resource.Disk is not { } disk)
        {
            return null;
        }

        if (disk.Persistence is null)
        {
            return disk.Volume is not null ? "Non-persistent volume not supported"
                : disk.Source is null ? "DiskInfo is set but empty"
                : null;
        }

        return resource.Revocable is not null ? "Persistent volumes cannot be created from revocable resources"
            : resource.Reservations.Count == 0 ? "Persistent volumes cannot be created from unreserved resources"
            : disk.Volume is null ? "Expecting 'volume' to be set for persistent volume"
            : disk.Volume.HasHostPath ? "Expecting 'host_path' to be unset for persistent volume"
            : IdRules.Check(disk.Persistence.Id) is { } id ? $"Invalid persistence ID for persistent volume: {id}"
            : null;
    }
}
