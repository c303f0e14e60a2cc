using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>What the master has been told of the agent behind one node.</summary>
/// <param name="Uid">Of the node.</param>
/// <param name="Told">The agent as last told; null if never.</param>
internal sealed record AgentEntry(string Uid, AgentId Id, Agent? Told, bool IsUnreachable)
{
    public bool Knows(Agent agent) => !IsUnreachable && Told is { } told && AreEqual(told, agent);

    private static bool AreEqual(Agent a, Agent b) =>
        a.Id == b.Id && a.Hostname == b.Hostname && a.Ip == b.Ip && a.Port == b.Port && a.Schedulable == b.Schedulable
        && Equals(a.Domain, b.Domain) && a.Total.SequenceEqual(b.Total) && a.Attributes.SequenceEqual(b.Attributes) && a.Labels.SequenceEqual(b.Labels);
}
