using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;
using Range = MesosK8sBridge.Protocol.V1.Value.Types.Range;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>Makes an agent of a node and the Pods on it. A function of its arguments.</summary>
public static class NodeReader
{
    private const string Suffix = "-S0";

    /// <summary>New when the node is re-created, the same whatever happens to the bridge.</summary>
    public static AgentId AgentIdOf(V1Node node) => new(node.Uid() + Suffix);

    /// <summary>Of the node behind an agent.</summary>
    public static string UidOf(AgentId agent) => agent.Value.EndsWith(Suffix, StringComparison.Ordinal) ? agent.Value[..^Suffix.Length] : agent.Value;

    /// <param name="podsOnNode">All Pods bound to the node, also those that have ended and those of ours.</param>
    /// <param name="isAccounted">The master accounts for what the Pod uses.</param>
    public static Agent Read(V1Node node, IReadOnlyCollection<V1Pod> podsOnNode, Func<V1Pod, bool> isAccounted, NodeSettings settings) =>
        Read(node, NodeUsage.Of(podsOnNode.Select(pod => PodUsage.Of(pod, isAccounted(pod), settings.Extended))), settings, NodeOverrides.None);

    internal static Agent Read(V1Node node, NodeUsage used, NodeSettings settings, NodeOverrides overrides)
    {
        var free = NodeCapacity.Of(node, used, settings, overrides);
        return new Agent(
            AgentIdOf(node),
            Address(node, "Hostname") ?? node.Name(),
            Address(node, "InternalIP") ?? "",
            settings.AgentPort,
            Resources(free),
            NodeAttributes.Of(node, settings, overrides).All,
            settings.FaultDomains ? Domain(node, settings) : null,
            (node.Metadata.Labels ?? new Dictionary<string, string>()).ToImmutableSortedDictionary(StringComparer.Ordinal),
            Schedulable: ClosureOf(node, settings, overrides) is null && free.Pods > 0)
        {
            Barriers = [.. NodeTaints.Repelling(node, settings).Select(NodeTaints.BarrierOf)],
            Unavailability = overrides.Maintenance ?? Maintenance(node, out _) ?? Removal(node),
        };
    }

    /// <summary>Null unless Pods of the node are to leave it.</summary>
    /// <param name="pod">Of a Pod on it, which may tolerate more than all do; null: of one that does not.</param>
    public static NodeDrain? DrainOf(V1Node node, NodeSettings settings, V1Pod? pod = null) => NodeTaints.Drain(node, settings, pod);

    /// <param name="problem">Why the node's annotation is ignored; null if it is good or not there.</param>
    internal static Unavailability? Maintenance(V1Node node, out string? problem)
    {
        problem = null;
        return node.GetAnnotation(MaintenanceText.Annotation) is { Length: > 0 } text && MaintenanceText.TryParse(text, out var window, out problem) ? window : null;
    }

    /// <returns>The ports that the node's annotation says; null if it says none.</returns>
    /// <param name="problem">Why the annotation is ignored; null if it is good or not there.</param>
    internal static RangeSet? Ports(V1Node node, out string? problem)
    {
        problem = null;
        return node.GetAnnotation(PortText.Annotation) is { Length: > 0 } text && PortText.TryParse(text, out var ports, out problem) ? ports : null;
    }

    /// <summary>What of the node is ignored, and why: for whoever wrote it.</summary>
    internal static ImmutableArray<NodeProblem> Problems(V1Node node, NodeSettings settings, NodeOverrides overrides)
    {
        Maintenance(node, out var maintenance);
        Ports(node, out var ports);
        return
        [
            .. Ignored("InvalidMaintenance", MaintenanceText.Annotation, maintenance),
            .. Ignored("InvalidPorts", PortText.Annotation, ports),
            .. NodeAttributes.Of(node, settings, overrides).Problems,
        ];
    }

    private static IEnumerable<NodeProblem> Ignored(string reason, string annotation, string? problem) =>
        problem is null ? [] : [new NodeProblem(reason, $"Annotation {annotation} is ignored: {problem}")];

