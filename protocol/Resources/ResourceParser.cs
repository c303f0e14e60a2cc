using System.Text;
using MesosK8sBridge.Protocol.V1;
using Type = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Protocol;

/// <summary>Reads resources given to a program as text.</summary>
/// <remarks>Mesos: src/common/resources.cpp, <c>Resources::parse</c>.</remarks>
internal static class ResourceParser
{
    internal static Resources Parse(string text, string defaultRole)
    {
        var resources = IsJsonArray(text) ? FromJson(text, defaultRole) : [.. Tokens(text, ';').Select(token => FromToken(token, defaultRole))];
        foreach (var resource in resources)
        {
            if (Resources.Validate(resource) is { } complaint)
            {
                throw new FormatException(complaint);
            }
        }

        var all = Resources.From(resources);
        return Complaint(all) is { } unfit ? throw new FormatException(unfit) : all;
    }

    internal static IReadOnlyList<string> Tokens(string text, char separator) =>
        text.Split(separator, StringSplitOptions.RemoveEmptyEntries);

    private static bool IsJsonArray(string text) =>
        text.TrimStart().StartsWith('[') && JsonSyntax.Complaint(Encoding.UTF8.GetBytes(text)) is null;

    private static IReadOnlyList<Resource> FromJson(string text, string defaultRole)
    {
        try
        {
            var resources = MesosJson.ParseArray<Resource>(Encoding.UTF8.GetBytes(text));
            foreach (var resource in resources.Where(resource => !resource.HasRole && resource.Reservations.Count == 0))
            {
                resource.Role = defaultRole;
            }

            return resources;
        }
        catch (MesosJsonException e)
        {
            throw new FormatException("Some JSON resources were not formatted properly: " + e.Message, e);
        }
    }

    private static Resource FromToken(string token, string defaultRole)
    {
        var pair = Tokens(token, ':');
        if (pair.Count != 2)
        {
            throw new FormatException("Bad value for resources, missing or extra ':' in " + token);
        }

        var open = pair[0].IndexOf('(', StringComparison.Ordinal);
        if (open < 0)
        {
            return FromText(pair[0].Trim(), pair[1], defaultRole);
        }

        var close = pair[0].IndexOf(')', StringComparison.Ordinal);
        return close < open
            ? throw new FormatException("Bad value for resources, mismatched parentheses in " + token)
            : FromText(pair[0][..open].Trim(), pair[1], pair[0][(open + 1)..close].Trim());
    }

    private static Resource FromText(string name, string text, string role)
    {
        var value = ValueParser.TryParse(text, out var complaint)
            ?? throw new FormatException($"Failed to parse resource {name} value {text} error {complaint}");
        return value.Type == Type.Text
            ? throw new FormatException($"Bad type for resource {name} value {text} type TEXT")
            : new Resource { Name = name, Type = value.Type, Scalar = value.Scalar, Ranges = value.Ranges, Set = value.Set, Role = role };
    }

    private static string? Complaint(Resources resources)
    {
        if (resources.Any(item => item.Metadata.IsPersistentVolume))
        {
            return "Persistent volumes cannot be specified at the command line";
        }

        if (resources.Any(item => item.Metadata.IsRevocable))
        {
            return "Revocable resources cannot be specified at the command line; do not include a 'revocable' key in the resources JSON";
        }

        if (resources.Any(item => item.Metadata.IsDynamicallyReserved))
        {
            return "Dynamic reservations cannot be specified at the command line;"
                + " do not include a reservation with DYNAMIC type in the resources JSON";
        }

        var mixed = resources.GroupBy(item => item.Name, StringComparer.Ordinal)
            .FirstOrDefault(named => named.DistinctBy(item => item.Type).Count() > 1);
        return mixed is null ? null : $"Resources with the same name ('{mixed.Key}') but different types are not allowed";
    }
}
