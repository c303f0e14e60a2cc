using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Validation;

namespace MesosK8sBridge.Kubernetes.Embedded.Resources;

/// <remarks>Kubernetes: pkg/registry/core/pod/strategy.go, pkg/apis/core/v1/defaults.go.</remarks>
internal sealed class PodRules : ResourceRules
{
    private const long DefaultGracePeriod = 30;

    public override IReadOnlyDictionary<string, Func<JsonObject, string>> SelectableFields { get; } = Fields(
        ("spec.nodeName", ""), ("spec.restartPolicy", ""), ("spec.schedulerName", ""), ("spec.serviceAccountName", ""),
        ("status.phase", ""), ("status.podIP", ""), ("status.nominatedNodeName", ""));

    public override void Default(JsonObject obj) => PodDefaults.Apply(obj);

    public override void PrepareForCreate(JsonObject obj)
    {
        obj["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = PodResources.QualityOfService(obj) };
        PodDefaults.Admit(obj);
    }

    public override void PrepareForUpdate(JsonObject next, JsonObject old) => next["status"] = old["status"]?.DeepClone();

    public override JsonObject PrepareForStatusUpdate(JsonObject next, JsonObject old)
    {
        var result = base.PrepareForStatusUpdate(next, old);
        var metadata = result.Child("metadata");
        metadata.Remove("ownerReferences");
        if (old.Array("metadata", "ownerReferences") is { } owners)
        {
            metadata["ownerReferences"] = owners.DeepClone();
        }

        result.Child("status").Default("qosClass", old.At("status", "qosClass")?.DeepClone());
        return result;
    }

    public override IEnumerable<FieldError> Validate(JsonObject obj) => PodValidation.Spec(obj.Object("spec") ?? [], "spec");

    public override IEnumerable<FieldError> ValidateUpdate(JsonObject next, JsonObject old) => PodValidation.Update(next, old);

    public override IEnumerable<FieldError> ValidateStatusUpdate(JsonObject next, JsonObject old) => PodValidation.StatusUpdate(next, old);

    /// <summary>None for a Pod that no node knows, or that has ended: nobody is left to wait for.</summary>
    public override long? GracePeriod(JsonObject obj, long? requested)
    {
        var period = requested ?? obj.Integer("spec", "terminationGracePeriodSeconds") ?? DefaultGracePeriod;
        return obj.Text("spec", "nodeName") is null or "" || obj.Text("status", "phase") is "Succeeded" or "Failed" ? 0 : period;
    }
}
