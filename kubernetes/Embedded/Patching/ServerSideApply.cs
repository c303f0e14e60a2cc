using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Ownership;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Types;

namespace MesosK8sBridge.Kubernetes.Embedded.Patching;

/// <summary>Merges a configuration into an object by field ownership.</summary>
/// <remarks>Kubernetes: sigs.k8s.io/structured-merge-diff, merge/update.go, Apply.</remarks>
internal static class ServerSideApply
{
    /// <param name="live">Null if the object does not exist yet.</param>
    /// <exception cref="StatusException">409: others own fields the configuration wants otherwise.</exception>
    public static Proposal Apply(JsonObject? live, JsonObject configuration, ResourceInfo resource, WriteOptions options, string now)
    {
        var wanted = ManagedFields.Owned(configuration);
        CheckKeys(wanted, resource.Type, []);
        var applied = FieldsOf(wanted, resource.Type);
        var entries = ManagedFields.Read(live.Array("metadata", "managedFields"));
        var mine = new ManagerEntry(options.Manager, "Apply", resource.ApiVersion, now, applied);
        var before = entries.FirstOrDefault(mine.IsSameManager);
        var others = entries.Where(e => !mine.IsSameManager(e)).ToList();

        var merged = Merge(live, configuration, resource.Type) as JsonObject ?? [];
        var comparison = FieldComparison.Compare(live is null ? new JsonObject() : ManagedFields.Owned(live), ManagedFields.Owned(merged), resource.Type);
        others = Settle(others, comparison.Changed, options.Force);
        if (before is not null)
        {
            Prune(merged, before.Fields.Except(applied), others, resource.Type);
            if (before.Fields.Except(applied).IsEmpty && applied.Except(before.Fields).IsEmpty)
            {
                mine = mine with { Time = before.Time };
            }
        }

        return new Proposal(merged, ManagedFields.Write(others.Append(mine)));
    }

    private static List<ManagerEntry> Settle(List<ManagerEntry> others, FieldSet changed, bool force)
    {
        var conflicts = others.Select(e => (Entry: e, Fields: e.Fields.Intersect(changed))).Where(c => !c.Fields.IsEmpty).ToList();
        if (conflicts.Count > 0 && !force)
        {
            throw Conflict(conflicts);
        }

        return [.. others.Select(e => e with { Fields = e.Fields.Except(changed) })];
    }

    private static StatusException Conflict(List<(ManagerEntry Entry, FieldSet Fields)> conflicts)
    {
        var all = conflicts.SelectMany(c => c.Fields.Paths().Select(path => (c.Entry, Path: FieldSet.Show(path)))).ToList();
        var causes = new JsonArray([.. all.Select(c => new JsonObject
        {
            ["reason"] = "FieldManagerConflict",
            ["message"] = Sentence(c.Entry),
            ["field"] = c.Path,
        })]);
        var message = all.Count == 1
            ? $"Apply failed with 1 conflict: {Sentence(all[0].Entry)}: {all[0].Path}"
            : $"Apply failed with {all.Count} conflicts: " + string.Join("\n", conflicts.Select(c =>
                c.Fields.Paths().Count() == 1
                    ? $"{Sentence(c.Entry)}: {FieldSet.Show(c.Fields.Paths().First())}"
                    : $"{Plural(c.Entry)}:\n" + string.Join("\n", c.Fields.Paths().Select(p => "- " + FieldSet.Show(p)))));
        return new StatusException(409, "Conflict", message, new JsonObject { ["causes"] = causes });
    }

    private static string Sentence(ManagerEntry entry) =>
        $"conflict with \"{entry.Manager}\"{(entry.Operation == "Update" ? $" using {entry.ApiVersion}" : "")}";

    private static string Plural(ManagerEntry entry) => Sentence(entry).Replace("conflict with", "conflicts with", StringComparison.Ordinal);

    /// <summary>The fields a configuration names.</summary>
    private static FieldSet FieldsOf(JsonNode? value, TypeNode type)
    {
        if (Elements.IsGranularObject(value, type))
        {
            var obj = (JsonObject)value!;
            return obj.Count == 0 ? FieldSet.Self : FieldSet.Of(false, obj.Select(m => Named(m.Key, m.Value, type)));
        }

        return Elements.AsOwnedList(type) is { } list && value is JsonArray { Count: > 0 } array
            ? FieldSet.Of(false, Elements.Items(array, list).Select(i =>
                KeyValuePair.Create(i.Key, FieldSet.Self.Union(i.Value is JsonObject { Count: > 0 } ? FieldsOf(i.Value, list.Element) : FieldSet.Empty))))
            : FieldSet.Self;
    }

