using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MesosK8sBridge.Kubernetes.Embedded.Documents;

/// <summary>
/// Builds a JSON tree at once, with nothing left to be read lazily, so that threads may share it. As in Go, the last of
/// several members of one name wins.
/// </summary>
internal static class JsonReading
{
    private const int MaximumDepth = 100;

    /// <exception cref="JsonException">The text is not one JSON value, or is nested more than 100 deep.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaximumDepth });
        if (!reader.Read())
        {
            throw new JsonException("unexpected end of JSON input");
        }

        try
        {
            var node = ReadValue(ref reader);
            reader.Read(); // anything after the value is an error
            return node;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException(e.Message, e); // a string that is not valid UTF-8 or UTF-16
        }
    }

    public static JsonNode? Parse(string text) => Parse(Encoding.UTF8.GetBytes(text));

    private static JsonNode? ReadValue(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => ReadObject(ref reader),
        JsonTokenType.StartArray => ReadArray(ref reader),
        JsonTokenType.String => JsonValue.Create(reader.GetString()),
        JsonTokenType.True => JsonValue.Create(true),
        JsonTokenType.False => JsonValue.Create(false),
        JsonTokenType.Number => reader.TryGetInt64(out var integer) ? JsonValue.Create(integer) : JsonValue.Create(reader.GetDouble()),
        _ => null,
    };

    private static JsonObject ReadObject(ref Utf8JsonReader reader)
    {
        var result = new JsonObject();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            reader.Read();
            result[name] = ReadValue(ref reader);
        }

        return result;
    }

    private static JsonArray ReadArray(ref Utf8JsonReader reader)
    {
        var result = new JsonArray();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            result.Add(ReadValue(ref reader));
        }

        return result;
    }
}
