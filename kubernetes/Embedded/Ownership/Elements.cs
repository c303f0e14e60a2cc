using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Types;

namespace MesosK8sBridge.Kubernetes.Embedded.Ownership;

/// <summary>The path elements of the children of a value, by its type.</summary>
internal static class Elements
{
    public static bool IsAtomic(TypeNode type) => type switch
    {
        TypeNode.Struct s => s.Atomic,
        TypeNode.Map m => m.Atomic,
        TypeNode.List l => l.Kind == ListKind.Atomic,
        _ => false,
    };

    /// <summary>Null where the type does not say: any tree of objects.</summary>
    public static TypeNode ChildType(TypeNode type, string name) => type switch
    {
        TypeNode.Struct s when s.Fields.TryGetValue(name, out var field) => field.Type,
        TypeNode.Map m => m.Element,
        _ => TypeNode.Any,
    };

    /// <summary>What a list is to field ownership when its schema is unknown: one thing.</summary>
    public static TypeNode.List? AsOwnedList(TypeNode type) => type is TypeNode.List { Kind: not ListKind.Atomic } list ? list : null;

    /// <summary>Whether the value is looked into member by member.</summary>
    public static bool IsGranularObject(JsonNode? value, TypeNode type) =>
        value is JsonObject && type is TypeNode.Struct { Atomic: false } or TypeNode.Map { Atomic: false } or TypeNode.Scalar { Kind: ScalarKind.Any };

    /// <summary>The element of an item of a set or a map list; null if the item has no keys to be told by.</summary>
    public static string? OfItem(JsonNode? item, TypeNode.List type)
    {
        if (type.Kind == ListKind.Set)
        {
            return "v:" + JsonTree.ToText(item);
        }

        var keys = new JsonObject();
        foreach (var key in type.Keys.Order(StringComparer.Ordinal))
        {
            if ((item.At(key)?.DeepClone() ?? DefaultOf(type.Element, key)) is not { } value)
            {
                return null;
            }

            keys[key] = value;
        }

        return "k:" + JsonTree.ToText(keys);
    }

    private static JsonValue? DefaultOf(TypeNode element, string key) =>
        element is TypeNode.Struct s && s.Fields.TryGetValue(key, out var field) && field.Default.Length > 0 ? JsonValue.Create(field.Default) : null;

    /// <summary>Items by element; of several with the same element the first.</summary>
    public static OrderedDictionary<string, JsonNode?> Items(JsonArray? list, TypeNode.List type)
    {
        var items = new OrderedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var item in list ?? [])
        {
            if (OfItem(item, type) is { } element)
            {
                items.TryAdd(element, item);
            }
        }

        return items;
    }
}
