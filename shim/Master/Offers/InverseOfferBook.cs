using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Snapshots;
using MesosK8sBridge.Shim.Master.Timing;

namespace MesosK8sBridge.Shim.Master.Offers;

/// <summary>
/// Asks every framework that holds something of an agent with planned maintenance to give it back, again and again, as long as the
/// maintenance is planned.
/// </summary>
/// <remarks>
/// Mesos: src/master/allocator/mesos/hierarchical.cpp, generateInverseOffers and updateInverseOffer; src/master/master.cpp,
/// Master::inverseOffer. Unlike Mesos, tasks of an agent that takes no more work are asked about, too: on Kubernetes, a node is
/// usually cordoned before its maintenance.
/// </remarks>
internal sealed class InverseOfferBook(Turn turn, Deadlines deadlines, Outbox outbox, OfferBook offers, MasterOptions options)
{
    private readonly Dictionary<OfferId, InverseOffer> _inverseOffers = [];
    private readonly HashSet<KnownAgent> _planned = [];

    /// <summary>Agents of which somebody may have to be asked in this turn.</summary>
    private readonly HashSet<KnownAgent> _due = [];

    /// <summary>The agent is there. If its maintenance has changed, what was said about it before means nothing any more.</summary>
    public void Look(KnownAgent agent)
    {
        var window = agent.Facts!.Unavailability;
        if (!Equals(agent.Maintenance?.Window, window))
        {
            Forget(agent);
            agent.Maintenance = window is null ? null : new Maintenance(window);
        }

        if (agent.Maintenance is not null)
        {
            _planned.Add(agent);
            _due.Add(agent);
        }
    }

    /// <summary>A framework is here, or wants to be asked anew.</summary>
    public void Look(Framework framework)
    {
        if (_planned.Count > 0)
        {
            var agents = framework.Tasks.Values.Select(t => t.Agent).Concat(framework.Offers.Values.Select(o => o.Agent));
            _due.UnionWith(agents.Where(a => a.Maintenance is not null));
        }
    }

    /// <summary>Asks who is to be asked now; each framework is sent all its questions at once.</summary>
    /// <param name="grants">Offers just made.</param>
    public void Make(IReadOnlyList<Grant> grants)
    {
        foreach (var grant in grants)
        {
            if (grant.Agent.Maintenance is not null)
            {
                _due.Add(grant.Agent);
            }
        }

        if (_due.Count == 0)
        {
            return;
        }

        var asked = _due.Where(a => a.State == AgentState.Registered)
            .OrderBy(a => a.Id.Value, StringComparer.Ordinal)
            .SelectMany(Ask)
            .ToLookup(o => o.Framework);
        foreach (var framework in asked)
        {
            var @event = new Event { Type = Event.Types.Type.InverseOffers, InverseOffers = new Event.Types.InverseOffers() };
            @event.InverseOffers.InverseOffers_.AddRange(framework.Select(OfferMessages.Of));
            outbox.Send(framework.Key, @event);
        }

        _due.Clear();
    }

    /// <summary>Ids of inverse offers that are no more, or another framework's, are passed over.</summary>
    /// <param name="filters">For how long the framework does not want to be asked again.</param>
    public void Answer(Framework framework, IEnumerable<OfferID> ids, MaintenanceAnswer answer, Filters? filters)
    {
        foreach (var id in ids)
        {
            if (_inverseOffers.TryGetValue(new OfferId(id.Value), out var inverse) && inverse.Framework == framework)
            {
                End(inverse);
                Note(inverse.Agent, framework, answer);
                AskAgain(inverse, RefusePeriod.Of(filters));
            }
        }
    }

    /// <summary>The framework wants to be asked at once, whatever it has said.</summary>
    public void Revive(Framework framework)
    {
        _due.UnionWith(_planned.Where(agent => StopWaiting(agent.Maintenance!, framework.Id)));
    }

    /// <summary>The agent is out of reach, or gone.</summary>
    public void Withdraw(KnownAgent agent)
    {
        if (agent.State == AgentState.Removed)
        {
            Forget(agent);
            return;
        }

        RescindAll(agent);
    }

