using System.Text.Json;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>What a Pod asks of its node, counted as the scheduler of Kubernetes counts it.</summary>
/// <param name="Memory">Bytes.</param>
/// <param name="Storage">Bytes of ephemeral storage.</param>
/// <remarks>Kubernetes: staging/src/k8s.io/component-helpers/resource/helpers.go, PodRequests.</remarks>
internal readonly record struct PodRequests(decimal Cpu, decimal Memory, decimal Storage, DeviceAmounts Devices)
{
    public static PodRequests Of(V1Pod pod, ExtendedResources extended) =>
        PodLevel(Whole(pod, container => OfContainer(pod, container, extended)), pod).Plus(Of(pod.Spec?.Overhead, extended));

    /// <summary>What a container's spec says.</summary>
    public static PodRequests Of(V1Container container, ExtendedResources extended) => Of(container.Resources?.Requests, extended);

    public static PodRequests Max(PodRequests a, PodRequests b) =>
        new(Math.Max(a.Cpu, b.Cpu), Math.Max(a.Memory, b.Memory), Math.Max(a.Storage, b.Storage), a.Devices.Max(b.Devices));

    /// <summary>An init container that stays, beside the others: a sidecar.</summary>
    public static bool RestartsAlways(V1Container init) =>
        init.ExtensionData is { } more && more.TryGetValue("restartPolicy", out var policy)
        && policy.ValueKind == JsonValueKind.String && policy.GetString() == "Always";

    public PodRequests Plus(PodRequests other) => new(Cpu + other.Cpu, Memory + other.Memory, Storage + other.Storage, Devices.Plus(other.Devices));

    public PodRequests Minus(PodRequests other) => new(Cpu - other.Cpu, Memory - other.Memory, Storage - other.Storage, Devices.Minus(other.Devices));

    /// <summary>Init containers run one after another before the others, except those that restart always: they stay.</summary>
    private static PodRequests Whole(V1Pod pod, Func<V1Container, PodRequests> requestsOf)
    {
        var together = Sum((pod.Spec?.Containers ?? []).Select(requestsOf));
        var staying = default(PodRequests);
        var peak = default(PodRequests);
        foreach (var init in pod.Spec?.InitContainers ?? [])
        {
            var requests = staying.Plus(requestsOf(init));
            peak = Max(peak, requests);
            staying = RestartsAlways(init) ? requests : staying;
        }

        return Max(together.Plus(staying), peak);
    }

    /// <summary>While a Pod is being resized in its place, the most of what it asks for, what it was granted and what it has counts.</summary>
    private static PodRequests OfContainer(V1Pod pod, V1Container container, ExtendedResources extended)
    {
        var asked = Of(container, extended);
        if (ResizeOf(pod, container) is not { } status)
        {
            return asked;
        }

        var granted = Of(Read(status, "allocatedResources"), extended);
        var has = status.TryGetValue("resources", out var resources) && resources.ValueKind == JsonValueKind.Object && resources.TryGetProperty("requests", out var requests)
            ? Of(Quantities(requests), extended)
            : default;
        return IsInfeasible(pod) ? Max(granted, has) : Max(asked, Max(granted, has));
    }

    /// <summary>Null unless the kubelet says more of the container's resources than its spec does.</summary>
    private static IDictionary<string, JsonElement>? ResizeOf(V1Pod pod, V1Container container)
    {
        foreach (var status in (pod.Status?.ContainerStatuses ?? []).Concat(pod.Status?.InitContainerStatuses ?? []))
        {
            if (status.Name == container.Name)
            {
                return status.ExtensionData is { Count: > 0 } more && (more.ContainsKey("allocatedResources") || more.ContainsKey("resources")) ? more : null;
            }
        }

        return null;
    }

    /// <summary>What it asks for will never be granted on this node.</summary>
    private static bool IsInfeasible(V1Pod pod) =>
        pod.Status?.Conditions?.Any(condition => condition is { Type: "PodResizePending", Reason: "Infeasible" }) is true
        || (pod.Status?.ExtensionData is { } more && more.TryGetValue("resize", out var resize) && resize.ValueKind == JsonValueKind.String && resize.GetString() == "Infeasible");

    /// <summary>What is requested for the Pod as a whole stands in place of its containers' sum: cpu and memory can be.</summary>
    private static PodRequests PodLevel(PodRequests containers, V1Pod pod)
    {
        if (pod.Spec?.ExtensionData is not { } more || !more.TryGetValue("resources", out var resources)
            || resources.ValueKind != JsonValueKind.Object || !resources.TryGetProperty("requests", out var given))
        {
            return containers;
        }

        var requests = Quantities(given);
        return containers with
        {
            Cpu = requests.TryGetValue("cpu", out var cpu) ? cpu.Value : containers.Cpu,
            Memory = requests.TryGetValue("memory", out var memory) ? memory.Value : containers.Memory,
        };
    }

    private static PodRequests Of(IDictionary<string, ResourceQuantity>? requests, ExtendedResources extended) => new(
        Amount(requests, "cpu"), Amount(requests, "memory"), Amount(requests, "ephemeral-storage"), DeviceAmounts.Of(requests, extended.Devices));

    private static decimal Amount(IDictionary<string, ResourceQuantity>? requests, string name) =>
        requests is not null && requests.TryGetValue(name, out var amount) ? amount.Value : 0;

    private static Dictionary<string, ResourceQuantity> Read(IDictionary<string, JsonElement> fields, string name) =>
        fields.TryGetValue(name, out var field) ? Quantities(field) : [];

    private static Dictionary<string, ResourceQuantity> Quantities(JsonElement map)
    {
        var quantities = new Dictionary<string, ResourceQuantity>();
        if (map.ValueKind == JsonValueKind.Object)
        {
            foreach (var item in map.EnumerateObject())
            {
                if (ResourceQuantity.TryParse(item.Value.ValueKind == JsonValueKind.String ? item.Value.GetString()! : item.Value.GetRawText(), out var amount))
                {
                    quantities[item.Name] = amount;
                }
            }
        }

        return quantities;
    }

    private static PodRequests Sum(IEnumerable<PodRequests> all) => all.Aggregate(default(PodRequests), (sum, one) => sum.Plus(one));
}
