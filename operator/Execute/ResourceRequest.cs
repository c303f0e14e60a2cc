using System.Collections.Immutable;
using System.Globalization;
using MesosK8sBridge.Protocol.V1;
using ValueRange = MesosK8sBridge.Protocol.V1.Value.Types.Range;

namespace MesosK8sBridge.Operator.Execute;

/// <summary>The text form of wanted resources: <c>cpus:0.1;mem:32;ports:[31000-31001]</c>.</summary>
/// <remarks>Mesos: src/common/resources.cpp, Resources::fromSimpleString; roles and sets are not accepted here.</remarks>
internal static class ResourceRequest
{
    public const string Form = "name:amount;…, e.g. \"cpus:0.1;mem:32;ports:[31000-31001]\" (mem and disk in MiB)";

    public static bool TryParse(string text, out ImmutableArray<Resource> resources, out string error)
    {
        var found = ImmutableArray.CreateBuilder<Resource>();
        resources = [];
        foreach (var entry in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var colon = entry.IndexOf(':', StringComparison.Ordinal);
            var name = colon < 0 ? "" : entry[..colon].Trim();
            if (name.Length == 0 || ParseAmount(name, entry[(colon + 1)..].Trim()) is not { } resource)
            {
                error = $"cannot read '{entry}'; expected {Form}";
                return false;
            }

            if (found.Any(other => other.Name == name))
            {
                error = $"'{name}' is named twice";
                return false;
            }

            found.Add(resource);
        }

        error = found.Count == 0 ? $"nothing is asked for; expected {Form}" : "";
        resources = found.ToImmutable();
        return error.Length == 0;
    }

    private static Resource? ParseAmount(string name, string amount)
    {
        if (amount is ['[', .. var inner, ']'])
        {
            return ParseRanges(name, inner);
        }

        return double.TryParse(amount, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value) && value is >= 0.001 and <= 1e12
            ? new Resource { Name = name, Type = Value.Types.Type.Scalar, Scalar = new() { Value = value } }
            : null;
    }

    private static Resource? ParseRanges(string name, string inner)
    {
        var resource = new Resource { Name = name, Type = Value.Types.Type.Ranges, Ranges = new() };
        foreach (var part in inner.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (!ulong.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var begin) || ends.Length > 2)
            {
                return null;
            }

            var end = begin;
            if ((ends.Length == 2 && !ulong.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out end)) || end < begin)
            {
                return null;
            }

            resource.Ranges.Range.Add(new ValueRange { Begin = begin, End = end });
        }

        return resource.Ranges.Range.Count > 0 ? resource : null;
    }
}
