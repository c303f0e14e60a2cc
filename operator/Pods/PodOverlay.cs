using System.Text.Json;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>
/// The part of a framework's Pod template that is laid over each finished Pod, as a strategic merge patch would be: what it says wins.
/// The container <c>task</c> in it stands for every container that runs a task.
/// </summary>
/// <param name="spec">Of a Pod; sound, see <see cref="Problem"/>.</param>
/// <remarks>Kubernetes: apimachinery/pkg/util/strategicpatch; api/core/v1/types.go for the keys by which lists are merged.</remarks>
public sealed class PodOverlay(JsonObject spec)
{
    private const string Directive = "$patch";

    /// <summary>What the bridge relies on in each Pod.</summary>
    private static readonly string[] Kept =
        ["nodeName", "restartPolicy", "terminationGracePeriodSeconds", "activeDeadlineSeconds", "schedulerName", "hostname", "ephemeralContainers"];

    /// <summary>What tasks say of their containers, and what has been counted.</summary>
    private static readonly string[] KeptOfContainer = ["command", "args", "resources", "readinessProbe", "livenessProbe", "startupProbe"];

    /// <returns>What is wrong with a template's spec, e.g. <c>'nodeName' is set by the bridge</c>; null if nothing.</returns>
    public static string? Problem(JsonObject spec)
    {
        if (Kept.FirstOrDefault(spec.ContainsKey) is { } kept)
        {
            return $"'{kept}' is set by the bridge";
        }

        foreach (var container in (spec["containers"] as JsonArray ?? []).Select(item => item as JsonObject))
        {
            if (NameOf(container) != PodNames.SingleContainer)
            {
                return $"'containers' can only have '{PodNames.SingleContainer}', for the containers of tasks";
            }

            if (KeptOfContainer.FirstOrDefault(container!.ContainsKey) is { } ofContainer)
            {
                return $"'{ofContainer}' of container '{PodNames.SingleContainer}' is set by the bridge";
            }
        }

        return null;
    }

    public V1Pod Over(V1Pod pod)
    {
        var tasks = pod.Spec!.Containers!.Select(container => container.Name!).ToList();
        var target = (JsonObject)JsonNode.Parse(KubernetesJson.Default.SerializeToUtf8Bytes(pod.Spec))!;
        var patch = (JsonObject)spec.DeepClone();
        if (patch["containers"] is JsonArray { Count: 1 } containers && containers[0] is JsonObject ofTask)
        {
            patch["containers"] = new JsonArray([.. tasks.Select(name => Named(ofTask, name))]);
        }

        Merge(target, patch);
        pod.Spec = KubernetesJson.Default.Deserialize<V1PodSpec>(target.ToJsonString());
        return pod;
    }

    private static JsonObject Named(JsonObject container, string name)
    {
        var copy = (JsonObject)container.DeepClone();
        copy["name"] = name;
        return copy;
    }

    private static string? NameOf(JsonObject? item) => item?["name"] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch.Where(field => field.Key != Directive).ToList())
        {
            switch (value)
            {
                case null:
                    target.Remove(name);
                    break;
                case JsonObject nested when target[name] is JsonObject inner && nested[Directive]?.GetValue<string>() != "replace":
                    Merge(inner, nested);
                    break;
                case JsonArray list when KeyOf(name) is { } key && target[name] is JsonArray items:
                    Merge(items, list, key);
                    break;
                default:
                    target[name] = Clean(value.DeepClone());
                    break;
            }
        }
    }

    private static void Merge(JsonArray items, JsonArray patch, string key)
    {
        foreach (var item in patch.OfType<JsonObject>())
        {
            var same = items.OfType<JsonObject>().FirstOrDefault(other => JsonNode.DeepEquals(other[key], item[key]));
            var directive = item[Directive]?.GetValue<string>();
            if (same is not null && directive is "delete" or "replace")
            {
                items.Remove(same);
                same = null;
            }

            if (same is not null)
            {
                Merge(same, item);
            }
            else if (directive != "delete")
            {
                items.Add(Clean(item.DeepClone()));
            }
        }
    }

    private static JsonNode Clean(JsonNode node)
    {
        (node as JsonObject)?.Remove(Directive);
        return node;
    }

    private static string? KeyOf(string list) => list switch
    {
        "containers" or "initContainers" or "volumes" or "env" or "imagePullSecrets" or "volumeDevices" => "name",
        "volumeMounts" => "mountPath",
        "ports" => "containerPort",
        "hostAliases" => "ip",
        "topologySpreadConstraints" => "topologyKey",
        _ => null,
    };
}
