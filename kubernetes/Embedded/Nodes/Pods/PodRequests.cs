using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;

/// <summary>What a Pod takes of a node: the sum of its containers or its largest init container, and its overhead.</summary>
/// <remarks>Kubernetes: pkg/scheduler/framework/plugins/noderesources/fit.go, computePodResourceRequest.</remarks>
internal static class PodRequests
{
    /// <returns>By resource name: thousandths of a core for cpu, else units.</returns>
    public static Dictionary<string, long> Of(V1Pod pod)
    {
        var total = new Dictionary<string, long>();
        foreach (var (name, amount) in (pod.Spec?.Containers ?? []).SelectMany(Requests).Concat(Amounts(pod.Spec?.Overhead)))
        {
            total[name] = total.GetValueOrDefault(name) + amount;
        }

        foreach (var (name, amount) in (pod.Spec?.InitContainers ?? []).SelectMany(Requests))
        {
            total[name] = Math.Max(total.GetValueOrDefault(name), amount);
        }

        return total;
    }

    public static long Amount(string resource, ResourceQuantity quantity) =>
        resource == "cpu" ? (long)Math.Ceiling(quantity.Value * 1000) : quantity.ToInt64();

    /// <summary>A limit without a request is one too; the API server fills that in, an older one might not.</summary>
    private static IEnumerable<(string Name, long Amount)> Requests(V1Container container)
    {
        var requests = container.Resources?.Requests;
        var implied = container.Resources?.Limits?.Where(l => requests?.ContainsKey(l.Key) != true);
        return Amounts(requests).Concat(Amounts(implied));
    }

    private static IEnumerable<(string Name, long Amount)> Amounts(IEnumerable<KeyValuePair<string, ResourceQuantity>>? resources) =>
        (resources ?? []).Select(r => (r.Key, Amount(r.Key, r.Value)));
}