    /// <summary>Null while the node is well; else since when it has not been.</summary>
    /// <remarks>A node that has never reported has no condition: it is not well, since it was made.</remarks>
    public static DateTimeOffset? SilentSince(V1Node node) =>
        Ready(node) is { Status: "True" } ? null
        : Ready(node) is { LastTransitionTime: { } since } ? since
        : node.Metadata.CreationTimestamp ?? DateTimeOffset.UnixEpoch;

    /// <summary>Null while the node is silent.</summary>
    public static DateTimeOffset? WellSince(V1Node node) =>
        Ready(node) is { Status: "True" } ready ? ready.LastTransitionTime ?? node.Metadata.CreationTimestamp ?? DateTimeOffset.UnixEpoch : null;

    /// <returns>Why no offers are made of a node, whatever is free on it; null if they are.</returns>
    internal static NodeClosure? ClosureOf(V1Node node, NodeSettings settings, NodeOverrides overrides) =>
        overrides.Exclude ? new NodeClosure("Excluded", "The MesosAgent excludes it")
        : node.IsDeleting() ? new NodeClosure("Deleting", "The node is being deleted")
        : node.Spec?.Unschedulable is true ? new NodeClosure("Cordoned", "The node is cordoned")
        : Ready(node) is not { Status: "True" } ? new NodeClosure("NotReady", "The node is not ready")
        : null;

    /// <returns>Why offers of a node are made only to some frameworks, or to none; null if they are made to all.</returns>
    internal static NodeClosure? RestrictionOf(V1Node node, NodeSettings settings) =>
        NodeTaints.Repelling(node, settings).FirstOrDefault() is { } taint
            ? new NodeClosure("Tainted", $"The node has the taint {taint.Key}:{taint.Effect}: only frameworks whose podTemplate tolerates it are offered it")
            : null;

    private static V1NodeCondition? Ready(V1Node node) => node.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready");

    private static Unavailability? Removal(V1Node node) => NodeTaints.GoingSince(node) is { } since ? MaintenanceText.From(since) : null;

    private static string? Address(V1Node node, string type) =>
        node.Status?.Addresses?.FirstOrDefault(address => address.Type == type && !string.IsNullOrEmpty(address.Address))?.Address;

    /// <summary>In the order in which agents of Mesos list them. What there is none of is left out.</summary>
    private static ImmutableArray<Resource> Resources(NodeCapacity free)
    {
        var resources = ImmutableArray.CreateBuilder<Resource>(5);
        if (!free.Ports.IsEmpty)
        {
            resources.Add(new Resource { Name = "ports", Type = Value.Types.Type.Ranges, Ranges = Ranges(free.Ports) });
        }

        AddScalar(resources, "cpus", free.MilliCpus / 1000.0);
        AddScalar(resources, "mem", free.Mem);
        AddScalar(resources, "disk", free.Disk);
        foreach (var (name, amount) in free.Devices)
        {
            AddScalar(resources, name, amount);
        }

        return resources.ToImmutable();
    }

    private static void AddScalar(ImmutableArray<Resource>.Builder resources, string name, double amount)
    {
        if (amount > 0)
        {
            resources.Add(new Resource { Name = name, Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = amount } });
        }
    }

    private static Value.Types.Ranges Ranges(RangeSet ports) =>
        new() { Range = { ports.Ranges.Select(range => new Range { Begin = range.Begin, End = range.End }) } };

    /// <summary>Mesos knows a domain whole or not at all.</summary>
    private static DomainInfo? Domain(V1Node node, NodeSettings settings) =>
        node.GetLabel(settings.RegionLabel) is { Length: > 0 } region && node.GetLabel(settings.ZoneLabel) is { Length: > 0 } zone
            ? FaultDomain.Of(region, zone)
            : null;
}

/// <param name="Reason">One word in CamelCase.</param>
internal sealed record NodeClosure(string Reason, string Message);
