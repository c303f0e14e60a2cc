using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;

namespace MesosK8sBridge.Kubernetes.Embedded.Resources;

/// <remarks>Kubernetes: pkg/apis/core/helper/qos.</remarks>
internal static class PodResources
{
    public static string QualityOfService(JsonObject pod)
    {
        var containers = pod.Array("spec", "containers").Objects().Concat(pod.Array("spec", "initContainers").Objects()).ToList();
        var requests = Sum(containers, "requests");
        var limits = Sum(containers, "limits");
        if (requests.Count == 0 && limits.Count == 0)
        {
            return "BestEffort";
        }

        var limited = containers.All(container => Asks(container, "cpu") && Asks(container, "memory"));
        return limited && requests.Count == limits.Count && requests.All(r => limits.TryGetValue(r.Key, out var limit) && limit == r.Value)
            ? "Guaranteed"
            : "Burstable";
    }

    private static bool Asks(JsonObject container, string resource) => container.Text("resources", "limits", resource) is not (null or "0");

    private static Dictionary<string, System.Numerics.BigInteger> Sum(List<JsonObject> containers, string member)
    {
        var sum = new Dictionary<string, System.Numerics.BigInteger>(StringComparer.Ordinal);
        foreach (var (name, amount) in containers.SelectMany(c => c.Object("resources", member) ?? []))
        {
            if (name is "cpu" or "memory" && Quantity.TryParse(amount.Text(), out var quantity) && quantity.Nano.Sign > 0)
            {
                sum[name] = sum.GetValueOrDefault(name) + quantity.Nano;
            }
        }

        return sum;
    }
}
