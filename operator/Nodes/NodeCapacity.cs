using System.Runtime.InteropServices;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>What is left of a node for Mesos tasks.</summary>
/// <param name="Mem">MiB.</param>
/// <param name="Disk">MiB of ephemeral storage.</param>
/// <param name="TakenPorts">Host ports in ascending order.</param>
/// <param name="Pods">How many more Pods the kubelet would take.</param>
internal sealed record NodeCapacity(long MilliCpus, long Mem, long Disk, long Gpus, IEnumerable<int> TakenPorts, long Pods)
{
    private const long Mebibyte = 1 << 20;

    public static NodeCapacity Of(V1Node node, NodeUsage used, Headroom headroom) => new(
        AtLeast0((long)Math.Floor((Allocatable(node, "cpu") - used.Requests.Cpu) * 1000) - headroom.MilliCpus),
        AtLeast0((long)Math.Floor((Allocatable(node, "memory") - used.Requests.Memory) / Mebibyte) - headroom.Mem),
        AtLeast0((long)Math.Floor((Allocatable(node, "ephemeral-storage") - used.Requests.Storage) / Mebibyte) - headroom.Disk),
        AtLeast0((long)Math.Floor(Allocatable(node, "nvidia.com/gpu") - used.Requests.Gpus)),
        used.HostPorts,
        node.Status?.Allocatable?.ContainsKey("pods") is true ? (long)Allocatable(node, "pods") - used.Pods : long.MaxValue);

    private static decimal Allocatable(V1Node node, string resource) =>
        node.Status?.Allocatable is { } allocatable && allocatable.TryGetValue(resource, out var amount) ? amount.Value : 0;

    private static long AtLeast0(long amount) => Math.Max(0, amount);
}

/// <summary>What is kept free on a node: thousandths of a core, and MiB.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Headroom(long MilliCpus, long Mem, long Disk)
{
    public static Headroom Of(NodeSettings settings, NodeOverrides overrides) => new(
        overrides.HeadroomMilliCpus ?? settings.HeadroomMilliCpus, overrides.HeadroomMem ?? settings.HeadroomMem, overrides.HeadroomDisk ?? settings.HeadroomDisk);
}
