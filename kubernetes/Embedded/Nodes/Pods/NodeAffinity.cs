using System.Text.Json;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;

/// <summary>Whether a Pod's node selector and its required node affinity allow a node.</summary>
/// <remarks>Kubernetes: k8s.io/component-helpers/scheduling/corev1/nodeaffinity.</remarks>
internal static class NodeAffinity
{
    public static bool Matches(V1Pod pod, V1Node node) =>
        (pod.Spec?.NodeSelector ?? new Dictionary<string, string>()).All(s => node.GetLabel(s.Key) == s.Value)
        && MatchesTerms(pod.Spec?.Affinity?.NodeAffinity, node);

    private static bool MatchesTerms(JsonElement? affinity, V1Node node) =>
        affinity is not { } rules
        || !rules.TryGetProperty("requiredDuringSchedulingIgnoredDuringExecution", out var required)
        || List(required, "nodeSelectorTerms").Any(term => MatchesTerm(term, node));

    /// <summary>An empty term matches nothing.</summary>
    private static bool MatchesTerm(JsonElement term, V1Node node)
    {
        var labels = List(term, "matchExpressions").ToList();
        var fields = List(term, "matchFields").ToList();
        return labels.Count + fields.Count > 0
            && labels.TrueForAll(e => Holds(e, node.GetLabel(Text(e, "key"))))
            && fields.TrueForAll(e => Holds(e, Text(e, "key") == "metadata.name" ? node.Name() : null));
    }

    private static bool Holds(JsonElement requirement, string? actual)
    {
        var values = List(requirement, "values").Select(v => v.GetString()).ToList();
        return Text(requirement, "operator") switch
        {
            "In" => actual is not null && values.Contains(actual),
            "NotIn" => actual is null || !values.Contains(actual),
            "Exists" => actual is not null,
            "DoesNotExist" => actual is null,
            "Gt" => Compare(actual, values) > 0,
            "Lt" => Compare(actual, values) < 0,
            _ => false,
        };
    }

    private static int Compare(string? actual, List<string?> values) =>
        long.TryParse(actual, out var left) && long.TryParse(values.FirstOrDefault(), out var right) ? left.CompareTo(right) : 0;

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    private static JsonElement.ArrayEnumerator List(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : default;
}
