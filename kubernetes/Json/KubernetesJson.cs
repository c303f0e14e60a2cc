using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace MesosK8sBridge.Kubernetes.Json;

/// <summary>How objects are written and read: without reflection, nulls left out, times as Kubernetes writes them. Immutable.</summary>
public sealed class KubernetesJson
{
    private readonly JsonSerializerOptions _options;

    /// <param name="resolvers">Contexts of the caller's own types, e.g. those of its custom resources.</param>
    public KubernetesJson(params ReadOnlySpan<IJsonTypeInfoResolver> resolvers)
    {
        _options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new TimeConverter() },
            TypeInfoResolver = JsonTypeInfoResolver.Combine([ModelsContext.Default, .. resolvers]),
        };
        _options.MakeReadOnly();
    }

    /// <summary>Knows the types of this assembly.</summary>
    public static KubernetesJson Default { get; } = new();

    public JsonSerializerOptions Options => _options;

    /// <exception cref="NotSupportedException">No context knows the type.</exception>
    public JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T));

    public byte[] SerializeToUtf8Bytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, TypeInfo<T>());

    public string Serialize<T>(T value) => JsonSerializer.Serialize(value, TypeInfo<T>());

    /// <exception cref="JsonException">It is not JSON, or not of this type.</exception>
    public T Deserialize<T>(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize(utf8, TypeInfo<T>()) ?? throw new JsonException($"null where a {typeof(T).Name} was expected.");

    /// <exception cref="JsonException">It is not JSON, or not of this type.</exception>
    public T Deserialize<T>(string text) =>
        JsonSerializer.Deserialize(text, TypeInfo<T>()) ?? throw new JsonException($"null where a {typeof(T).Name} was expected.");

    /// <summary>A copy that shares nothing with the original, to change without touching what a cache holds.</summary>
    public T Clone<T>(T value) => Deserialize<T>(SerializeToUtf8Bytes(value));

    internal static byte[] Utf8(JsonNode node)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            node.WriteTo(writer);
        }

        return stream.ToArray();
    }
}
