using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;

/// <remarks>Kubernetes: pkg/apis/core/v1/helper/qos/qos.go.</remarks>
internal static class QualityOfService
{
    private static readonly string[] Counted = ["cpu", "memory"];

    public static string Of(V1Pod pod)
    {
        var containers = (pod.Spec?.Containers ?? []).Concat(pod.Spec?.InitContainers ?? []).ToList();
        if (containers.TrueForAll(c => !Names(c.Resources?.Requests).Any() && !Names(c.Resources?.Limits).Any()))
        {
            return "BestEffort";
        }

        return containers.TrueForAll(IsGuaranteed) ? "Guaranteed" : "Burstable";
    }

    private static IEnumerable<string> Names(IDictionary<string, ResourceQuantity>? resources) =>
        Counted.Where(name => resources is not null && resources.TryGetValue(name, out var quantity) && quantity.Value > 0);

    private static bool IsGuaranteed(V1Container container) => Counted.All(name =>
        container.Resources?.Limits is { } limits && limits.TryGetValue(name, out var limit)
        && (container.Resources.Requests is not { } requests || !requests.TryGetValue(name, out var request) || request == limit));
}
