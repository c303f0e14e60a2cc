using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Types;

namespace MesosK8sBridge.Kubernetes.Embedded.Ownership;

/// <summary>Which fields differ between two versions of a value.</summary>
internal sealed record FieldComparison(FieldSet Changed, FieldSet Removed)
{
    private static readonly FieldComparison Same = new(FieldSet.Empty, FieldSet.Empty);

    public static FieldComparison Compare(JsonNode? old, JsonNode? next, TypeNode type)
    {
        if (old is null && next is null)
        {
            return Same;
        }

        if (old is null)
        {
            return new FieldComparison(Everything(next, type), FieldSet.Empty);
        }

        if (next is null)
        {
            return new FieldComparison(FieldSet.Empty, Everything(old, type));
        }

        if (Elements.IsGranularObject(old, type) && Elements.IsGranularObject(next, type))
        {
            return Objects((JsonObject)old, (JsonObject)next, type);
        }

        return Elements.AsOwnedList(type) is { } list && old is JsonArray before && next is JsonArray after
            ? Lists(before, after, list)
            : JsonTree.Same(old, next) ? Same : new FieldComparison(FieldSet.Self, FieldSet.Empty);
    }

    /// <summary>A value's path and those of all its fields.</summary>
    private static FieldSet Everything(JsonNode? value, TypeNode type)
    {
        if (Elements.IsGranularObject(value, type))
        {
            return FieldSet.Of(
                true, ((JsonObject)value!).Select(m => KeyValuePair.Create("f:" + m.Key, Everything(m.Value, Elements.ChildType(type, m.Key)))));
        }

        return Elements.AsOwnedList(type) is { } list && value is JsonArray array
            ? FieldSet.Of(true, Elements.Items(array, list).Select(i => KeyValuePair.Create(i.Key, Everything(i.Value, list.Element))))
            : FieldSet.Self;
    }

    private static FieldComparison Objects(JsonObject old, JsonObject next, TypeNode type) => Collect(
        old.Select(m => m.Key).Union(next.Select(m => m.Key)),
        name => "f:" + name,
        name => Member(old, next, name, Elements.ChildType(type, name)));

    // An explicit null is as good as nothing, but a member that appears is added even if it was null.
    private static FieldComparison Member(JsonObject old, JsonObject next, string name, TypeNode type) => Compare(old[name], next[name], type);

    private static FieldComparison Lists(JsonArray old, JsonArray next, TypeNode.List type)
    {
        var (before, after) = (Elements.Items(old, type), Elements.Items(next, type));
        return Collect(
            before.Keys.Union(after.Keys),
            element => element,
            element => Compare(before.GetValueOrDefault(element), after.GetValueOrDefault(element), type.Element));
    }

    private static FieldComparison Collect(IEnumerable<string> names, Func<string, string> element, Func<string, FieldComparison> compare)
    {
        var changed = new List<KeyValuePair<string, FieldSet>>();
        var removed = new List<KeyValuePair<string, FieldSet>>();
        foreach (var name in names)
        {
            var result = compare(name);
            if (!result.Changed.IsEmpty)
            {
                changed.Add(KeyValuePair.Create(element(name), result.Changed));
            }

            if (!result.Removed.IsEmpty)
            {
                removed.Add(KeyValuePair.Create(element(name), result.Removed));
            }
        }

        return changed.Count + removed.Count == 0 ? Same : new FieldComparison(FieldSet.Of(false, changed), FieldSet.Of(false, removed));
    }
}
