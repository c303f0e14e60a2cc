using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Resources;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

/// <summary>Answers to "may I?": this server refuses nobody.</summary>
internal static class Reviews
{
    public static JsonObject Answer(ResourceInfo resource, JsonObject body)
    {
        var answer = Metadataless(resource);
        answer["spec"] = body["spec"]?.DeepClone() ?? new JsonObject();
        answer["status"] = resource.Kind == "SelfSubjectRulesReview" ? Rules() : new JsonObject { ["allowed"] = true };
        return answer;
    }

    private static JsonObject Metadataless(ResourceInfo resource) =>
        new() { ["kind"] = resource.Kind, ["apiVersion"] = resource.ApiVersion, ["metadata"] = new JsonObject { ["creationTimestamp"] = null } };

    private static JsonObject Rules() => new()
    {
        ["resourceRules"] = new JsonArray(new JsonObject { ["verbs"] = new JsonArray("*"), ["apiGroups"] = new JsonArray("*"), ["resources"] = new JsonArray("*") }),
        ["nonResourceRules"] = new JsonArray(new JsonObject { ["verbs"] = new JsonArray("*"), ["nonResourceURLs"] = new JsonArray("*") }),
        ["incomplete"] = false,
    };
}
