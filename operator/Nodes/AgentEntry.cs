using System.Collections.Immutable;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>What the master has been told of the agent behind one node.</summary>
/// <param name="Uid">Of the node.</param>
/// <param name="Told">The agent as last told; null if never.</param>
internal sealed record AgentEntry(string Uid, AgentId Id, Agent? Told, bool IsUnreachable)
{
    /// <summary>Set while the Pods of the node are to leave it.</summary>
    public NodeDrain? Drain { get; init; }

    /// <summary>What was last said to be wrong with the node's labels and annotations.</summary>
    public ImmutableArray<NodeProblem> Problems { get; init; } = [];

    public bool Knows(Agent agent) => !IsUnreachable && Told is { } told && AreEqual(told, agent);

    private static bool AreEqual(Agent a, Agent b) =>
        a.Id == b.Id && a.Hostname == b.Hostname && a.Ip == b.Ip && a.Port == b.Port && a.Schedulable == b.Schedulable
        && Equals(a.Domain, b.Domain) && Equals(a.Unavailability, b.Unavailability)
        && a.Total.SequenceEqual(b.Total) && a.Attributes.SequenceEqual(b.Attributes) && a.Labels.SequenceEqual(b.Labels)
        && a.Barriers.SequenceEqual(b.Barriers);
}
