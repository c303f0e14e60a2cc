using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Wire;

/// <summary>Reads a <c>…List</c> object item by item, straight out of the answer's bytes.</summary>
internal static class ListReader
{
    /// <exception cref="JsonException">It is no list, or an item is not of the type.</exception>
    public static KubernetesList<T> Read<T>(ReadOnlySpan<byte> utf8, KubernetesJson json)
        where T : IKubernetesObject
    {
        try
        {
            return ReadList<T>(utf8, json);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A list with text that is not UTF-8.", e);
        }
    }

    private static KubernetesList<T> ReadList<T>(ReadOnlySpan<byte> utf8, KubernetesJson json)
        where T : IKubernetesObject
    {
        var reader = new Utf8JsonReader(utf8);
        Expect(ref reader, JsonTokenType.StartObject);
        var list = new KubernetesList<T>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadField(ref reader, list, json);
        }

        return list.Kind?.EndsWith("List", StringComparison.Ordinal) ?? true ? list : throw new JsonException($"A {list.Kind} where a list was expected.");
    }

    private static void ReadField<T>(ref Utf8JsonReader reader, KubernetesList<T> list, KubernetesJson json)
        where T : IKubernetesObject
    {
        if (reader.ValueTextEquals("items"u8))
        {
            ReadItems(ref reader, list, json.TypeInfo<T>());
            return;
        }

        var name = reader.GetString();
        reader.Read();
        switch (name)
        {
            case "metadata":
                list.Metadata = JsonSerializer.Deserialize(ref reader, json.TypeInfo<V1ListMeta>()) ?? new();
                break;
            case "apiVersion" when reader.TokenType == JsonTokenType.String:
                list.ApiVersion = reader.GetString();
                break;
            case "kind" when reader.TokenType == JsonTokenType.String:
                list.Kind = reader.GetString();
                break;
            default:
                reader.Skip();
                break;
        }
    }

    private static void ReadItems<T>(ref Utf8JsonReader reader, KubernetesList<T> list, JsonTypeInfo<T> type)
        where T : IKubernetesObject
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("The items of a list are not an array.");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var item = JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException("A list has a null among its items.");
            list.Items.Add(KubernetesEntity<T>.Named(item));
        }
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw new JsonException($"{type} was expected.");
        }
    }
}
