using MesosK8sBridge.Shim.Master.Agents;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>How much of what is subject to quotas is free on all agents of which offers are made. Counts anew only what has changed.</summary>
/// <remarks>
/// Mesos counts agents that have been deactivated, too: <c>availableHeadroom</c> in src/master/allocator/mesos/hierarchical.cpp.
/// What cannot be offered keeps no promise, so it is not counted here.
/// </remarks>
internal sealed class FreeScalars(AgentTable agents, ScalarNames names)
{
    private readonly Dictionary<KnownAgent, Tally> _counted = [];
    private readonly Tally _all = new();
    private bool _inUse;

    public Tally Sum { get; } = new();

    /// <param name="needed">False: nobody will ask for the sum.</param>
    public void Settle(bool needed)
    {
        if (needed)
        {
            foreach (var agent in _inUse ? agents.Touched : agents.All)
            {
                Count(agent);
            }
        }
        else if (_inUse)
        {
            _counted.Clear();
            Sum.Clear();
        }

        _inUse = needed;
        agents.ForgetTouched();
    }

    private void Count(KnownAgent agent)
    {
        if (_counted.TryGetValue(agent, out var before))
        {
            Sum.Subtract(before);
        }

        if (!agent.Offerable)
        {
            _counted.Remove(agent);
            return;
        }

        var now = before ?? (_counted[agent] = new Tally());
        names.Weigh(agent.Available, _all, now);
        Sum.Add(now);
    }
}
