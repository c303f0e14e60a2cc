using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Resources;

namespace MesosK8sBridge.Kubernetes.Embedded.Validation;

/// <remarks>Kubernetes: apimachinery/pkg/api/validation/objectmeta.go.</remarks>
internal static class MetadataValidation
{
    private const int AnnotationLimit = 256 * 1024;
    private static readonly string[] StandardFinalizers = ["kubernetes", "orphan", "foregroundDeletion"];

    public static IEnumerable<FieldError> Check(JsonObject obj, ResourceInfo resource)
    {
        var metadata = obj.Object("metadata") ?? [];
        return Name(metadata, resource)
            .Concat(Labels(metadata.Object("labels")))
            .Concat(Annotations(metadata.Object("annotations")))
            .Concat(Owners(metadata.Array("ownerReferences")))
            .Concat(Finalizers(metadata.Array("finalizers"), strict: !resource.Custom && resource.Group != "apiextensions.k8s.io"));
    }

    /// <summary>Once an object is being deleted, no finalizer may be added.</summary>
    public static IEnumerable<FieldError> CheckUpdate(JsonObject next, JsonObject old)
    {
        if (old.Text("metadata", "deletionTimestamp") is null)
        {
            yield break;
        }

        var before = old.Array("metadata", "finalizers").Strings().ToHashSet(StringComparer.Ordinal);
        var added = next.Array("metadata", "finalizers").Strings().Where(f => !before.Contains(f)).Order(StringComparer.Ordinal).ToList();
        if (added.Count > 0)
        {
            var shown = string.Join(", ", added.Select(f => $"\"{f}\""));
            yield return FieldError.Forbidden(
                "metadata.finalizers", $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{shown}}}");
        }
    }

    public static IEnumerable<FieldError> Labels(JsonObject? labels, string path = "metadata.labels")
    {
        foreach (var (key, value) in (labels ?? []).OrderBy(member => member.Key, StringComparer.Ordinal))
        {
            if (Names.QualifiedName(key) is { } problem)
            {
                yield return FieldError.Invalid(path, key, problem);
            }

            if (Names.LabelValue(value.Text() ?? "") is { } wrong)
            {
                yield return FieldError.Invalid(path, value.Text() ?? "", wrong);
            }
        }
    }

    private static IEnumerable<FieldError> Name(JsonObject metadata, ResourceInfo resource)
    {
        var name = metadata.Text("name") ?? "";
        if (metadata.Text("generateName") is { Length: > 0 } start && resource.Rules.NameProblem(start.TrimEnd('-', '.') is { Length: > 0 } kept ? kept : "a") is { } bad)
        {
            yield return FieldError.Invalid("metadata.generateName", start, bad);
        }

        if (name.Length == 0)
        {
            yield return FieldError.Required("metadata.name", "name or generateName is required");
        }
        else if (resource.Rules.NameProblem(name) is { } problem)
        {
            yield return FieldError.Invalid("metadata.name", name, problem);
        }
    }

    private static IEnumerable<FieldError> Annotations(JsonObject? annotations)
    {
        var size = 0L;
        foreach (var (key, value) in annotations ?? [])
        {
            size += key.Length + System.Text.Encoding.UTF8.GetByteCount(value.Text() ?? "");
#pragma warning disable CA1308 // the API compares the lower-case form
            if (Names.QualifiedName(key.ToLowerInvariant()) is { } problem)
#pragma warning restore CA1308
            {
                yield return FieldError.Invalid("metadata.annotations", key, problem);
            }
        }

        if (size > AnnotationLimit)
        {
            yield return FieldError.TooLong("metadata.annotations", AnnotationLimit);
        }
    }

    private static IEnumerable<FieldError> Owners(JsonArray? owners)
    {
        var controllers = 0;
        foreach (var owner in owners.Objects())
        {
            foreach (var (member, path) in new[] { ("apiVersion", "apiVersion"), ("kind", "kind"), ("name", "name"), ("uid", "uid") })
            {
                if (owner.Text(member) is null or "")
                {
                    var problem = member == "apiVersion" ? "version must not be empty" : $"{member} must not be empty";
                    yield return FieldError.Invalid("metadata.ownerReferences." + path, owner.Text(member) ?? "", problem);
                }
            }

            controllers += owner.Flag("controller") is true ? 1 : 0;
        }

        if (controllers > 1)
        {
            yield return FieldError.Invalid(
                "metadata.ownerReferences", owners!.DeepClone(), "Only one reference can have Controller set to true.");
        }
    }

    /// <param name="strict">Names without a domain must be known ones.</param>
    private static IEnumerable<FieldError> Finalizers(JsonArray? finalizers, bool strict)
    {
        foreach (var (finalizer, index) in finalizers.Strings().Select((f, i) => (f, i)))
        {
            if (Names.QualifiedName(finalizer) is { } problem)
            {
                yield return FieldError.Invalid($"metadata.finalizers[{index}]", finalizer, problem);
            }
            else if (strict && !finalizer.Contains('/', StringComparison.Ordinal) && !StandardFinalizers.Contains(finalizer))
            {
                yield return FieldError.Invalid(
                    $"metadata.finalizers[{index}]", finalizer, "name is neither a standard finalizer name nor is it fully qualified");
            }
        }
    }
}
