using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Offers;
using MesosK8sBridge.Shim.Master.Tasks;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;

namespace MesosK8sBridge.Shim.Master.Agents;

/// <summary>Agents that come, change, go silent, return and go, and what their frameworks hear of it.</summary>
/// <remarks>Mesos: src/master/master.cpp, Master::__registerSlave, __reregisterSlave, markUnreachable, markGone and __removeSlave.</remarks>
internal sealed class AgentLife(
    Turn turn,
    AgentTable agents,
    FrameworkTable frameworks,
    IAllocator allocator,
    OfferBook offers,
    InverseOfferBook inverseOffers,
    TaskBook book,
    StatusUpdates updates,
    Orphans orphans,
    Losses losses)
{
    public void Observe(Agent facts)
    {
        var agent = agents.FindOrAwait(facts.Id);
        switch (agent.State)
        {
            case AgentState.Awaited:
                Arrive(agent, facts);
                SendKills(agent);
                break;
            case AgentState.Unreachable or AgentState.Removed:
                Return(agent, facts);
                break;
            default:
                Change(agent, facts);
                break;
        }
    }

    public void BecomeUnreachable(AgentId id, DateTimeOffset since, string message)
    {
        if (agents.Find(id) is not { State: AgentState.Registered or AgentState.Awaited } agent)
        {
            return;
        }

        agent.UnreachableSince = since;
        agent.Silence = message;
        LeaveAllocation(agent, AgentState.Unreachable);
        foreach (var task in agent.Tasks.Values.Where(t => t.Missing is null).ToArray())
        {
            losses.Declare(task);
        }

        offers.RescindAll(agent);
        inverseOffers.Withdraw(agent);
        losses.TellFailure(agent);
    }

    /// <summary>It will never return. What ran on it has ended, and nobody else will say so.</summary>
    public void Remove(AgentId id)
    {
        if (agents.Find(id) is not { State: not AgentState.Removed } agent)
        {
            agents.RememberGone(id);
            return;
        }

        var wasLost = agent.State == AgentState.Unreachable;
        LeaveAllocation(agent, AgentState.Removed);
        orphans.AgentGone(agent);
        foreach (var task in agent.Tasks.Values.ToArray())
        {
            EndTask(task);
        }

        offers.RescindAll(agent);
        inverseOffers.Withdraw(agent);
        agents.Retire(agent);
        if (!wasLost)
        {
            losses.TellFailure(agent);
        }
    }

    /// <summary>Those that were there before the master's restart and have not come back since.</summary>
    public void GiveUpAwaited(string message)
    {
        foreach (var agent in agents.All.Where(a => a.State == AgentState.Awaited).ToArray())
        {
            BecomeUnreachable(agent.Id, turn.Now, message);
        }
    }

    private void Arrive(KnownAgent agent, Agent facts)
    {
        agent.Learn(facts);
        agents.Enter(agent, AgentState.Registered);
        allocator.AddAgent(agent);
        inverseOffers.Look(agent);
    }

    /// <summary>Its tasks are in reach again. Frameworks that were told of their loss are told what each is doing.</summary>
    private void Return(KnownAgent agent, Agent facts)
    {
        Arrive(agent, facts);
        agent.UnreachableSince = null;
        foreach (var task in agent.Tasks.Values.Where(t => frameworks.Find(t.Framework.Id) == t.Framework).ToArray())
        {
            if (task.Missing is not null)
            {
                Return(task);
            }
            else if (task.Vanished is null)
            {
                losses.Appear(task);
            }
        }

        SendKills(agent);
    }

    private void Return(LaunchedTask task)
    {
        book.Return(task);
        task.Untold = null;
        if (task.Vanished is not null)
        {
            // Its loss may be held, or not be one since it had ended before: what is not acknowledged is told in any case.
            updates.Resume(task);
            losses.Declare(task);
            return;
        }

        losses.Appear(task);
        if (task.BelievedLost)
        {
            updates.TellOnce(task, MasterStatus.Of(
                task, task.State, Reason.AgentReregistered, "Unreachable agent re-reregistered", turn.Now));
        }

        updates.Resume(task);
    }

    /// <summary>Kills that came while the agent was out of reach, without their policies, as in Mesos.</summary>
    private void SendKills(KnownAgent agent)
    {
        foreach (var task in agent.Tasks.Values.Where(t => t.KillWanted))
        {
            task.KillWanted = false;
            if (!task.IsTerminal)
            {
                turn.Add(new MasterEffect.Kill(task.Key, agent.Id, Grace: null));
            }
        }
    }

    private void Change(KnownAgent agent, Agent facts)
    {
        var known = agent.Facts!;
        var before = agent.Total;
        var sameTotal = known.Total.SequenceEqual(facts.Total);
        var sameFace = IsSameFace(known, facts);
        var sameDoor = known.Labels.SequenceEqual(facts.Labels) && known.Barriers.SequenceEqual(facts.Barriers);
        var sameWindow = Equals(known.Unavailability, facts.Unavailability);
        if (sameTotal && sameFace && sameDoor && sameWindow && known.Schedulable == facts.Schedulable)
        {
            return;
        }

        agent.Learn(facts);
        if (!sameFace || !sameWindow || !facts.Schedulable || !(agent.Total - agent.Used).Contains(agent.Offered))
        {
            offers.RescindAll(agent);
        }
        else if (!sameDoor)
        {
            offers.RescindForbidden(agent.Offers.Values);
        }

        if (!sameWindow)
        {
            inverseOffers.Look(agent);
        }

        allocator.UpdateAgent(agent, before, otherwiseChanged: !sameFace);
    }

    /// <summary>What offers show of an agent besides its resources.</summary>
    private static bool IsSameFace(Agent left, Agent right) =>
        left.Hostname == right.Hostname && left.Ip == right.Ip && left.Port == right.Port
        && Equals(left.Domain, right.Domain) && left.Attributes.SequenceEqual(right.Attributes);

    private void LeaveAllocation(KnownAgent agent, AgentState next)
    {
        if (agent.State == AgentState.Registered)
        {
            allocator.RemoveAgent(agent, agent.Total);
        }

        // Nothing that is freed from here on may be offered.
        agents.Enter(agent, next);
    }

    private void EndTask(LaunchedTask task)
    {
        if (task.IsTerminal)
        {
            // How it ended is known, and is told until it is acknowledged.
            TellEnd(task);
        }
        else if (task is { Missing: TaskState.TaskLost, BelievedLost: true })
        {
            // Its framework has been told that it is lost. (Mesos would say it once more.)
            turn.Add(new MasterEffect.Release(task.Key));
            book.Forget(task);
        }
        else
        {
            losses.Declare(task);
        }
    }

    private void TellEnd(LaunchedTask task)
    {
        if (task.Missing is not null)
        {
            book.Return(task);
            updates.Resume(task);
        }
    }
}
