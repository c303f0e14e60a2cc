using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Timing;

namespace MesosK8sBridge.Shim.Master.Offers;

/// <summary>An outstanding offer: of one agent, to one framework, for one role. Equal to itself alone.</summary>
/// <param name="number">Grows from offer to offer.</param>
internal sealed class Offer(OfferId id, long number, Framework framework, KnownAgent agent, string role, Resources resources)
{
    public OfferId Id { get; } = id;

    public long Number { get; } = number;

    public Framework Framework { get; } = framework;

    public KnownAgent Agent { get; } = agent;

    public string Role { get; } = role;

    public Resources Resources { get; } = resources;

    /// <summary>When it is taken for unanswered, if ever.</summary>
    public Deadline? Timeout { get; set; }
}
