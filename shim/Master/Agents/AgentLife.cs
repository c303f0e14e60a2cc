using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Offers;
using MesosK8sBridge.Shim.Master.Tasks;
using MesosK8sBridge.Shim.Master.Timing;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;

namespace MesosK8sBridge.Shim.Master.Agents;

/// <summary>Agents that come, change, go silent, return and go, and what their frameworks hear of it.</summary>
/// <remarks>Mesos: src/master/master.cpp, Master::__registerSlave, __reregisterSlave, markUnreachable and __removeSlave.</remarks>
internal sealed class AgentLife(
    Turn turn,
    Deadlines deadlines,
    Outbox outbox,
    AgentTable agents,
    FrameworkTable frameworks,
    IAllocator allocator,
    OfferBook offers,
    TaskBook book,
    StatusUpdates updates,
    Orphans orphans)
{
    public void Observe(Agent facts)
    {
        var agent = agents.FindOrAwait(facts.Id);
        switch (agent.State)
        {
            case AgentState.Awaited:
                Arrive(agent, facts);
                break;
            case AgentState.Unreachable:
                Return(agent, facts);
                break;
            default:
                Change(agent, facts);
                break;
        }
    }

    public void BecomeUnreachable(AgentId id, DateTimeOffset since, string message)
    {
        if (agents.Find(id) is not { } agent || agent.State == AgentState.Unreachable)
        {
            return;
        }

        LeaveAllocation(agent, AgentState.Unreachable);
        agent.UnreachableSince = since;
        foreach (var task in agent.Tasks.Values.Where(t => t is { IsTerminal: false, Missing: null }).ToArray())
        {
            LoseTask(task, since, message);
        }

        offers.RescindAll(agent);
        TellLost(agent);
    }

    /// <summary>It will never return. What ran on it has ended, and nobody else will say so.</summary>
    public void Remove(AgentId id, string cause)
    {
        if (agents.Find(id) is not { } agent)
        {
            return;
        }

        var wasLost = agent.State == AgentState.Unreachable;
        LeaveAllocation(agent, agent.State);
        orphans.AgentGone(agent);
        foreach (var task in agent.Tasks.Values.ToArray())
        {
            EndTask(task, $"Agent {agent.Hostname} removed: {cause}");
        }

        offers.RescindAll(agent);
        agents.Remove(agent);
        if (!wasLost)
        {
            TellLost(agent);
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
    }

    /// <summary>Its tasks are in reach again; each framework is told what each is doing.</summary>
    private void Return(KnownAgent agent, Agent facts)
    {
        Arrive(agent, facts);
        agent.UnreachableSince = null;
        foreach (var task in agent.Tasks.Values.Where(t => t.Missing is not null).ToArray())
        {
            if (frameworks.Find(task.Framework.Id) != task.Framework)
            {
                continue;
            }

            book.Return(task);
            outbox.Update(task.Framework, MasterStatus.Of(
                task, task.State, Reason.AgentReregistered, "Unreachable agent re-reregistered", turn.Now));
            updates.Resume(task);
        }
    }

    private void Change(KnownAgent agent, Agent facts)
    {
        var known = agent.Facts!;
        var before = agent.Total;
        var sameTotal = known.Total.SequenceEqual(facts.Total);
        var sameFace = IsSameFace(known, facts);
        var sameLabels = known.Labels.SequenceEqual(facts.Labels);
        if (sameTotal && sameFace && sameLabels && known.Schedulable == facts.Schedulable)
        {
            return;
        }

        agent.Learn(facts);
        if (!sameFace || !facts.Schedulable || !agent.Total.Contains(agent.Used + agent.Offered))
        {
            offers.RescindAll(agent);
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
        agents.Enter(agent, next == AgentState.Registered ? AgentState.Unreachable : next);
    }

    private void LoseTask(LaunchedTask task, DateTimeOffset since, string message)
    {
        if (frameworks.Find(task.Framework.Id) != task.Framework)
        {
            return;
        }

        deadlines.Cancel(task.Resend);
        var shown = task.Framework.Traits.PartitionAware ? TaskState.TaskUnreachable : TaskState.TaskLost;
        book.Lose(task, shown);
        var status = MasterStatus.Of(task, shown, Reason.AgentRemoved, message, turn.Now);
        status.UnreachableTime = MasterStatus.Nanoseconds(since);
        outbox.Update(task.Framework, status);
    }

    private void EndTask(LaunchedTask task, string message)
    {
        if (task.IsTerminal)
        {
            // How it ended is known, and is told until it is acknowledged.
            TellEnd(task);
            return;
        }

        deadlines.Cancel(task.Resend);
        var wasMissing = task.Missing;
        if (wasMissing == TaskState.TaskLost)
        {
            // Its framework has been told that it is lost, and has nothing more to hear.
            turn.Add(new MasterEffect.Release(task.Key));
            book.Forget(task);
            return;
        }

        var end = wasMissing is null
            ? MasterStatus.Of(task, TaskState.TaskLost, Reason.AgentRemoved, message, turn.Now)
            : MasterStatus.Of(task, TaskState.TaskGoneByOperator, Reason.AgentRemovedByOperator, "Agent has been marked gone", turn.Now);
        if (task.Framework.Connected)
        {
            outbox.Update(task.Framework, end);
            turn.Add(new MasterEffect.Release(task.Key));
            book.Forget(task);
        }
        else
        {
            book.Owe(task, end);
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

    /// <summary>Every framework hears of a lost agent, whether or not it had anything there.</summary>
    private void TellLost(KnownAgent agent)
    {
        foreach (var framework in frameworks.All)
        {
            outbox.AgentFailed(framework, agent.Id);
        }
    }
}
