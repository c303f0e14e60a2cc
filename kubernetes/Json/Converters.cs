using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Json;

/// <summary>RFC 3339 in UTC, whole seconds: <c>2024-02-29T12:00:00Z</c>. Reads any offset and any fraction.</summary>
/// <remarks>Kubernetes: apimachinery/pkg/apis/meta/v1/time.go.</remarks>
public sealed class TimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => RFC3339.Read(ref reader);

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        RFC3339.Write(writer, value, "yyyy-MM-dd'T'HH:mm:ss'Z'");
}

/// <summary>RFC 3339 in UTC with exactly six decimals: <c>2024-02-29T12:00:00.000000Z</c>, as leases and events have it.</summary>
/// <remarks>Kubernetes: apimachinery/pkg/apis/meta/v1/micro_time.go; 1.20 refuses any other number of decimals.</remarks>
public sealed class MicroTimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => RFC3339.Read(ref reader);

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        RFC3339.Write(writer, value, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");
}

internal static class RFC3339
{
    public static DateTimeOffset Read(ref Utf8JsonReader reader)
    {
        if (reader.TryGetDateTimeOffset(out var time))
        {
            return time.ToUniversalTime();
        }

        // More than seven decimals, which Go writes and the reader above does not take.
        return DateTimeOffset.TryParse(reader.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time)
            ? time.ToUniversalTime()
            : throw new JsonException("Not a time in the form of RFC 3339.");
    }

    public static void Write(Utf8JsonWriter writer, DateTimeOffset value, string format)
    {
        Span<char> text = stackalloc char[32];
        value.UtcDateTime.TryFormat(text, out var length, format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }
}

internal sealed class IntOrStringConverter : JsonConverter<IntOrString>
{
    public override IntOrString Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number => new(reader.GetInt32()),
        JsonTokenType.String => new(reader.GetString()!),
        _ => throw new JsonException("Neither a number nor a string."),
    };

    public override void Write(Utf8JsonWriter writer, IntOrString value, JsonSerializerOptions options)
    {
        if (value.Text is { } text)
        {
            writer.WriteStringValue(text);
            return;
        }

        writer.WriteNumberValue(value.Number ?? 0);
    }
}

/// <summary>A string; the API server also takes a bare number, and so do we.</summary>
internal sealed class ResourceQuantityConverter : JsonConverter<ResourceQuantity>
{
    public override ResourceQuantity Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan),
            _ => null,
        };
        return ResourceQuantity.TryParse(text, out var quantity) ? quantity : throw new JsonException($"'{text}' is not a quantity.");
    }

    public override void Write(Utf8JsonWriter writer, ResourceQuantity value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
