using System.Globalization;
using MesosK8sBridge.Protocol;
using MesosAttribute = MesosK8sBridge.Protocol.V1.Attribute;
using Value = MesosK8sBridge.Protocol.V1.Value;
using ValueType = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>
/// The value of a label as that of an attribute. Labels have neither brackets nor commas, so <c>_</c> stands between ranges and between items:
/// <c>1000-1500_2000</c>, <c>ssd_nvme</c>.
/// </summary>
/// <remarks>Mesos: src/common/values.cpp, src/common/attributes.cpp. Agents of Mesos have no sets; Spark, for one, matches them all the same.</remarks>
internal static class AttributeText
{
    /// <param name="problem">What is wrong, as in "is no number"; null if nothing is.</param>
    public static MesosAttribute? TryRead(string name, ValueType type, string text, out string? problem)
    {
        var attribute = new MesosAttribute { Name = name, Type = type };
        problem = type switch
        {
            ValueType.Scalar => ReadScalar(attribute, text),
            ValueType.Ranges => ReadRanges(attribute, text),
            ValueType.Set => ReadSet(attribute, text),
            _ => ReadText(attribute, text),
        };
        return problem is null ? attribute : null;
    }

    private static string? ReadText(MesosAttribute attribute, string text)
    {
        attribute.Text = new Value.Types.Text { Value = text };
        return null;
    }

    private static string? ReadScalar(MesosAttribute attribute, string text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number) || double.IsSubnormal(number))
        {
            return "is no number";
        }

        attribute.Scalar = new Value.Types.Scalar { Value = number };
        return null;
    }

    private static string? ReadRanges(MesosAttribute attribute, string text)
    {
        var ranges = text.Split('_').Select(Range).ToArray();
        if (ranges.Any(range => range is null))
        {
            return "is no list of ranges such as 1000-1500_2000";
        }

        var merged = RangeSet.Of([.. ranges.Select(range => range!.Value)]).Ranges;
        attribute.Ranges = new Value.Types.Ranges { Range = { merged.Select(range => new Value.Types.Range { Begin = range.Begin, End = range.End }) } };
        return null;
    }

    private static string? ReadSet(MesosAttribute attribute, string text)
    {
        attribute.Set = new Value.Types.Set { Item = { text.Split('_', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal) } };
        return null;
    }

    private static (ulong Begin, ulong End)? Range(string text)
    {
        var ends = text.Split('-');
        return ends.Length <= 2 && Number(ends[0]) is { } begin && Number(ends[^1]) is { } end && begin <= end ? (begin, end) : null;
    }

    private static ulong? Number(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
