using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>What is left of a node for Mesos tasks.</summary>
/// <param name="Mem">MiB.</param>
/// <param name="Disk">MiB of ephemeral storage.</param>
/// <param name="Devices">Extended resources that there are, under their names in Mesos, in the order of offers.</param>
/// <param name="Pods">How many more Pods the kubelet would take.</param>
internal sealed record NodeCapacity(long MilliCpus, long Mem, long Disk, ImmutableArray<(string Name, long Amount)> Devices, RangeSet Ports, long Pods)
{
    private const long Mebibyte = 1 << 20;

    public static NodeCapacity Of(V1Node node, NodeUsage used, NodeSettings settings, NodeOverrides overrides) =>
        Of(node, used, settings, Headroom.Of(settings, overrides), PortsOf(node, settings, overrides));

    /// <summary>What an administrator says of the node, else what the node says, else what is said of all.</summary>
    private static RangeSet PortsOf(V1Node node, NodeSettings settings, NodeOverrides overrides) =>
        overrides.Ports ?? NodeReader.Ports(node, out _) ?? settings.Ports;

    /// <summary>How many Pods the kubelet takes; null if it does not say.</summary>
    public static long? PodPlaces(V1Node node) => node.Status?.Allocatable?.ContainsKey("pods") is true ? (long)Allocatable(node, "pods") : null;

    private static NodeCapacity Of(V1Node node, NodeUsage used, NodeSettings settings, Headroom headroom, RangeSet ports) => new(
        Whole((Allocatable(node, "cpu") - used.Requests.Cpu) * 1000, headroom.MilliCpus),
        Whole((Allocatable(node, "memory") - used.Requests.Memory) / Mebibyte, headroom.Mem),
        Whole((Allocatable(node, "ephemeral-storage") - used.Requests.Storage) / Mebibyte, headroom.Disk),
        [.. settings.Extended.Devices.Select((device, index) => (settings.Extended.Names[index], Free(node, device, used.Requests.Devices[index])))],
        ports.Except(RangeSet.Of([.. used.HostPorts.Select(port => ((ulong)port, (ulong)port))])),
        PodPlaces(node) - used.Pods ?? long.MaxValue);

    private static long Free(V1Node node, string device, decimal used) => Whole(Allocatable(node, device) - used, headroom: 0);

    private static decimal Allocatable(V1Node node, string resource) =>
        node.Status?.Allocatable is { } allocatable && allocatable.TryGetValue(resource, out var amount) ? amount.Value : 0;

    /// <summary>At least 0: a Pod may ask for more than numbers can count, and be there until the kubelet refuses it.</summary>
    private static long Whole(decimal free, long headroom) => Math.Max(0, (long)Math.Floor(Math.Clamp(free, 0, long.MaxValue)) - headroom);
}

/// <summary>What is kept free on a node: thousandths of a core, and MiB.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Headroom(long MilliCpus, long Mem, long Disk)
{
    public static Headroom Of(NodeSettings settings, NodeOverrides overrides) => new(
        overrides.HeadroomMilliCpus ?? settings.HeadroomMilliCpus, overrides.HeadroomMem ?? settings.HeadroomMem, overrides.HeadroomDisk ?? settings.HeadroomDisk);
}
