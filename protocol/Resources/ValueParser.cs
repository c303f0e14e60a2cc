using System.Globalization;
using MesosK8sBridge.Protocol.V1;
using Type = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Protocol;

/// <summary>Reads the text of one value: <c>[1-5,7-7]</c> ranges, <c>{a,b}</c> a set, <c>0.5</c> a scalar, anything else text.</summary>
/// <remarks>Spaces do not count, wherever they are. Mesos: src/common/values.cpp.</remarks>
internal static class ValueParser
{
    /// <returns>null with a complaint in Mesos's words.</returns>
    internal static Value? TryParse(string text, out string? complaint)
    {
        var dense = text.Replace(" ", "", StringComparison.Ordinal);
        complaint = dense switch
        {
            "" => "Expecting non-empty string",
            _ when !Match(dense, '{', '}') || !Match(dense, '[', ']') || !Match(dense, '(', ')') => "Mismatched brackets",
            _ when dense.IndexOf('[', StringComparison.Ordinal) > 0 => "Unexpected '[' found",
            _ when dense[0] != '[' && dense.IndexOf('{', StringComparison.Ordinal) > 0 => "Unexpected '{' found",
            _ => null,
        };
        if (complaint is not null)
        {
            return null;
        }

        return dense[0] switch
        {
            '[' => Ranges(dense, out complaint),
            '{' => new Value { Type = Type.Set, Set = new Value.Types.Set { Item = { Split(dense, "{},\n") } } },
            _ => ScalarOrText(dense, out complaint),
        };
    }

    private static string[] Split(string text, string separators) => text.Split(separators.ToCharArray(), StringSplitOptions.RemoveEmptyEntries);

    private static bool Match(string text, char open, char close)
    {
        var depth = 0;
        foreach (var c in text)
        {
            depth += c == open ? 1 : c == close ? -1 : 0;
            if (depth < 0)
            {
                return false;
            }
        }

        return depth == 0;
    }

    private static Value? Ranges(string text, out string? complaint)
    {
        var numbers = Split(text, "[]-,\n");
        if (numbers.Length % 2 != 0)
        {
            complaint = "Expecting one or more \"ranges\"";
            return null;
        }

        var value = new Value { Type = Type.Ranges, Ranges = new Value.Types.Ranges() };
        var ranges = new List<(ulong Begin, ulong End)>();
        for (var i = 0; i < numbers.Length; i += 2)
        {
            if (!ulong.TryParse(numbers[i], NumberStyles.None, CultureInfo.InvariantCulture, out var begin)
                || !ulong.TryParse(numbers[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var end))
            {
                complaint = $"Expecting non-negative integers in '{numbers[i]}'";
                return null;
            }

            ranges.Add((begin, end));
        }

        complaint = null;
        value.Ranges.Range.AddRange(Merged(ranges).Select(range => new Value.Types.Range { Begin = range.Begin, End = range.End }));
        return value;
    }

    /// <summary>A range that ends before it begins stays, for validation to complain about.</summary>
    private static IEnumerable<(ulong Begin, ulong End)> Merged(List<(ulong Begin, ulong End)> ranges) =>
        ranges.Exists(range => range.Begin > range.End) ? ranges : RangeSet.Of([.. ranges]).Ranges;

    private static Value? ScalarOrText(string text, out string? complaint)
    {
        complaint = null;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return new Value { Type = Type.Text, Text = new Value.Types.Text { Value = text } };
        }

        complaint = number switch
        {
            double.NaN => $"Invalid scalar value '{text}':NaN not supported",
            _ when double.IsInfinity(number) => $"Invalid scalar value '{text}':Infinite values not supported",
            _ when double.IsSubnormal(number) => $"Invalid scalar value '{text}':Subnormal values not supported",
            _ => null,
        };
        return complaint is null ? new Value { Type = Type.Scalar, Scalar = new Value.Types.Scalar { Value = number } } : null;
    }
}
