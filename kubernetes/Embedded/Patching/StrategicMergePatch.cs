using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Types;

namespace MesosK8sBridge.Kubernetes.Embedded.Patching;

/// <summary>A merge patch that knows which lists are merged, by which key.</summary>
/// <remarks>Kubernetes: apimachinery/pkg/util/strategicpatch/patch.go and its directives.</remarks>
internal static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string DeleteItems = "$deleteFromPrimitiveList/";
    private const string ElementOrder = "$setElementOrder/";

    public static JsonObject Apply(JsonObject target, JsonObject patch, TypeNode type) => Merge(target, patch, type) ?? [];

    private static JsonObject? Merge(JsonObject target, JsonObject patch, TypeNode type)
    {
        switch (patch.Text(Directive))
        {
            case "replace":
                return Clean(patch);
            case "delete":
                return null;
            case not (null or "merge") and var unknown:
                throw Failures.BadRequest($"Unknown {Directive} in patch: {unknown}");
            default:
                break;
        }

        var result = target.Copy();
        Retain(result, patch);
        foreach (var (name, value) in patch)
        {
            if (!IsDirective(name))
            {
                Member(result, name, value, Field(type, name));
            }
        }

        foreach (var (name, value) in patch)
        {
            ListDirective(result, target, name, value as JsonArray, type);
        }

        return result;
    }

    private static void Member(JsonObject target, string name, JsonNode? value, TypeField field)
    {
        var merged = value switch
        {
            JsonObject nested => Merge(target[name] as JsonObject ?? [], nested, field.Type),
            JsonArray list when field.Merge => MergeList(target[name] as JsonArray ?? [], list, field),
            _ => value?.DeepClone(),
        };
        if (merged is null)
        {
            target.Remove(name);
        }
        else
        {
            target[name] = merged;
        }
    }

    private static JsonArray MergeList(JsonArray target, JsonArray patch, TypeField field)
    {
        if (field.MergeKey.Length == 0)
        {
            var scalars = (JsonArray)target.DeepClone();
            foreach (var item in patch.Where(item => !scalars.Any(known => JsonTree.Same(known, item))).ToList())
            {
                scalars.Add(item?.DeepClone());
            }

            return Order(scalars, patch, target, "");
        }

        var items = patch.OfType<JsonObject>().ToList();
        if (items.Exists(item => item.Text(Directive) == "replace"))
        {
            return new JsonArray([.. items.Where(item => item.Text(Directive) != "replace" || item.Count > 1).Select(Clean)]);
        }

        var element = ((TypeNode.List)field.Type).Element;
        var result = target.Select(item => item?.DeepClone()).ToList();
        foreach (var item in items)
        {
            MergeItem(result, item, field.MergeKey, element);
        }

        return Order(new JsonArray([.. result]), new JsonArray([.. items.Select(item => item.DeepClone())]), target, field.MergeKey);
    }

    private static void MergeItem(List<JsonNode?> items, JsonObject patch, string key, TypeNode element)
    {
        var value = patch[key] ?? throw Failures.BadRequest($"map: {JsonTree.ToText(patch)} does not contain declared merge key: {key}");
        var at = items.FindIndex(item => JsonTree.Same(item.At(key), value));
        if (patch.Text(Directive) == "delete")
        {
            items.RemoveAll(item => JsonTree.Same(item.At(key), value));
        }
        else if (at >= 0)
        {
            items[at] = Merge((JsonObject)items[at]!, patch, element);
        }
        else
        {
            items.Add(Merge([], patch, element));
        }
    }

    private static void ListDirective(JsonObject target, JsonObject before, string name, JsonArray? values, TypeNode type)
    {
        if (values is null)
        {
            return;
        }

        if (name.StartsWith(DeleteItems, StringComparison.Ordinal) && target[name[DeleteItems.Length..]] is JsonArray list)
        {
            target[name[DeleteItems.Length..]] = new JsonArray(
                [.. list.Where(item => !values.Any(gone => JsonTree.Same(gone, item))).Select(item => item?.DeepClone())]);
        }
        else if (name.StartsWith(ElementOrder, StringComparison.Ordinal) && target[name[ElementOrder.Length..]] is JsonArray unordered)
        {
            var field = Field(type, name[ElementOrder.Length..]);
            target[field.Name] = Order(unordered, values, before[field.Name] as JsonArray ?? [], field.MergeKey);
        }
    }

    /// <summary>
    /// The items the patch names in its order, the others in theirs; where both have had a place before, that decides which
    /// comes first, otherwise those of the patch do.
    /// </summary>
    private static JsonArray Order(JsonArray items, JsonArray patch, JsonArray before, string key)
    {
        int Rank(JsonArray order, JsonNode? item) => order.ToList().FindIndex(o => key.Length == 0 ? JsonTree.Same(o, item) : JsonTree.Same(o.At(key), item.At(key)));

        var named = new Queue<JsonNode?>(items.Where(item => Rank(patch, item) >= 0).OrderBy(item => Rank(patch, item)));
        var others = new Queue<JsonNode?>(items.Where(item => Rank(patch, item) < 0).OrderBy(item => Rank(before, item)));
        var result = new JsonArray();
        while (named.Count + others.Count > 0)
        {
            var otherFirst = named.Count == 0
                || (others.Count > 0 && Rank(before, named.Peek()) >= 0 && Rank(before, others.Peek()) < Rank(before, named.Peek()));
            result.Add((otherFirst ? others : named).Dequeue()?.DeepClone());
        }

        return result;
    }

    private static void Retain(JsonObject target, JsonObject patch)
    {
        if (patch.Array(RetainKeys) is not { } keys)
        {
            return;
        }

        var kept = keys.Strings().ToHashSet(StringComparer.Ordinal);
        foreach (var name in target.Select(member => member.Key).Where(name => !kept.Contains(name)).ToList())
        {
            target.Remove(name);
        }
    }

    private static JsonObject Clean(JsonObject patch)
    {
        var copy = patch.Copy();
        foreach (var name in copy.Select(member => member.Key).Where(IsDirective).ToList())
        {
            copy.Remove(name);
        }

        return copy;
    }

    private static bool IsDirective(string name) =>
        name is Directive or RetainKeys || name.StartsWith(DeleteItems, StringComparison.Ordinal) || name.StartsWith(ElementOrder, StringComparison.Ordinal);

    private static TypeField Field(TypeNode type, string name) => type switch
    {
        TypeNode.Struct s when s.Fields.TryGetValue(name, out var field) => field,
        TypeNode.Map map => new TypeField(name, map.Element),
        _ => new TypeField(name, TypeNode.Any),
    };
}
