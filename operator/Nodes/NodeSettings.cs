using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>What of a node frameworks may have, and what they see of it.</summary>
public sealed record NodeSettings
{
    /// <summary>Of the agents' own endpoint, and what offers name. Default 5051, as in Mesos.</summary>
    public int AgentPort { get; init; } = 5051;

    /// <summary>First port handed out as a host port. Default 31000, as in Mesos.</summary>
    public int FirstPort { get; init; } = 31_000;

    /// <summary>Last port handed out, inclusive. Default 32000, as in Mesos.</summary>
    public int LastPort { get; init; } = 32_000;

    /// <summary>Kept free on each node, in thousandths of a core.</summary>
    public long HeadroomMilliCpus { get; init; }

    /// <summary>Kept free on each node, in MiB.</summary>
    public long HeadroomMem { get; init; }

    /// <summary>Kept free on each node, in MiB.</summary>
    public long HeadroomDisk { get; init; }

    /// <summary>Labels that become numbers; all other labels become text, whatever they look like on one node or another.</summary>
    public ImmutableHashSet<string> ScalarLabels { get; init; } = [];

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

    /// <summary>Silence after which an agent is unreachable. Default 75 s: Mesos pings 5 times, 15 s apart.</summary>
    /// <remarks>Mesos: src/master/constants.hpp, DEFAULT_AGENT_PING_TIMEOUT, DEFAULT_MAX_AGENT_PING_TIMEOUTS.</remarks>
    public TimeSpan UnreachableAfter { get; init; } = TimeSpan.FromSeconds(75);
}
