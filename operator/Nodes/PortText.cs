using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using MesosK8sBridge.Protocol;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>Ports as people write them: <c>31000-32000</c>, <c>31000-31999,33000,34000-34010</c>.</summary>
internal static class PortText
{
    /// <summary>Of a node, for those who may not write MesosAgents.</summary>
    public const string Annotation = "mesosbridge.io/ports";

    /// <summary>Highest port there is.</summary>
    public const int Last = 65_535;

    /// <param name="problem">What is wrong, in words for whoever wrote it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out RangeSet? ports, [NotNullWhen(false)] out string? problem)
    {
        var ranges = text.Split(',', StringSplitOptions.TrimEntries).Select(Range).ToArray();
        var isGood = ranges.All(range => range is not null);
        ports = isGood ? RangeSet.Of([.. ranges.Select(range => range!.Value)]) : null;
        problem = isGood ? null : $"'{text}' is not FIRST-LAST[,…] with ports from 1 to {Last}, e.g. 31000-32000";
        return isGood;
    }

    private static (ulong Begin, ulong End)? Range(string text)
    {
        var ends = text.Split('-');
        return ends.Length <= 2 && Port(ends[0]) is { } first && Port(ends[^1]) is { } last && first <= last ? (first, last) : null;
    }

    private static ulong? Port(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= Last ? port : null;
}
