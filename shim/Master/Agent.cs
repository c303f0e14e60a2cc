using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Shim.Master;

/// <summary>A machine as frameworks see it. Immutable; a change is a new value.</summary>
/// <param name="Hostname">What offers name; frameworks resolve it to reach their tasks.</param>
/// <param name="Ip">The machine's address, for <c>Offer.url</c>.</param>
/// <param name="Port">Of the agent's own HTTP endpoint; Mesos' default is 5051.</param>
/// <param name="Total">All that Mesos tasks may use on it, in the new reservation format, without allocation info.</param>
/// <param name="Labels">For <see cref="FrameworkPolicy.AgentSelector"/>; never shown to frameworks.</param>
/// <param name="Schedulable">False: no offers are made of it, outstanding ones are rescinded, its tasks go on.</param>
public sealed record Agent(
    AgentId Id,
    string Hostname,
    string Ip,
    int Port,
    ImmutableArray<Resource> Total,
    ImmutableArray<Protocol.V1.Attribute> Attributes,
    DomainInfo? Domain,
    ImmutableSortedDictionary<string, string> Labels,
    bool Schedulable)
{
    /// <summary>Each has to be passed by a framework that is to be offered the agent. Never shown to frameworks.</summary>
    public ImmutableArray<AgentBarrier> Barriers { get; init; } = [];

    /// <summary>When its machine will be out of service; null while no maintenance is planned.</summary>
    public Unavailability? Unavailability { get; init; }
}
