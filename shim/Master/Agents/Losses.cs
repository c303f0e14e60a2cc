using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Tasks;
using MesosK8sBridge.Shim.Master.Timing;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;

namespace MesosK8sBridge.Shim.Master.Agents;

/// <summary>
/// Tells frameworks of tasks that are lost, as many at a time as the <see cref="LossBreaker"/> admits. What is said is decided when it
/// is said, from what is known of task and agent then.
/// </summary>
internal sealed class Losses(
    Turn turn,
    Deadlines deadlines,
    Outbox outbox,
    AgentTable agents,
    FrameworkTable frameworks,
    TaskBook book,
    StatusUpdates updates,
    LossBreaker breaker)
{
    /// <summary>While there may be more tasks to come of earlier lives, losses would be measured against too few.</summary>
    private bool _recovering = true;

    /// <summary>All tasks of earlier lives are known: those that were lost before are declared now.</summary>
    public void CompleteRecovery()
    {
        _recovering = false;
        foreach (var task in agents.All.SelectMany(a => a.Tasks.Values).Where(IsLost).ToArray())
        {
            Declare(task);
        }

        agents.ForgetRemoved();
    }

    public void Declare(LaunchedTask task)
    {
        if (!_recovering && !task.IsTerminal && !IsOrphan(task) && breaker.Admit(task))
        {
            Tell(task);
        }
    }

    /// <summary>A task's workload is not there any more, and nobody saw it end.</summary>
    public void Vanish(LaunchedTask task, string message)
    {
        task.Vanished = message;

        // With its agent out of reach its loss is told, or held, already: the rest is said when the agent is back or gone.
        if (task.Missing is null && task.Held is null)
        {
            Declare(task);
        }
    }

    /// <summary>It is there after all. If its framework has been told the opposite, and cannot be told otherwise, it is ended.</summary>
    public void Appear(LaunchedTask task, IEnumerable<TaskStatus> statuses)
    {
        Appear(task);
        if (task is { IsTerminal: true, IsDeclaredLost: true } && !statuses.Any(s => TaskStates.IsTerminal(s.State)))
        {
            turn.Add(new MasterEffect.Kill(task.Key, task.Agent.Id, Grace: null));
        }
    }

    /// <summary>It is there after all.</summary>
    public void Appear(LaunchedTask task)
    {
        task.Vanished = null;
        if (task.Agent.State is AgentState.Registered or AgentState.Awaited)
        {
            breaker.Return(task);
        }
    }

    /// <summary>An administrator confirms what is held, and is told so.</summary>
    public void Confirm(Framework framework)
    {
        foreach (var task in breaker.Confirm(framework))
        {
            Tell(task);
        }
    }

    /// <summary>Every framework hears of a lost agent, whether or not it had anything there; but after the tasks it has lost there.</summary>
    public void TellFailure(KnownAgent agent)
    {
        foreach (var framework in frameworks.All)
        {
            if (framework.Losses.HoldsOn(agent))
            {
                framework.Losses.FailuresOwed.Add(agent);
            }
            else
            {
                outbox.AgentFailed(framework, agent.Id);
            }
        }
    }

    /// <summary>At the end of a turn: what follows from more or fewer losses being held.</summary>
    public void Settle()
    {
        var changed = breaker.TakeChanged();
        foreach (var framework in changed)
        {
            TellOwedFailures(framework);
            Rearm(framework);
            Report(framework);
        }

        if (changed.Length > 0)
        {
            agents.ForgetRemoved();
        }
    }

    private void Tell(LaunchedTask task)
    {
        if (task.Agent.State == AgentState.Removed)
        {
            deadlines.Cancel(task.Resend);
            TellGone(task);
        }
        else if (task.Vanished is { } message)
        {
            // Told after what is not acknowledged yet, which is sent again until it is.
            updates.Vanish(task, message);
        }
        else
        {
            deadlines.Cancel(task.Resend);
            TellUnreachable(task);
        }
    }

    private void TellUnreachable(LaunchedTask task)
    {
        var shown = task.Framework.Traits.PartitionAware ? TaskState.TaskUnreachable : TaskState.TaskLost;
        book.Lose(task, shown);
        var status = MasterStatus.Of(task, shown, Reason.AgentRemoved, task.Agent.Silence!, turn.Now);
        status.UnreachableTime = MasterStatus.Nanoseconds(task.Agent.UnreachableSince!.Value);
        updates.TellOnce(task, status);
    }

    /// <remarks>Mesos: src/master/master.cpp, Master::markGone.</remarks>
    private void TellGone(LaunchedTask task)
    {
        var (state, reason) = task.Framework.Traits.PartitionAware
            ? (TaskState.TaskGoneByOperator, Reason.AgentRemovedByOperator)
            : (TaskState.TaskLost, Reason.AgentRemoved);
        book.Owe(task, MasterStatus.Of(task, state, reason, "Agent has been marked gone", turn.Now));
        updates.Resume(task);
    }

    private void ReleaseDue(Framework framework)
    {
        while (framework.Losses.FirstHeld is { } next && breaker.Admit(next))
        {
            Tell(next);
        }

        Rearm(framework);
    }

    private void Rearm(Framework framework)
    {
        deadlines.Cancel(framework.Losses.Release);
        framework.Losses.Release = breaker.NextRelease(framework) is { } due ? deadlines.Set(due, () => ReleaseDue(framework)) : null;
    }

    private void TellOwedFailures(Framework framework)
    {
        var losses = framework.Losses;
        foreach (var agent in losses.FailuresOwed.Where(a => !losses.HoldsOn(a)).OrderBy(a => a.Id.Value, StringComparer.Ordinal).ToArray())
        {
            losses.FailuresOwed.Remove(agent);
            if (agent.State != AgentState.Registered)
            {
                outbox.AgentFailed(framework, agent.Id);
            }
        }
    }

    private void Report(Framework framework)
    {
        var losses = framework.Losses;
        if (losses.Held.Count != losses.Reported)
        {
            losses.Reported = losses.Held.Count;
            framework.Changed();
            turn.Add(new MasterEffect.LossesHeld(framework.Id, losses.Reported));
        }
    }

    private static bool IsLost(LaunchedTask task) =>
        task.Missing is null && (task.Vanished is not null || task.Agent.State is AgentState.Unreachable or AgentState.Removed);

    private bool IsOrphan(LaunchedTask task) => frameworks.Find(task.Framework.Id) != task.Framework;
}
