using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>What of a node frameworks may have, and what they see of it.</summary>
public sealed record NodeSettings
{
    /// <summary>Of the agents' own endpoint, and what offers name. Default 5051, as in Mesos.</summary>
    public int AgentPort { get; init; } = 5051;

    /// <summary>Handed out as host ports. Default 31000 to 32000, as in Mesos.</summary>
    public RangeSet Ports { get; init; } = RangeSet.Of(31_000, 32_000);

    /// <summary>Kept free on each node, in thousandths of a core.</summary>
    public long HeadroomMilliCpus { get; init; }

    /// <summary>Kept free on each node, in MiB.</summary>
    public long HeadroomMem { get; init; }

    /// <summary>Kept free on each node, in MiB.</summary>
    public long HeadroomDisk { get; init; }

    /// <summary>For each label the first of these that is for it. Default: see <see cref="AttributeRule.Defaults"/>.</summary>
    public ImmutableArray<AttributeRule> Attributes { get; init; } = AttributeRule.Defaults;

    /// <summary>Offered besides cpus, mem, disk and ports.</summary>
    public ExtendedResources Extended { get; init; } = ExtendedResources.Default;

    /// <summary>Taints that do not keep agents from being offered. Pods of tasks must tolerate them as well.</summary>
    public ImmutableArray<V1Toleration> Tolerations { get; init; } = [];

    /// <summary>
    /// True: also nodes that the cluster autoscaler thinks of giving back are offered; a task on one makes it change its mind. Default
    /// false: such a node is left to become empty.
    /// </summary>
    public bool OfferDeletionCandidates { get; init; }

    /// <summary>
    /// True: agents have the fault domain that their topology labels name, and frameworks without REGION_AWARE are offered only
    /// those in the master's region. Default false: a master without a domain is all that old frameworks know.
    /// </summary>
    public bool FaultDomains { get; init; }

    /// <summary>The label that names a node's region.</summary>
    public string RegionLabel { get; init; } = "topology.kubernetes.io/region";

    /// <summary>The label that names a node's zone, within its region.</summary>
    public string ZoneLabel { get; init; } = "topology.kubernetes.io/zone";

    /// <summary>Silence after which an agent is unreachable. Default 75 s: Mesos pings 5 times, 15 s apart.</summary>
    /// <remarks>Mesos: src/master/constants.hpp, DEFAULT_AGENT_PING_TIMEOUT, DEFAULT_MAX_AGENT_PING_TIMEOUTS.</remarks>
    public TimeSpan UnreachableAfter { get; init; } = TimeSpan.FromSeconds(75);
}
