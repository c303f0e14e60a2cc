using System.Text;

namespace MesosK8sBridge.Protocol;

/// <summary>Finds what is wrong with a JSON text, in the words of the parser inside Mesos (picojson).</summary>
/// <remarks>
/// It is slower than a reader that only fails, so it runs when one has failed. Unlike picojson it refuses numbers that
/// JSON forbids (<c>01</c>, <c>1.</c>), and nesting deeper than <see cref="MaxDepth"/>.
/// Mesos: 3rdparty/stout/include/stout/json.hpp.
/// </remarks>
internal ref struct JsonSyntax
{
    /// <summary>Deepest nesting of arrays and objects, as in picojson's later versions; 1.3.0 had no limit and no stack left.</summary>
    internal const int MaxDepth = 100;

    /// <summary>Mesos repeats the rest of the offending line, however long; we repeat that many bytes of it.</summary>
    private const int MaxEcho = 4_096;

    private readonly ReadOnlySpan<byte> _text;
    private int _at;

    private JsonSyntax(ReadOnlySpan<byte> text)
    {
        _text = text;
    }

    /// <returns>null if the text is JSON.</returns>
    internal static string? Complaint(ReadOnlySpan<byte> text)
    {
        var syntax = new JsonSyntax(text);
        if (!syntax.Value(MaxDepth))
        {
            return $"syntax error at line {1 + text[..syntax._at].Count((byte)'\n')} near: {syntax.RestOfLine()}";
        }

        var trailing = text[syntax._at..].Trim(" \t\n\r"u8);
        return trailing.IsEmpty
            ? null
            : "Parsed JSON included non-whitespace trailing characters: " + Echo(text[syntax._at..].TrimEnd(" \t\n\r"u8));
    }

    private static string Echo(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, MaxEcho)]);

    private readonly string RestOfLine()
    {
        var rest = _text[_at..];
        var end = rest.IndexOf((byte)'\n');
        rest = end < 0 ? rest : rest[..end];
        return string.Concat(Echo(rest).Where(c => c >= ' '));
    }

    private readonly int Peek() => _at < _text.Length ? _text[_at] : -1;

    private bool Take(char expected)
    {
        SkipWhitespace();
        if (Peek() != expected)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void SkipWhitespace()
    {
        while (Peek() is ' ' or '\t' or '\n' or '\r')
        {
            _at++;
        }
    }

    private bool Value(int depth)
    {
        SkipWhitespace();
        switch (Peek())
        {
            case 'n': return Word("null"u8);
            case 't': return Word("true"u8);
            case 'f': return Word("false"u8);
            case '"':
                _at++;
                return Text();
            case '[':
                _at++;
                return depth > 0 && Array(depth - 1);
            case '{':
                _at++;
                return depth > 0 && Object(depth - 1);
            case '-' or (>= '0' and <= '9'): return Number();
            default: return false;
        }
    }

    private bool Word(ReadOnlySpan<byte> word)
    {
        foreach (var letter in word)
        {
            if (Peek() != letter)
            {
                return false;
            }

            _at++;
        }

        return true;
    }

    private bool Array(int depth)
    {
        if (Take(']'))
        {
            return true;
        }

        do
        {
            if (!Value(depth))
            {
                return false;
            }
        }
        while (Take(','));
        return Take(']');
    }

    private bool Object(int depth)
    {
        if (Take('}'))
        {
            return true;
        }

        do
        {
            if (!Take('"') || !Text() || !Take(':') || !Value(depth))
            {
                return false;
            }
        }
        while (Take(','));
        return Take('}');
    }

    private bool Text()
    {
        while (Peek() >= ' ')
        {
            switch (_text[_at++])
            {
                case (byte)'"': return true;
                case (byte)'\\' when !Escape(): return false;
                default: break;
            }
        }

        return false;
    }

    private bool Escape()
    {
        var escaped = Peek();
        _at += escaped < 0 ? 0 : 1;
        return escaped switch
        {
            '"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't' => true,
            'u' => CodePoint(),
            _ => false,
        };
    }

    private bool CodePoint()
    {
        var first = FourHex();
        if (first is < 0 or (>= 0xdc00 and <= 0xdfff))
        {
            return false;
        }

        return first is < 0xd800 or > 0xdfff || (Word("\\u"u8) && FourHex() is >= 0xdc00 and <= 0xdfff);
    }

    private int FourHex()
    {
        var value = 0;
        for (var i = 0; i < 4; i++)
        {
            if (Peek() is var digit && (digit < 0 || !char.IsAsciiHexDigit((char)digit)))
            {
                return -1;
            }

            value = (value << 4) | Convert.ToInt32(((char)_text[_at++]).ToString(), 16);
        }

        return value;
    }

    /// <remarks>Takes every character that could be of a number first, and judges then: hence where "near" starts.</remarks>
    private bool Number()
    {
        var start = _at;
        while (Peek() is '+' or '-' or '.' or 'e' or 'E' or (>= '0' and <= '9'))
        {
            _at++;
        }

        return IsNumber(_text[start.._at]);
    }

    private static bool IsNumber(ReadOnlySpan<byte> text)
    {
        text = text[0] == '-' ? text[1..] : text;
        var whole = Digits(ref text);
        if (whole.IsEmpty || (whole.Length > 1 && whole[0] == '0'))
        {
            return false;
        }

        if (!text.IsEmpty && text[0] == '.')
        {
            text = text[1..];
            if (Digits(ref text).IsEmpty)
            {
                return false;
            }
        }

        if (!text.IsEmpty && text[0] is (byte)'e' or (byte)'E')
        {
            text = text.Length > 1 && text[1] is (byte)'+' or (byte)'-' ? text[2..] : text[1..];
            return !Digits(ref text).IsEmpty && text.IsEmpty;
        }

        return text.IsEmpty;
    }

    private static ReadOnlySpan<byte> Digits(ref ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var digits = end < 0 ? text : text[..end];
        text = text[digits.Length..];
        return digits;
    }
}
