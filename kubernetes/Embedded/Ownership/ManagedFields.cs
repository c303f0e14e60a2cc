using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Types;

namespace MesosK8sBridge.Kubernetes.Embedded.Ownership;

/// <summary>One line of <c>metadata.managedFields</c>.</summary>
/// <param name="Operation"><c>Apply</c> or <c>Update</c>.</param>
internal sealed record ManagerEntry(string Manager, string Operation, string ApiVersion, string Time, FieldSet Fields)
{
    public bool IsSameManager(ManagerEntry other) => Manager == other.Manager && Operation == other.Operation && ApiVersion == other.ApiVersion;

    public static ManagerEntry FromJson(JsonObject json) => new(
        json.Text("manager") ?? "",
        json.Text("operation") ?? "",
        json.Text("apiVersion") ?? "",
        json.Text("time") ?? "",
        FieldSet.FromJson(json.Object("fieldsV1")));

    public JsonObject ToJson() => new()
    {
        ["manager"] = Manager,
        ["operation"] = Operation,
        ["apiVersion"] = ApiVersion,
        ["time"] = Time,
        ["fieldsType"] = "FieldsV1",
        ["fieldsV1"] = Fields.ToJson(),
    };
}

/// <summary>Who owns which field of an object, after each write.</summary>
/// <remarks>Kubernetes: sigs.k8s.io/structured-merge-diff, merge/update.go; apiserver/pkg/endpoints/handlers/fieldmanager.</remarks>
internal static class ManagedFields
{
    private const int MostUpdaters = 10;

    // Fields nobody owns, since the server looks after them.
    private static readonly string[] Unowned =
    [
        "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion",
        "deletionTimestamp", "deletionGracePeriodSeconds",
    ];

    // Parts of built-in types that are written even when empty, though the API does not call them required.
    private static readonly string[] AlwaysPresent = ["spec", "status", "template", "source", "nodeInfo", "daemonEndpoints", "kubeletEndpoint"];

    // Never changed once they are in here.
    private static readonly ConditionalWeakTable<TypeNode.Struct, JsonObject> Skeletons = [];

    public static IReadOnlyList<ManagerEntry> Read(JsonArray? managedFields) => [.. managedFields.Objects().Select(ManagerEntry.FromJson)];

    public static JsonArray Write(IEnumerable<ManagerEntry> entries)
    {
        var ordered = entries.Where(e => !e.Fields.IsEmpty)
            .OrderBy(e => e.Operation, StringComparer.Ordinal).ThenBy(e => e.Time, StringComparer.Ordinal).ThenBy(e => e.Manager, StringComparer.Ordinal);
        return new JsonArray([.. Capped([.. ordered]).Select(e => e.ToJson())]);
    }

    public static void Set(JsonObject document, JsonArray managedFields)
    {
        var metadata = document.Object("metadata")!;
        metadata.Remove("managedFields");
        if (managedFields.Count > 0)
        {
            metadata["managedFields"] = managedFields.Parent is null ? managedFields : managedFields.DeepClone();
        }
    }

    /// <summary>After an ordinary write, which owns whatever it changed.</summary>
    /// <param name="old">Null at creation.</param>
    public static JsonArray AfterUpdate(JsonArray before, JsonObject? old, JsonObject next, ResourceInfo resource, string manager, string now)
    {
        var comparison = FieldComparison.Compare(old is null ? Skeleton(resource) : Owned(old), Owned(next), resource.Type);
        var lost = comparison.Changed.Union(comparison.Removed);
        if (lost.IsEmpty)
        {
            return (JsonArray)before.DeepClone();
        }

        var mine = new ManagerEntry(manager, "Update", resource.ApiVersion, now, FieldSet.Empty);
        var entries = new List<ManagerEntry>();
        foreach (var entry in Read(before))
        {
            if (entry.IsSameManager(mine))
            {
                mine = mine with { Fields = entry.Fields, Time = entry.Time };
            }
            else
            {
                entries.Add(entry with { Fields = entry.Fields.Except(lost) });
            }
        }

        var fields = mine.Fields.Union(comparison.Changed).Except(comparison.Removed);
        entries.Add(mine with { Fields = fields, Time = now });
        return Write(entries);
    }

    /// <summary>A document without those of its fields that nobody can own.</summary>
    public static JsonObject Owned(JsonObject document)
    {
        var copy = document.Copy();
        copy.Remove("apiVersion");
        copy.Remove("kind");
        var metadata = copy.Object("metadata") ?? [];
        foreach (var name in Unowned)
        {
            metadata.Remove(name);
        }

        if (metadata.Count == 0)
        {
            copy.Remove("metadata");
        }

        return copy;
    }

    /// <summary>The document without the times of its managers, which do not make it another one.</summary>
    public static JsonObject WithoutTimes(JsonObject document)
    {
        var copy = document.Copy();
        foreach (var entry in copy.Array("metadata", "managedFields").Objects())
        {
            entry.Remove("time");
        }

        return copy;
    }

    /// <summary>What an object of a built-in type consists of before anything is set: its parts that are never absent.</summary>
    private static JsonObject Skeleton(ResourceInfo resource)
    {
        if (!Skeletons.TryGetValue(resource.Type, out var skeleton))
        {
            skeleton = resource.Custom ? [] : Skeleton(resource.Type);
            skeleton.Child("metadata");
            Skeletons.AddOrUpdate(resource.Type, skeleton);
        }

        return skeleton;
    }

    private static JsonObject Skeleton(TypeNode.Struct type)
    {
        var result = new JsonObject();
        foreach (var (name, field) in type.Fields)
        {
            if (field.Type is TypeNode.Struct part && (field.Required || AlwaysPresent.Contains(name)))
            {
                result[name] = Skeleton(part);
            }
            else if (field.Required)
            {
                result[name] = field.Type switch
                {
                    TypeNode.List => new JsonArray(),
                    TypeNode.Scalar { Kind: ScalarKind.String } => "",
                    TypeNode.Scalar { Kind: ScalarKind.Int32 or ScalarKind.Int64 } => 0L,
                    _ => null,
                };
            }
        }

        return result;
    }

    private static List<ManagerEntry> Capped(List<ManagerEntry> entries)
    {
        while (entries.Count(e => e.Operation == "Update") > MostUpdaters)
        {
            var oldest = entries.Where(e => e.Operation == "Update").Take(2).ToList();
            var at = entries.IndexOf(oldest[0]);
            entries[at] = oldest[0] with { Manager = "ancient-changes", Time = oldest[1].Time, Fields = oldest[0].Fields.Union(oldest[1].Fields) };
            entries.Remove(oldest[1]);
        }

        return entries;
    }
}
