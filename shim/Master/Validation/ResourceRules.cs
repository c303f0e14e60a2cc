using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Allocation;
using Type = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What lists of resources from frameworks must look like.</summary>
/// <remarks>Mesos: src/common/resources.cpp, Resources::validate; src/master/validation.cpp, namespace resource.</remarks>
internal static class ResourceRules
{
    /// <summary>Form and sense of each resource by itself.</summary>
    public static string? Check(IEnumerable<Resource> resources) =>
        CheckForm(resources) is { } form ? $"Invalid resources: {form}"
            : resources.Any(r => r.Name == "gpus" && r.Scalar is { } s && s.Value != Math.Floor(s.Value))
                ? "Invalid 'gpus' resource: The 'gpus' resource must be an unsigned integer"
            : resources.Select(CheckDisk).FirstOrDefault(e => e is not null) is { } disk ? $"Invalid DiskInfo: {disk}"
            : null;

    public static string? CheckForm(IEnumerable<Resource> resources)
    {
        foreach (var resource in resources)
        {
            if (CheckValue(resource) is { } error)
            {
                return $"Resource '{ResourceText.Of(resource)}' is invalid: {error}";
            }
        }

        return null;
    }

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
    public static bool Overlap(IReadOnlyList<Bundle> bundles)
    {
        var sum = bundles.Aggregate(Bundle.Empty, (left, right) => left + right);
        return sum.ToResources()
            .Where(r => r.Type != Type.Scalar)
            .Any(r => bundles.Sum(b => b.Quantity(r.Name)) != sum.Quantity(r.Name));
    }

    private static string? CheckValue(Resource resource)
    {
        if (resource.Name.Length == 0)
        {
            return "Empty resource name";
        }

        return resource.Type switch
        {
            Type.Scalar => CheckScalar(resource),
            Type.Ranges => CheckRanges(resource),
            Type.Set => resource.Set is null || resource.Scalar is not null || resource.Ranges is not null ? "Invalid set resource"
                : resource.Set.Item.Distinct().Count() != resource.Set.Item.Count ? "Invalid set resource: duplicated elements"
                : null,
            _ => "Unsupported resource type",
        };
    }

    private static string? CheckScalar(Resource resource)
    {
        if (resource.Scalar is null || resource.Ranges is not null || resource.Set is not null)
        {
            return "Invalid scalar resource";
        }

        // Zero passes, although the text says otherwise.
        return resource.Scalar.Value >= 0 ? null : "Invalid scalar resource: value <= 0";
    }

    private static string? CheckRanges(Resource resource)
    {
        if (resource.Ranges is null || resource.Scalar is not null || resource.Set is not null)
        {
            return "Invalid ranges resource";
        }

        var ranges = resource.Ranges.Range;
        if (ranges.Any(r => r.Begin > r.End))
        {
            return "Invalid ranges resource: begin > end";
        }

        var sorted = ranges.OrderBy(r => r.Begin).ToArray();
        return sorted.Skip(1).Where((r, i) => r.Begin <= sorted[i].End).Any() ? "Invalid ranges resource: overlapping ranges" : null;
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
