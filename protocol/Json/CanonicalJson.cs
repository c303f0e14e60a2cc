using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MesosK8sBridge.Protocol;

/// <summary>The same JSON with the names of every object sorted and, of a name given twice, the last value only.</summary>
/// <remarks>
/// Mesos reads a body into a <c>std::map</c> before it looks at the message, so this is the order in which it finds
/// faults, and which of two values it takes. Needed for the rare text that repeats a name or does not fit.
/// </remarks>
internal static class CanonicalJson
{
    /// <param name="json">Checked by <see cref="JsonSyntax"/> before.</param>
    internal static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = JsonSyntax.MaxDepth });
        var output = new ArrayBufferWriter<byte>(json.Length + 1);
        using var writer = new Utf8JsonWriter(
            output,
            new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        Write(document.RootElement, writer);
        writer.Flush();
        return output.WrittenMemory;
    }

    private static void Write(JsonElement element, Utf8JsonWriter writer)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(element, writer);
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    Write(item, writer);
                }

                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    private static void WriteObject(JsonElement element, Utf8JsonWriter writer)
    {
        var last = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            last[property.Name] = property.Value;
        }

        writer.WriteStartObject();
        foreach (var (name, value) in last)
        {
            writer.WritePropertyName(name);
            Write(value, writer);
        }

        writer.WriteEndObject();
    }
}
