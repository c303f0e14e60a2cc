using System.Globalization;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Resources;

namespace MesosK8sBridge.Kubernetes.Embedded.Api;

/// <summary>The members of <c>metadata</c> that the server itself looks after.</summary>
internal static class Metadata
{
    private static readonly string[] Order =
    [
        "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers", "clusterName", "managedFields",
    ];

    // Once set by the server, these cannot be changed by an update.
    private static readonly string[] Kept =
        ["name", "generateName", "namespace", "uid", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"];

    public static JsonObject Of(JsonObject obj) => obj.Child("metadata");

    public static string Name(JsonObject obj) => obj.Text("metadata", "name") ?? "";

    public static bool IsDeleting(JsonObject obj) => obj.Text("metadata", "deletionTimestamp") is not null;

    public static bool HasFinalizers(JsonObject obj) => obj.Array("metadata", "finalizers") is { Count: > 0 };

    public static string Version(long version) => version.ToString(CultureInfo.InvariantCulture);

    /// <summary>Puts kind, version and metadata first, and what is within metadata into the customary order.</summary>
    public static JsonObject Arrange(JsonObject obj, ResourceInfo resource)
    {
        var source = obj.Object("metadata") ?? [];
        var metadata = new JsonObject();
        foreach (var name in Order.Where(source.ContainsKey))
        {
            metadata[name] = source[name]?.DeepClone();
        }

        var result = new JsonObject { ["kind"] = resource.Kind, ["apiVersion"] = resource.ApiVersion, ["metadata"] = metadata };
        foreach (var (name, value) in obj)
        {
            if (name is not ("kind" or "apiVersion" or "metadata"))
            {
                result[name] = value?.DeepClone();
            }
        }

        return result;
    }

    public static void KeepSystemFields(JsonObject next, JsonObject old)
    {
        var (target, source) = (Of(next), old.Object("metadata")!);
        foreach (var name in Kept)
        {
            target.Remove(name);
            if (source[name] is { } value)
            {
                target[name] = value.DeepClone();
            }
        }

        target.Remove("selfLink");
        target["resourceVersion"] = source["resourceVersion"]?.DeepClone();
    }

    public static void CountGeneration(JsonObject next, JsonObject old, ResourceInfo resource)
    {
        if (resource.HasGeneration && !JsonTree.Same(Wanted(next, resource), Wanted(old, resource)))
        {
            Of(next)["generation"] = (old.Integer("metadata", "generation") ?? 0) + 1;
        }
    }

    private static JsonObject Wanted(JsonObject obj, ResourceInfo resource)
    {
        var copy = obj.Copy();
        copy.Remove("metadata");
        if (resource.HasStatus || !resource.Custom)
        {
            copy.Remove("status");
        }

        return copy;
    }
}
