using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>What is left of a node for Mesos tasks.</summary>
/// <param name="Mem">MiB.</param>
/// <param name="Disk">MiB of ephemeral storage.</param>
/// <param name="Pods">How many more Pods the kubelet would take.</param>
internal sealed record NodeCapacity(long MilliCpus, long Mem, long Disk, long Gpus, IReadOnlyList<int> Ports, long Pods)
{
    private const long Mebibyte = 1 << 20;

    /// <remarks>
    /// What ours use is the master's to account for, from the launch to the terminal update. Only what the kubelet still holds
    /// after that is taken off here: it counts a Pod of a task group whole until its last container has ended.
    /// </remarks>
    public static NodeCapacity Of(V1Node node, IReadOnlyCollection<V1Pod> podsOnNode, Func<V1Pod, bool> isAccounted, NodeSettings settings)
    {
        var alive = podsOnNode.Where(pod => pod.Status?.Phase is not ("Succeeded" or "Failed")).ToList();
        var groups = alive.ToLookup(isAccounted);
        var (ours, others) = (groups[true], groups[false]);
        var used = others.Select(PodRequests.Of).Concat(ours.Select(PodRequests.OfEndedContainers)).ToList();
        var taken = others.SelectMany(PodRequests.HostPorts).ToHashSet();
        return new NodeCapacity(
            AtLeast0((long)Math.Floor((Allocatable(node, "cpu") - used.Sum(u => u.Cpu)) * 1000) - settings.HeadroomMilliCpus),
            AtLeast0((long)Math.Floor((Allocatable(node, "memory") - used.Sum(u => u.Memory)) / Mebibyte) - settings.HeadroomMem),
            AtLeast0((long)Math.Floor((Allocatable(node, "ephemeral-storage") - used.Sum(u => u.Storage)) / Mebibyte) - settings.HeadroomDisk),
            AtLeast0((long)Math.Floor(Allocatable(node, "nvidia.com/gpu") - used.Sum(u => u.Gpus))),
            [.. Enumerable.Range(settings.FirstPort, settings.LastPort - settings.FirstPort + 1).Where(port => !taken.Contains(port))],
            node.Status?.Allocatable?.ContainsKey("pods") is true ? (long)Allocatable(node, "pods") - alive.Count : long.MaxValue);
    }

    private static decimal Allocatable(V1Node node, string resource) =>
        node.Status?.Allocatable is { } allocatable && allocatable.TryGetValue(resource, out var amount) ? amount.Value : 0;

    private static long AtLeast0(long amount) => Math.Max(0, amount);
}
