using System.Text.Json;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>Puts a Pod on its node, and tells where one belongs.</summary>
internal static class PodBinding
{
    private const string Required = "requiredDuringSchedulingIgnoredDuringExecution";
    private const string Terms = "nodeSelectorTerms";
    private const string Fields = "matchFields";
    private const string NameField = "metadata.name";

    /// <summary>Last of all, when the framework's template has had its say: of its node affinity each alternative is for this node only.</summary>
    public static void Bind(V1Pod pod, string node, Binding binding)
    {
        if (binding == Binding.Direct)
        {
            pod.Spec!.NodeName = node;
            return;
        }

        pod.Spec!.Affinity ??= new V1Affinity();
        var affinity = pod.Spec.Affinity.NodeAffinity is { ValueKind: JsonValueKind.Object } given ? (JsonObject)JsonNode.Parse(given.GetRawText())! : [];
        affinity[Required] = new JsonObject { [Terms] = new JsonArray([.. Alternatives(affinity).Select(term => (JsonNode)OnlyFor(term, node))]) };
        pod.Spec.Affinity.NodeAffinity = JsonElement.Parse(affinity.ToJsonString());
    }

    /// <returns>Null if the Pod may go to more than one node, or says nothing of nodes.</returns>
    public static string? OnlyNodeOf(V1Pod pod)
    {
        var terms = pod.Spec?.Affinity?.NodeAffinity is { } affinity ? Items(Field(Field(affinity, Required), Terms)) : [];
        var nodes = terms.Select(OnlyNodeOf).Distinct().Take(2).ToArray();
        return nodes is [{ } only] ? only : null;
    }

    private static IEnumerable<JsonObject> Alternatives(JsonObject affinity) =>
        affinity[Required]?[Terms] is JsonArray { Count: > 0 } terms ? terms.OfType<JsonObject>().Select(term => (JsonObject)term.DeepClone()) : [[]];

    private static JsonObject OnlyFor(JsonObject term, string node)
    {
        var fields = term[Fields] as JsonArray ?? [];
        term[Fields] = new JsonArray(
        [
            .. fields.Where(field => field?["key"]?.GetValue<string>() != NameField).Select(field => field!.DeepClone()),
            new JsonObject { ["key"] = NameField, ["operator"] = "In", ["values"] = new JsonArray(node) },
        ]);
        return term;
    }

    private static string? OnlyNodeOf(JsonElement term) => Items(Field(term, Fields))
        .Where(field => Text(Field(field, "key")) == NameField && Text(Field(field, "operator")) == "In")
        .Select(field => Items(Field(field, "values")).Select(value => Text(value)).ToArray() is [{ } only] ? only : null)
        .FirstOrDefault();

    private static JsonElement? Field(JsonElement? of, string name) =>
        of is { ValueKind: JsonValueKind.Object } given && given.TryGetProperty(name, out var field) ? field : null;

    private static JsonElement[] Items(JsonElement? list) => list is { ValueKind: JsonValueKind.Array } items ? [.. items.EnumerateArray()] : [];

    private static string? Text(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
