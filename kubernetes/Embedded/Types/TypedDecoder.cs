using System.Globalization;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;

namespace MesosK8sBridge.Kubernetes.Embedded.Types;

/// <summary>
/// Makes of what a client sent what the API server would have kept: unknown fields and empty optional ones gone,
/// quantities and times in canonical form.
/// </summary>
internal static class TypedDecoder
{
    /// <exception cref="StatusException">400: a field has the wrong JSON type.</exception>
    public static JsonObject Decode(JsonObject source, TypeNode.Struct type, string kind, string version)
    {
        try
        {
            return Struct(source, type);
        }
        catch (DecodingException e)
        {
            throw Failures.BadRequest($"{kind} in version \"{version}\" cannot be handled as a {kind}: {e.Message}");
        }
    }

    private static JsonObject Struct(JsonObject source, TypeNode.Struct type)
    {
        var result = new JsonObject();
        foreach (var (name, value) in source)
        {
            if (value is null || !type.Fields.TryGetValue(name, out var field))
            {
                continue;
            }

            var decoded = Field(value, field, type);
            if (field.Required || field.Pointer || !IsEmpty(decoded, field.Type))
            {
                result[name] = decoded;
            }
        }

        return result;
    }

    private static JsonNode? Field(JsonNode value, TypeField field, TypeNode.Struct owner)
    {
        try
        {
            return Value(value, field.Type);
        }
        catch (DecodingException e)
        {
            throw new DecodingException($"{GoName(owner)}.{char.ToUpperInvariant(field.Name[0])}{field.Name[1..]}: {e.Message}");
        }
    }

    private static JsonNode? Value(JsonNode? value, TypeNode type) => type switch
    {
        TypeNode.Struct nested => Struct(value as JsonObject ?? throw Expected("{", value), nested),
        TypeNode.List list => List(value as JsonArray ?? throw Expected("[", value), list),
        TypeNode.Map map => Map(value as JsonObject ?? throw Expected("{", value), map),
        TypeNode.Scalar scalar => Scalar(value, scalar.Kind),
        _ => value?.DeepClone(),
    };

    private static JsonArray List(JsonArray source, TypeNode.List type)
    {
        try
        {
            return new JsonArray([.. source.Select(item => item is null ? Zero(type.Element) : Value(item, type.Element))]);
        }
        catch (DecodingException e)
        {
            throw new DecodingException(type.Element is TypeNode.Struct element ? $"[]{GoName(element)}: {e.Message}" : e.Message);
        }
    }

    private static JsonObject Map(JsonObject source, TypeNode.Map type)
    {
        var result = new JsonObject();
        foreach (var (name, value) in source)
        {
            result[name] = value is null ? Zero(type.Element) : Value(value, type.Element);
            if (type.Element is TypeNode.Scalar { Kind: ScalarKind.Quantity } && Quantity.TryParse(result[name].Text(), out var amount))
            {
                result[name] = amount.ToMilli().ToString(); // a list of resources
            }
        }

        return result;
    }

    private static JsonNode? Zero(TypeNode type) => type switch
    {
        TypeNode.Struct => new JsonObject(),
        TypeNode.Scalar { Kind: ScalarKind.String or ScalarKind.Bytes } => JsonValue.Create(""),
        TypeNode.Scalar { Kind: ScalarKind.Quantity } => JsonValue.Create("0"),
        TypeNode.Scalar { Kind: ScalarKind.Boolean } => JsonValue.Create(false),
        TypeNode.Scalar { Kind: ScalarKind.Int32 or ScalarKind.Int64 or ScalarKind.Number } => JsonValue.Create(0L),
        _ => null,
    };

    private static JsonNode? Scalar(JsonNode? value, ScalarKind kind) => kind switch
    {
        ScalarKind.Any => value?.DeepClone(),
        ScalarKind.String => JsonValue.Create(value.Text() ?? throw Expected("\" or n", value, "ReadString")),
        ScalarKind.Boolean => JsonValue.Create(value.Flag() ?? throw Expected("t or f", value, "ReadBool")),
        ScalarKind.Int32 => Integer(value, int.MinValue, int.MaxValue),
        ScalarKind.Int64 => Integer(value, long.MinValue, long.MaxValue),
        ScalarKind.Number => JsonValue.Create(value.Number() ?? throw new DecodingException("readFloat64: unexpected character")),
        ScalarKind.Quantity => Canonical(value),
        ScalarKind.IntOrString => value.Text() is null ? Integer(value, int.MinValue, int.MaxValue) : value!.DeepClone(),
        ScalarKind.Time => Time(value),
        ScalarKind.MicroTime => MicroTime(value),
        ScalarKind.Bytes => Bytes(value),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static JsonValue Integer(JsonNode? value, long minimum, long maximum) =>
        value.Integer() is { } integer && integer >= minimum && integer <= maximum
            ? JsonValue.Create(integer)
            : throw new DecodingException(value.Number() is null
                ? $"{(maximum == int.MaxValue ? "readUint32" : "readUint64")}: unexpected character: \uFFFD"
                : $"{(maximum == int.MaxValue ? "readUint32" : "readUint64")}: unexpected character or overflow");

    private static JsonValue Canonical(JsonNode? value)
    {
        var text = value.Text() ?? (value.Number() is null ? null : JsonTree.ToText(value));
        return Quantity.TryParse(text, out var quantity)
            ? JsonValue.Create(quantity.ToString())
            : throw new DecodingException("unmarshalerDecoder: " + Quantity.SyntaxError);
    }

    private static JsonValue Time(JsonNode? value) =>
        DateTimeOffset.TryParseExact(
            value.Text(),
            ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var time)
            ? JsonValue.Create(Timestamps.Seconds(time))
            : throw new DecodingException(
                $"unmarshalerDecoder: parsing time \"{value.Text()}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{value.Text()}\" as \"2006\"");

    private static JsonValue MicroTime(JsonNode? value) =>
        DateTimeOffset.TryParseExact(
            value.Text(), ["yyyy-MM-dd'T'HH:mm:ss.ffffffK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? JsonValue.Create(Timestamps.Microseconds(time))
            : throw new DecodingException(
                $"unmarshalerDecoder: parsing time \"{value.Text()}\" as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse \"Z\" as \".000000\"");

    private static JsonValue Bytes(JsonNode? value)
    {
        var text = value.Text() ?? throw Expected("\" or n", value, "ReadString");
        var buffer = new byte[text.Length];
        return Convert.TryFromBase64String(text, buffer, out _)
            ? JsonValue.Create(text)
            : throw new DecodingException("decode base64: illegal base64 data at input byte 0");
    }

    private static bool IsEmpty(JsonNode? node, TypeNode type) => node switch
    {
        null => true,
        JsonArray array => array.Count == 0,
        JsonObject obj => type is TypeNode.Map && obj.Count == 0,
        _ when type is TypeNode.Scalar { Kind: ScalarKind.Any or ScalarKind.IntOrString or ScalarKind.Quantity } => false,
        _ => node.Text() is "" || node.Flag() is false || node.Integer() is 0,
    };

    private static string GoName(TypeNode.Struct type) => type.Name[(type.Name.IndexOf('.', StringComparison.Ordinal) + 1)..];

    private static DecodingException Expected(string what, JsonNode? found, string reader = "ReadObject")
    {
        var text = JsonTree.ToText(found);
        return new DecodingException($"{reader}: expects {what}, but found {text[0]}");
    }

    private sealed class DecodingException(string message) : Exception(message);
}
