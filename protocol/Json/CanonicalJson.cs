using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf.Reflection;

namespace MesosK8sBridge.Protocol;

/// <summary>The part of a JSON text that a message has fields for, sorted by name and with the last value of a name given twice.</summary>
/// <remarks>
/// Mesos reads a body into a <c>std::map</c> before it looks at the message, so this is the order in which it finds
/// faults, and which of two values it takes. Needed for the rare text that repeats a name or does not fit.
/// </remarks>
internal static class CanonicalJson
{
    /// <param name="json">Checked by <see cref="JsonSyntax"/> before.</param>
    internal static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> json, MessageDescriptor type)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = JsonSyntax.MaxDepth });
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(
            output,
            new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        Write(document.RootElement, type, writer);
        writer.Flush();
        return output.WrittenMemory;
    }

    /// <param name="type">null where no object is expected: what is in it does not matter then.</param>
    private static void Write(JsonElement element, MessageDescriptor? type, Utf8JsonWriter writer)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(element, type, writer);
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    Write(item, type, writer);
                }

                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    private static void WriteObject(JsonElement element, MessageDescriptor? type, Utf8JsonWriter writer)
    {
        var last = new SortedDictionary<string, (JsonElement Value, FieldDescriptor Field)>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            if (FieldFor(property.Name, type) is { } field)
            {
                last[property.Name] = (property.Value, field);
            }
        }

        writer.WriteStartObject();
        foreach (var (name, (value, field)) in last)
        {
            writer.WritePropertyName(name);
            Write(value, field.FieldType == FieldType.Message ? field.MessageType : null, writer);
        }

        writer.WriteEndObject();
    }

    /// <summary>In a map every name is a key, and its value is field 2 of the entry.</summary>
    private static FieldDescriptor? FieldFor(string name, MessageDescriptor? type) =>
        type?.GetOptions()?.MapEntry == true ? type.FindFieldByNumber(2) : type?.FindFieldByName(name);
}