    // The keys of a map are owned themselves, the members of a structure only through what is in them.
    private static KeyValuePair<string, FieldSet> Named(string name, JsonNode? value, TypeNode type)
    {
        var fields = FieldsOf(value, Elements.ChildType(type, name));
        var isKey = type is not TypeNode.Struct known || !known.Fields.ContainsKey(name);
        return KeyValuePair.Create("f:" + name, isKey ? fields.Union(FieldSet.Self) : fields);
    }

    private static JsonNode? Merge(JsonNode? live, JsonNode? wanted, TypeNode type)
    {
        if (Elements.IsGranularObject(wanted, type) && live is null or JsonObject)
        {
            var result = live is null ? [] : ((JsonObject)live).Copy();
            foreach (var (name, value) in (JsonObject)wanted!)
            {
                result[name] = Merge(result[name], value, Elements.ChildType(type, name));
            }

            return result;
        }

        return Elements.AsOwnedList(type) is { } list && wanted is JsonArray items && live is null or JsonArray
            ? MergeLists(live as JsonArray ?? [], (JsonArray)wanted!, list)
            : wanted?.DeepClone();
    }

    /// <summary>Items of the configuration in its order; those of others stay where they were, before what follows them.</summary>
    private static JsonArray MergeLists(JsonArray live, JsonArray wanted, TypeNode.List type)
    {
        var (old, now) = (Elements.Items(live, type), Elements.Items(wanted, type));
        var result = new JsonArray();
        foreach (var (element, item) in old.Where(i => !now.ContainsKey(i.Key)))
        {
            result.Add(item?.DeepClone());
        }

        var position = 0;
        foreach (var (element, item) in now)
        {
            var merged = Merge(old.GetValueOrDefault(element), item, type.Element);
            if (old.ContainsKey(element))
            {
                position = Math.Max(position, live.TakeWhile(i => Elements.OfItem(i, type) != element).Count(i => !now.ContainsKey(Elements.OfItem(i, type) ?? "")));
                position = Math.Min(position, result.Count);
                result.Insert(position++, merged);
            }
            else
            {
                result.Add(merged);
            }
        }

        return result;
    }

    /// <summary>Takes away what this manager applied before, names no longer, and nobody else owns.</summary>
    private static void Prune(JsonObject merged, FieldSet dropped, List<ManagerEntry> others, TypeNode type)
    {
        var kept = others.Aggregate(FieldSet.Empty, (set, entry) => set.Union(entry.Fields));
        Remove(merged, dropped, kept, type);
    }

    private static void Remove(JsonObject target, FieldSet dropped, FieldSet kept, TypeNode type)
    {
        foreach (var (element, set) in dropped.Children)
        {
            var name = element[2..];
            var child = kept.Child(element);
            var childType = Elements.ChildType(type, name);
            if (set.IsMember && child.IsEmpty)
            {
                target.Remove(name);
            }
            else if (target[name] is JsonObject nested)
            {
                Remove(nested, set, child, childType);
                if (nested.Count == 0 && child.IsEmpty && childType is TypeNode.Map or TypeNode.Struct && !set.IsEmpty && type is TypeNode.Map or TypeNode.Struct { Name: "meta.v1.ObjectMeta" })
                {
                    target.Remove(name);
                }
            }
            else if (target[name] is JsonArray array && Elements.AsOwnedList(childType) is { } list)
            {
                target[name] = RemoveItems(array, set, child, list);
            }
        }
    }

    private static JsonArray RemoveItems(JsonArray items, FieldSet dropped, FieldSet kept, TypeNode.List type)
    {
        var result = new JsonArray();
        foreach (var item in items)
        {
            var element = Elements.OfItem(item, type) ?? "";
            var set = dropped.Child(element);
            if (set.IsMember && kept.Child(element).IsEmpty)
            {
                continue;
            }

            var copy = item?.DeepClone();
            if (copy is JsonObject obj)
            {
                Remove(obj, set, kept.Child(element), type.Element);
            }

            result.Add(copy);
        }

        return result;
    }

    private static void CheckKeys(JsonNode? value, TypeNode type, IReadOnlyList<string> path)
    {
        if (value is JsonObject obj)
        {
            foreach (var (name, child) in obj)
            {
                CheckKeys(child, Elements.ChildType(type, name), [.. path, "f:" + name]);
            }
        }
        else if (value is JsonArray array && Elements.AsOwnedList(type) is { } list)
        {
            foreach (var (item, index) in array.Select((item, i) => (item, i)))
            {
                var element = Elements.OfItem(item, list);
                if (element is null)
                {
                    var missing = list.Keys.First(key => item.At(key) is null);
                    throw Failures.Internal(
                        $"failed to create typed patch object: {FieldSet.Show(path)}: element {index}: associative list with keys has an element that omits key field \"{missing}\"");
                }

                CheckKeys(item, list.Element, [.. path, element]);
            }
        }
    }
}
