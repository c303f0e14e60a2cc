using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>Of a Pod of ours: what the master does not charge to its tasks, such as containers that have ended in a Pod that has not.</summary>
internal static class PodRemainder
{
    private const decimal Mebibyte = 1 << 20;

    public static PodRequests Requests(V1Pod pod, ExtendedResources extended)
    {
        var ended = EndedContainers(pod);
        return ended.Count == 0 && IsOneContainer(pod) ? default : PodRequests.Max(PodRequests.Of(pod, extended).Minus(OfLiveTasks(pod, ended, extended)), default);
    }

    public static ImmutableArray<HeldPort> Ports(V1Pod pod)
    {
        var ended = EndedContainers(pod);
        if (ended.Count == 0 && IsOneContainer(pod))
        {
            return [];
        }

        var live = LiveTasks(pod, ended);
        return [.. HeldPort.Containers(pod).Where(container => !live.Contains(container.Name ?? "")).SelectMany(container => HeldPort.Of(container, pod.Spec!.HostNetwork is true))];
    }

    private static HashSet<string> EndedContainers(V1Pod pod) =>
        [.. (pod.Status?.ContainerStatuses ?? []).Where(status => status.State?.Terminated is not null).Select(status => status.Name).OfType<string>()];

    private static bool IsOneContainer(V1Pod pod) => pod.Spec is { Containers.Count: 1, InitContainers: null or { Count: 0 }, Overhead: null };

    private static HashSet<string> LiveTasks(V1Pod pod, HashSet<string> ended) =>
        PodTasks.TryRead(pod, out var tasks) ? tasks.Tasks.Select(tasks.ContainerOf).Where(name => !ended.Contains(name)).ToHashSet(StringComparer.Ordinal) : [];

    /// <summary>A group's executor, which is in the requests of its first container, is charged for as long as there is one task of it.</summary>
    private static PodRequests OfLiveTasks(V1Pod pod, HashSet<string> ended, ExtendedResources extended)
    {
        if (!PodTasks.TryRead(pod, out var tasks))
        {
            return default;
        }

        var live = LiveTasks(pod, ended);
        var own = (pod.Spec?.Containers ?? []).Where(container => live.Contains(container.Name ?? ""))
            .Aggregate(default(PodRequests), (sum, container) => sum.Plus(PodRequests.Of(container, extended)));
        return live.Count == 0 || live.Contains(tasks.ContainerOf(tasks.Tasks[0])) ? own : own.Plus(Of(tasks.Executor, extended));
    }

    private static PodRequests Of(ExecutorInfo? executor, ExtendedResources extended) => executor is null ? default : new(
        Units(executor, "cpus"),
        Units(executor, "mem") * Mebibyte,
        Units(executor, "disk") * Mebibyte,
        DeviceAmounts.Of(index => Units(executor, extended.Names[index]), extended.Names.Length));

    private static decimal Units(ExecutorInfo executor, string name) => (Amounts.Thousandths(executor.Resources, name) ?? 0) / 1000m;
}
