using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;
using Range = MesosK8sBridge.Protocol.V1.Value.Types.Range;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>Makes an agent of a node and the Pods on it. A function of its arguments.</summary>
public static class NodeReader
{
    /// <summary>New when the node is re-created, the same whatever happens to the bridge.</summary>
    public static AgentId AgentIdOf(V1Node node) => new($"{node.Uid()}-S0");

    /// <param name="podsOnNode">All Pods bound to the node, also those that have ended and those of ours.</param>
    /// <param name="isAccounted">The master accounts for what the Pod uses.</param>
    public static Agent Read(V1Node node, IReadOnlyCollection<V1Pod> podsOnNode, Func<V1Pod, bool> isAccounted, NodeSettings settings)
    {
        var free = NodeCapacity.Of(node, podsOnNode, isAccounted, settings);
        return new Agent(
            AgentIdOf(node),
            Address(node, "Hostname") ?? node.Name(),
            Address(node, "InternalIP") ?? "",
            settings.AgentPort,
            Resources(free),
            NodeAttributes.Of(node, settings),
            settings.FaultDomains ? Domain(node) : null,
            (node.Metadata.Labels ?? new Dictionary<string, string>()).ToImmutableSortedDictionary(StringComparer.Ordinal),
            Schedulable: IsOpen(node, settings) && free.Pods > 0);
    }

    /// <summary>Null while the node is well; else since when it has not been.</summary>
    /// <remarks>A node that has never reported has no condition: it is not well, since it was made.</remarks>
    public static DateTimeOffset? SilentSince(V1Node node) =>
        Ready(node) is { Status: "True" } ? null
        : Ready(node) is { LastTransitionTime: { } since } ? since
        : node.Metadata.CreationTimestamp ?? DateTimeOffset.UnixEpoch;

    private static bool IsOpen(V1Node node, NodeSettings settings) =>
        node.Spec?.Unschedulable is not true
        && Ready(node) is { Status: "True" }
        && !node.IsDeleting()
        && (node.Spec?.Taints ?? []).All(taint => !Repels(taint) || settings.Tolerations.Any(toleration => Tolerates(toleration, taint)));

    private static V1NodeCondition? Ready(V1Node node) => node.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready");

    private static bool Repels(V1Taint taint) => taint.Effect is "NoSchedule" or "NoExecute";

    /// <remarks>Kubernetes: staging/src/k8s.io/api/core/v1/toleration.go, ToleratesTaint.</remarks>
    private static bool Tolerates(V1Toleration toleration, V1Taint taint) =>
        (string.IsNullOrEmpty(toleration.Effect) || toleration.Effect == taint.Effect)
        && (string.IsNullOrEmpty(toleration.Key) || toleration.Key == taint.Key)
        && (toleration.OperatorProperty == "Exists" || (toleration.Value ?? "") == (taint.Value ?? ""));

    private static string? Address(V1Node node, string type) =>
        node.Status?.Addresses?.FirstOrDefault(address => address.Type == type && !string.IsNullOrEmpty(address.Address))?.Address;

    /// <summary>In the order in which agents of Mesos list them. What there is none of is left out.</summary>
    private static ImmutableArray<Resource> Resources(NodeCapacity free)
    {
        var resources = ImmutableArray.CreateBuilder<Resource>();
        if (free.Ports.Count > 0)
        {
            resources.Add(new Resource { Name = "ports", Type = Value.Types.Type.Ranges, Ranges = Ranges(free.Ports) });
        }

        AddScalar(resources, "cpus", free.MilliCpus / 1000.0);
        AddScalar(resources, "mem", free.Mem);
        AddScalar(resources, "disk", free.Disk);
        AddScalar(resources, "gpus", free.Gpus);
        return resources.ToImmutable();
    }

    private static void AddScalar(ImmutableArray<Resource>.Builder resources, string name, double amount)
    {
        if (amount > 0)
        {
            resources.Add(new Resource { Name = name, Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = amount } });
        }
    }

    private static Value.Types.Ranges Ranges(IEnumerable<int> ports)
    {
        var ranges = new Value.Types.Ranges();
        foreach (var port in ports.Select(port => (ulong)port))
        {
            if (ranges.Range.Count > 0 && ranges.Range[^1].End + 1 == port)
            {
                ranges.Range[^1].End = port;
            }
            else
            {
                ranges.Range.Add(new Range { Begin = port, End = port });
            }
        }

        return ranges;
    }

    /// <summary>Mesos knows a domain whole or not at all.</summary>
    private static DomainInfo? Domain(V1Node node) =>
        node.GetLabel("topology.kubernetes.io/region") is { Length: > 0 } region && node.GetLabel("topology.kubernetes.io/zone") is { Length: > 0 } zone
            ? new DomainInfo
            {
                FaultDomain = new DomainInfo.Types.FaultDomain
                {
                    Region = new DomainInfo.Types.FaultDomain.Types.RegionInfo { Name = region },
                    Zone = new DomainInfo.Types.FaultDomain.Types.ZoneInfo { Name = zone },
                },
            }
            : null;
}