    /// <summary>The framework is away: its inverse offers end without a word, and its filters with them.</summary>
    public void Withdraw(Framework framework)
    {
        foreach (var agent in _planned)
        {
            var maintenance = agent.Maintenance!;
            StopWaiting(maintenance, framework.Id);
            if (maintenance.Outstanding.TryGetValue(framework.Id, out var inverse))
            {
                End(inverse);
            }
        }
    }

    /// <summary>The framework is gone for good, and what it said with it.</summary>
    public void Forget(Framework framework)
    {
        Withdraw(framework);
        foreach (var agent in _planned)
        {
            if (agent.Maintenance!.Answers.Remove(framework.Id))
            {
                agent.Changed();
            }
        }
    }

    private void Forget(KnownAgent agent)
    {
        RescindAll(agent);
        foreach (var waiting in agent.Maintenance?.AskAgain.Values.ToArray() ?? [])
        {
            deadlines.Cancel(waiting);
        }

        agent.Maintenance = null;
        _planned.Remove(agent);
        _due.Remove(agent);
        agent.Changed();
    }

    private void RescindAll(KnownAgent agent)
    {
        foreach (var inverse in agent.Maintenance?.Outstanding.Values.ToArray() ?? [])
        {
            Rescind(inverse);
        }
    }

    private void Rescind(InverseOffer inverse)
    {
        outbox.RescindInverse(inverse.Framework, inverse.Id);
        End(inverse);
    }

    private void End(InverseOffer inverse)
    {
        _inverseOffers.Remove(inverse.Id);
        inverse.Agent.Maintenance!.Outstanding.Remove(inverse.Framework.Id);
        deadlines.Cancel(inverse.Timeout);
    }

    private List<InverseOffer> Ask(KnownAgent agent)
    {
        var maintenance = agent.Maintenance!;
        var holders = agent.Offers.Values.Select(o => o.Framework)
            .Concat(agent.Tasks.Values.Where(t => t.HoldsResources).Select(t => t.Framework))
            .Distinct()
            .Where(f => f.Connected && !maintenance.Outstanding.ContainsKey(f.Id) && !maintenance.AskAgain.ContainsKey(f.Id));
        return [.. holders.OrderBy(f => f.Id.Value, StringComparer.Ordinal).ToArray().Select(f => Ask(f, agent))];
    }

    private InverseOffer Ask(Framework framework, KnownAgent agent)
    {
        var id = offers.NewId();
        var timeout = options.OfferTimeout is { } patience ? deadlines.Set(turn.Now + patience, () => TimeOut(id)) : null;
        var inverse = new InverseOffer(id, framework, agent, timeout);
        _inverseOffers.Add(id, inverse);
        agent.Maintenance!.Outstanding.Add(framework.Id, inverse);
        if (!agent.Maintenance.Answers.ContainsKey(framework.Id))
        {
            Note(agent, framework, MaintenanceAnswer.Asked);
        }

        return inverse;
    }

    private void TimeOut(OfferId id)
    {
        var inverse = _inverseOffers[id];
        Rescind(inverse);
        AskAgain(inverse, TimeSpan.Zero);
    }

    /// <summary>At the earliest in the next round; Mesos' filters, too, are only looked at then.</summary>
    private void AskAgain(InverseOffer inverse, TimeSpan wait)
    {
        var agent = inverse.Agent;
        var due = turn.Now + (wait > options.AllocationInterval ? wait : options.AllocationInterval);
        agent.Maintenance!.AskAgain[inverse.Framework.Id] = deadlines.Set(due, () =>
        {
            agent.Maintenance!.AskAgain.Remove(inverse.Framework.Id);
            _due.Add(agent);
        });
    }

    /// <returns>False if nothing was waited for.</returns>
    private bool StopWaiting(Maintenance maintenance, FrameworkId framework)
    {
        if (!maintenance.AskAgain.Remove(framework, out var waiting))
        {
            return false;
        }

        deadlines.Cancel(waiting);
        return true;
    }

    private void Note(KnownAgent agent, Framework framework, MaintenanceAnswer answer)
    {
        agent.Maintenance!.Answers[framework.Id] = new MaintenanceView(framework.Id, answer, turn.Now);
        agent.Changed();
    }
}
