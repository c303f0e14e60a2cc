using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Types;
using MesosK8sBridge.Kubernetes.Embedded.Validation;

namespace MesosK8sBridge.Kubernetes.Embedded.Resources;

/// <summary>What is special about a resource. What is not overridden is what most resources do.</summary>
internal abstract class ResourceRules
{
    private static readonly Dictionary<string, Func<JsonObject, string>> MetadataFields = new(StringComparer.Ordinal)
    {
        ["metadata.name"] = obj => obj.Text("metadata", "name") ?? "",
        ["metadata.namespace"] = obj => obj.Text("metadata", "namespace") ?? "",
    };

    /// <summary>Fields that can be selected by, beside name and namespace.</summary>
    public virtual IReadOnlyDictionary<string, Func<JsonObject, string>> SelectableFields => MetadataFields;

    /// <summary>What a client sent, without what the resource's type does not know.</summary>
    /// <exception cref="StatusException">400: a value of a wrong type.</exception>
    public virtual JsonObject Decode(JsonObject source, ResourceInfo resource) =>
        TypedDecoder.Decode(source, resource.Type, resource.Kind, resource.Version);

    public virtual void Default(JsonObject obj)
    {
    }

    public virtual void PrepareForCreate(JsonObject obj)
    {
    }

    public virtual void PrepareForUpdate(JsonObject next, JsonObject old)
    {
    }

    /// <summary>Keeps of a status update what may change; the status itself has been taken over already.</summary>
    public virtual JsonObject PrepareForStatusUpdate(JsonObject next, JsonObject old)
    {
        var result = next.Copy();
        foreach (var name in old.Select(member => member.Key).Where(name => name is not ("metadata" or "status")).ToList())
        {
            result[name] = old[name]?.DeepClone();
        }

        foreach (var name in next.Select(member => member.Key).Where(name => name is not ("metadata" or "status") && !old.ContainsKey(name)))
        {
            result.Remove(name);
        }

        return result;
    }

    public virtual IEnumerable<FieldError> Validate(JsonObject obj) => [];

    public virtual IEnumerable<FieldError> ValidateUpdate(JsonObject next, JsonObject old) => Validate(next);

    public virtual IEnumerable<FieldError> ValidateStatusUpdate(JsonObject next, JsonObject old) => [];

    public virtual string? NameProblem(string name) => Names.DnsSubdomain(name);

    /// <summary>Seconds an object may live on after its deletion; null: it goes at once.</summary>
    public virtual long? GracePeriod(JsonObject obj, long? requested) => null;

    protected static Dictionary<string, Func<JsonObject, string>> Fields(params (string Path, string Default)[] paths)
    {
        var result = new Dictionary<string, Func<JsonObject, string>>(MetadataFields, StringComparer.Ordinal);
        foreach (var (path, fallback) in paths)
        {
            var names = path.Split('.');
            result[path] = obj => obj.At(names) switch
            {
                null => fallback,
                var node => node.Text() ?? JsonTree.ToText(node),
            };
        }

        return result;
    }
}

/// <summary>The rules of resources that have none of their own.</summary>
internal sealed class PlainRules(bool pathSegmentName = false, bool typed = true) : ResourceRules
{
    public static readonly PlainRules Instance = new();

    public override JsonObject Decode(JsonObject source, ResourceInfo resource) => typed ? base.Decode(source, resource) : source.Copy();

    public override string? NameProblem(string name) => pathSegmentName ? Names.PathSegment(name) : base.NameProblem(name);
}
