using System.Text.Json;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>What a Pod asks of its node, counted as the scheduler of Kubernetes counts it.</summary>
/// <param name="Memory">Bytes.</param>
/// <param name="Storage">Bytes of ephemeral storage.</param>
/// <remarks>Kubernetes: staging/src/k8s.io/component-helpers/resource/helpers.go, PodRequests.</remarks>
internal readonly record struct PodRequests(decimal Cpu, decimal Memory, decimal Storage, decimal Gpus)
{
    private const decimal Mebibyte = 1 << 20;

    /// <summary>Init containers run one after another before the others, except those that restart always: they stay.</summary>
    public static PodRequests Of(V1Pod pod)
    {
        var together = Sum((pod.Spec?.Containers ?? []).Select(Of));
        var staying = default(PodRequests);
        var peak = default(PodRequests);
        foreach (var init in pod.Spec?.InitContainers ?? [])
        {
            if (RestartsAlways(init))
            {
                staying = staying.Plus(Of(init));
                peak = Max(peak, staying);
            }
            else
            {
                peak = Max(peak, staying.Plus(Of(init)));
            }
        }

        return Max(together.Plus(staying), peak).Plus(Of(pod.Spec?.Overhead));
    }

    /// <summary>Of a Pod of ours: what the master does not charge to its tasks, such as containers that have ended in a Pod that has not.</summary>
    public static PodRequests BesidesTasks(V1Pod pod)
    {
        var ended = EndedContainers(pod);
        return ended.Count == 0 && IsOneContainer(pod) ? default : Max(Of(pod).Minus(OfLiveTasks(pod, ended)), default);
    }

    private static HashSet<string> EndedContainers(V1Pod pod) =>
        [.. (pod.Status?.ContainerStatuses ?? []).Where(status => status.State?.Terminated is not null).Select(status => status.Name).OfType<string>()];

    private static bool IsOneContainer(V1Pod pod) => pod.Spec is { Containers.Count: 1, InitContainers: null or { Count: 0 }, Overhead: null };

    /// <summary>A group's executor, which is in the requests of its first container, is charged for as long as there is one task of it.</summary>
    private static PodRequests OfLiveTasks(V1Pod pod, HashSet<string> ended)
    {
        if (!PodTasks.TryRead(pod, out var tasks))
        {
            return default;
        }

        var containers = tasks.Tasks.Select(tasks.ContainerOf).ToArray();
        var live = containers.Where(name => !ended.Contains(name)).ToHashSet(StringComparer.Ordinal);
        var own = Sum((pod.Spec?.Containers ?? []).Where(container => live.Contains(container.Name ?? "")).Select(Of));
        return live.Count == 0 || live.Contains(containers[0]) ? own : own.Plus(Of(tasks.Executor));
    }

    private static PodRequests Of(ExecutorInfo? executor) => executor is null ? default : new(
        Units(executor, "cpus"), Units(executor, "mem") * Mebibyte, Units(executor, "disk") * Mebibyte, Units(executor, "gpus"));

    private static decimal Units(ExecutorInfo executor, string name) => (Amounts.Thousandths(executor.Resources, name) ?? 0) / 1000m;

    public static IEnumerable<int> HostPorts(V1Pod pod) =>
        (pod.Spec?.Containers ?? []).Concat(pod.Spec?.InitContainers ?? [])
            .SelectMany(container => container.Ports ?? [])
            .Select(port => port.HostPort ?? (pod.Spec?.HostNetwork is true ? port.ContainerPort : 0))
            .Where(port => port > 0);

    private static PodRequests Of(V1Container container) => Of(container.Resources?.Requests);

    private static PodRequests Of(IDictionary<string, ResourceQuantity>? requests) => new(
        Amount(requests, "cpu"), Amount(requests, "memory"), Amount(requests, "ephemeral-storage"), Amount(requests, "nvidia.com/gpu"));

    private static decimal Amount(IDictionary<string, ResourceQuantity>? requests, string name) =>
        requests is not null && requests.TryGetValue(name, out var amount) ? amount.Value : 0;

    private static bool RestartsAlways(V1Container init) =>
        init.ExtensionData is { } more && more.TryGetValue("restartPolicy", out var policy)
        && policy.ValueKind == JsonValueKind.String && policy.GetString() == "Always";

    private static PodRequests Sum(IEnumerable<PodRequests> all) => all.Aggregate(default(PodRequests), (sum, one) => sum.Plus(one));

    public PodRequests Plus(PodRequests other) => new(Cpu + other.Cpu, Memory + other.Memory, Storage + other.Storage, Gpus + other.Gpus);

    public PodRequests Minus(PodRequests other) => new(Cpu - other.Cpu, Memory - other.Memory, Storage - other.Storage, Gpus - other.Gpus);

    private static PodRequests Max(PodRequests a, PodRequests b) =>
        new(Math.Max(a.Cpu, b.Cpu), Math.Max(a.Memory, b.Memory), Math.Max(a.Storage, b.Storage), Math.Max(a.Gpus, b.Gpus));
}
