using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Types;

namespace MesosK8sBridge.Kubernetes.Embedded.CustomResources;

/// <summary>The rules of a custom resource: those of its schema.</summary>
internal sealed class CustomRules(CustomSchema schema) : ResourceRules
{
    public override JsonObject Decode(JsonObject source, ResourceInfo resource)
    {
        var result = source.Copy();
        var metadata = source.Object("metadata") ?? [];
        result["metadata"] = TypedDecoder.Decode(metadata, TypeCatalogue.BuiltIn["meta.v1.ObjectMeta"], resource.Kind, resource.Version);
        return result;
    }

    public override void Default(JsonObject obj) => schema.Complete(obj);

    public override IEnumerable<FieldError> Validate(JsonObject obj)
    {
        var copy = obj.Copy();
        copy.Remove("metadata"); // has been checked with more care already
        return schema.Validate(copy).Where(error => error.Field != "metadata");
    }

    public override IEnumerable<FieldError> ValidateStatusUpdate(JsonObject next, JsonObject old) => Validate(next);

    public override JsonObject PrepareForStatusUpdate(JsonObject next, JsonObject old)
    {
        var result = old.Copy();
        result.Remove("status");
        if (next["status"] is { } status)
        {
            result["status"] = status.DeepClone();
        }

        return result;
    }
}
