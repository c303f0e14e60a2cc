using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MesosK8sBridge.Protocol;

/// <summary>Writes numbers and strings byte for byte as the writer inside Mesos (RapidJSON) does.</summary>
internal static class JsonText
{
    /// <summary>Bytes that any double fits into.</summary>
    private const int MaxDoubleLength = 40;

    /// <summary>A double always shows that it is one: <c>15.0</c>, <c>1795302957.659618</c>, <c>1e30</c>.</summary>
    /// <remarks>What JSON has no number for becomes the string that Mesos reads back: "Infinity", "-Infinity"; "NaN".</remarks>
    internal static void Write(Utf8JsonWriter writer, double value)
    {
        if (!double.IsFinite(value))
        {
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
            return;
        }

        Span<byte> text = stackalloc byte[MaxDoubleLength];
        writer.WriteRawValue(text[..Format(value, text)], skipInputValidation: true);
    }

    /// <summary>Escapes <c>"</c>, <c>\</c> and control characters only; all else goes out as it is.</summary>
    internal static void Write(Utf8JsonWriter writer, string value)
    {
        if (!value.AsSpan().ContainsAnyExceptInRange('\0', '~'))
        {
            writer.WriteStringValue(value); // the writer's encoder agrees about these
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((value.Length * 6) + 2);
        try
        {
            writer.WriteRawValue(buffer.AsSpan(0, Quote(value, buffer)), skipInputValidation: true);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int Quote(string value, Span<byte> output)
    {
        var at = 0;
        output[at++] = (byte)'"';
        foreach (var rune in value.EnumerateRunes())
        {
            at += rune.Value switch
            {
                '"' => Copy("\\\""u8, output[at..]),
                '\\' => Copy("\\\\"u8, output[at..]),
                '\b' => Copy("\\b"u8, output[at..]),
                '\f' => Copy("\\f"u8, output[at..]),
                '\n' => Copy("\\n"u8, output[at..]),
                '\r' => Copy("\\r"u8, output[at..]),
                '\t' => Copy("\\t"u8, output[at..]),
                < ' ' => Encoding.ASCII.GetBytes($"\\u{rune.Value:X4}", output[at..]),
                _ => rune.EncodeToUtf8(output[at..]),
            };
        }

        output[at++] = (byte)'"';
        return at;
    }

    private static int Copy(ReadOnlySpan<byte> text, Span<byte> output)
    {
        text.CopyTo(output);
        return text.Length;
    }

    /// <summary>Shortest digits that read back as the same double; plain up to 21 digits before the point and 6 zeros after it.</summary>
    internal static int Format(double value, Span<byte> output)
    {
        if (!Utf8Formatter.TryFormat(value, output, out var length) || !output[..length].Contains((byte)'E'))
        {
            return output[..length].Contains((byte)'.') ? length : length + Copy(".0"u8, output[length..]);
        }

        return Spell(Encoding.ASCII.GetString(output[..length]), output);
    }

    /// <summary>Turns <c>-1.5E+20</c> into RapidJSON's spelling of the same digits.</summary>
    private static int Spell(string scientific, Span<byte> output)
    {
        var e = scientific.IndexOf('E', StringComparison.Ordinal);
        var sign = scientific[0] == '-' ? "-" : "";
        var digits = scientific[sign.Length..e].Replace(".", "", StringComparison.Ordinal);
        var point = 1 + int.Parse(scientific.AsSpan(e + 1), CultureInfo.InvariantCulture); // where the point stands, from the left of digits
        var text = point switch
        {
            > 0 and <= 21 when point >= digits.Length => digits.PadRight(point, '0') + ".0",
            > 0 and <= 21 => digits[..point] + "." + digits[point..],
            > -6 and <= 0 => "0." + new string('0', -point) + digits,
            _ when digits.Length == 1 => $"{digits}e{point - 1}",
            _ => $"{digits[..1]}.{digits[1..]}e{point - 1}",
        };
        return Encoding.ASCII.GetBytes(sign + text, output);
    }
}
