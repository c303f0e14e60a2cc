using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What lists of resources from frameworks must look like.</summary>
/// <remarks>Mesos: src/master/validation.cpp, namespace resource.</remarks>
internal static class ResourceRules
{
    /// <summary>Form and sense of each resource by itself.</summary>
    public static string? Check(IEnumerable<Resource> resources) =>
        Resources.Validate(resources) is { } form ? $"Invalid resources: {form}"
            : resources.Any(r => r.Name == "gpus" && r.Scalar is { } s && s.Value != Math.Floor(s.Value))
                ? "Invalid 'gpus' resource: The 'gpus' resource must be an unsigned integer"
            : resources.Select(CheckDisk).FirstOrDefault(e => e is not null) is { } disk ? $"Invalid DiskInfo: {disk}"
            : null;

    public static string? CheckUniquePersistence(IEnumerable<Resource> resources)
    {
        var seen = new HashSet<(string, string)>();
        var twice = resources.FirstOrDefault(r =>
            r.Disk?.Persistence is { } p && !seen.Add((r.Reservations.LastOrDefault()?.Role ?? "*", p.Id)));
        return twice is null ? null : $"Persistence ID '{twice.Disk.Persistence.Id}' is not unique";
    }

    public static string? CheckSingleRole(IEnumerable<Resource> resources)
    {
        var roles = resources.Select(r => r.AllocationInfo?.Role).OfType<string>().Distinct().Take(2).ToArray();
        return roles.Length < 2
            ? null
            : $"The resources have multiple allocation roles ('{roles[0]}' and '{roles[1]}') but only one allocation role is allowed";
    }

    public static string? CheckRevocable(IEnumerable<Resource> resources)
    {
        var mixed = resources.GroupBy(r => r.Name).FirstOrDefault(g => g.Any(r => r.Revocable is null) && g.Any(r => r.Revocable is not null));
        return mixed is null ? null : $"Cannot use both revocable and non-revocable '{mixed.Key}' at the same time";
    }

    /// <summary>Ranges and sets may be promised only once.</summary>
    public static bool Overlap(IReadOnlyList<Resources> all)
    {
        var sum = all.Aggregate(Resources.Empty, (left, right) => left + right).NonScalars();
        var promised = all.Aggregate(ResourceQuantities.Empty, (left, right) => left + ResourceQuantities.Of(right.NonScalars()));
        return !promised.Equals(ResourceQuantities.Of(sum));
    }

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
