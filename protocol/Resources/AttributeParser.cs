using MesosK8sBridge.Protocol.V1;
using Attribute = MesosK8sBridge.Protocol.V1.Attribute;
using Type = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Protocol;

/// <summary>Reads the text of an <c>--attributes</c> flag: <c>rack:abc;zone:west;level:10;keys:[1000-1500]</c>.</summary>
/// <remarks>Spaces are removed from values. Mesos: src/common/attributes.cpp.</remarks>
public static class AttributeParser
{
    /// <exception cref="FormatException">A part is no <c>name:value</c>, or its value a set or broken.</exception>
    public static IReadOnlyList<Attribute> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.Split([';', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(ParseToken)];
    }

    private static Attribute ParseToken(string token)
    {
        var colon = token.IndexOf(':', StringComparison.Ordinal);
        return colon <= 0 || colon == token.Length - 1
            ? throw new FormatException($"Invalid attribute key:value pair '{token}'")
            : Parse(token[..colon], token[(colon + 1)..]);
    }

    /// <summary>One attribute from its name and the text of its value.</summary>
    /// <exception cref="FormatException">The value is a set, or broken.</exception>
    public static Attribute Parse(string name, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var value = ValueParser.TryParse(text, out var complaint)
            ?? throw new FormatException($"Failed to parse attribute '{name}' value '{text}': {complaint}");
        return value.Type == Type.Set
            ? throw new FormatException($"Bad type for attribute '{name}' text '{text}' type SET")
            : new Attribute { Name = name, Type = value.Type, Scalar = value.Scalar, Ranges = value.Ranges, Text = value.Text };
    }
}
