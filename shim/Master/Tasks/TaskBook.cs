using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Shim.Master.Tasks;

/// <summary>
/// Which tasks there are, where they run and in which state: keeps framework, agent, executor, counts and resources in step.
/// </summary>
internal sealed class TaskBook(Ledger ledger, Outbox outbox, LossBreaker breaker)
{
    /// <summary>The executor of a group: the one that runs already, or a new one.</summary>
    public static RunningExecutor ExecutorFor(Framework framework, KnownAgent agent, ExecutorInfo info, string role)
    {
        var key = (framework.Id, info.ExecutorId.Value);
        if (!agent.Executors.TryGetValue(key, out var executor))
        {
            executor = new RunningExecutor(info, role, Resources.From(info.Resources).Unallocate());
            agent.Executors.Add(key, executor);
        }

        return executor;
    }

    /// <summary>Enters a task; whether its resources are counted is the caller's business.</summary>
    public static void Enter(LaunchedTask task)
    {
        task.Framework.Tasks.Add(task.Key.Task, task);
        task.Agent.Tasks.Add(task.Key, task);
        task.Framework.TaskCounts.Add(task.State);
        if (task.Framework.CompletedTasks.Find(task.Key.Task) is { } earlier)
        {
            task.Updates.NoticeAll(earlier.Seen);
        }

        if (task.Executor is { } executor)
        {
            executor.KnownTasks++;
            executor.LiveTasks += task.IsTerminal ? 0 : 1;
        }

        Changed(task);
    }

    /// <summary>A new state. With a terminal one the resources are free at once, whether the framework knows or not.</summary>
    public void Move(LaunchedTask task, TaskState state)
    {
        Recount(task, state);
        if (TaskStates.IsTerminal(state))
        {
            breaker.Drop(task);
            if (task.Missing is null)
            {
                EndLife(task);
            }
        }
    }

    /// <summary>Its agent is out of reach: it counts as gone until the agent is back.</summary>
    public void Lose(LaunchedTask task, TaskState shown)
    {
        task.Framework.Tasks.Remove(task.Key.Task);
        task.Framework.UnreachableTasks.Add(task.Key.Task, task);
        task.Framework.TaskCounts.Remove(task.State);
        task.Framework.TaskCounts.Add(shown);
        task.Missing = shown;
        EndLife(task);
    }

    /// <summary>Its agent is back. It may have ended meanwhile.</summary>
    public void Return(LaunchedTask task)
    {
        task.Framework.UnreachableTasks.Remove(task.Key.Task);
        task.Framework.Tasks.Add(task.Key.Task, task);
        task.Framework.TaskCounts.Remove(task.Missing!.Value);
        task.Framework.TaskCounts.Add(task.State);
        task.Missing = null;
        if (!task.IsTerminal)
        {
            task.Executor?.LiveTasks += 1;
            ledger.Hold(task);
        }

        Changed(task);
    }

    /// <summary>It has ended while its framework was away: the framework is told when it comes back, once.</summary>
    public void Owe(LaunchedTask task, TaskStatus end)
    {
        if (task.Missing is not null)
        {
            task.Framework.UnreachableTasks.Remove(task.Key.Task);
            task.Framework.Tasks.Add(task.Key.Task, task);
            task.Framework.TaskCounts.Remove(task.Missing.Value);
            task.Framework.TaskCounts.Add(task.State);
            task.Missing = null;
            Recount(task, end.State);
        }
        else
        {
            Move(task, end.State);
        }

        task.Owed = end;
        task.Latest = end;
    }

    /// <summary>The end of a group's last task is the end of its executor, which the framework is told.</summary>
    public void ForgetAcknowledged(LaunchedTask task)
    {
        Forget(task);
        if (task.Executor is { KnownTasks: 0 } executor)
        {
            outbox.ExecutorExited(task.Framework, task.Agent.Id, executor.Info.ExecutorId.Clone(), status: 0);
        }
    }

    public void Forget(LaunchedTask task)
    {
        breaker.Drop(task);
        var framework = task.Framework;
        if (task.Missing is { } shown)
        {
            framework.UnreachableTasks.Remove(task.Key.Task);
            framework.TaskCounts.Remove(shown);
        }
        else
        {
            framework.Tasks.Remove(task.Key.Task);
            framework.TaskCounts.Remove(task.State);
            if (!task.IsTerminal)
            {
                EndLife(task);
            }
        }

        framework.CompletedTasks.Remember(task.Key.Task, new CompletedTask(task.Updates.Seen, task.IsDeclaredLost));
        LeaveAgent(task);
        Changed(task);
    }

    /// <summary>
    /// The task of a framework that is gone: it holds its resources until it has really ended, also while its agent is out of reach,
    /// which may come back with it.
    /// </summary>
    public void Orphan(LaunchedTask task)
    {
        breaker.Drop(task);
        task.Framework.Tasks.Remove(task.Key.Task);
        task.Framework.UnreachableTasks.Remove(task.Key.Task);
        if (task.Missing is not null && !task.IsTerminal)
        {
            task.Missing = null;
            task.Executor?.LiveTasks += 1;
            ledger.Hold(task);
            Changed(task);
        }
    }

    /// <summary>An orphan has ended.</summary>
    public void Bury(LaunchedTask task)
    {
        if (task.Missing is null && !task.IsTerminal)
        {
            EndLife(task);
        }

        LeaveAgent(task);
        Changed(task);
    }

    private void EndLife(LaunchedTask task)
    {
        task.Executor?.LiveTasks -= 1;
        ledger.Free(task);
        Changed(task);
    }

    private static void LeaveAgent(LaunchedTask task)
    {
        task.Agent.Tasks.Remove(task.Key);
        if (task.Executor is { } executor && --executor.KnownTasks == 0)
        {
            task.Agent.Executors.Remove((task.Key.Framework, executor.Info.ExecutorId.Value));
        }
    }

    private static void Recount(LaunchedTask task, TaskState state)
    {
        if (task.Missing is null)
        {
            task.Framework.TaskCounts.Remove(task.State);
            task.Framework.TaskCounts.Add(state);
        }

        task.State = state;
        Changed(task);
    }

    private static void Changed(LaunchedTask task)
    {
        task.Framework.Changed();
        task.Agent.Changed();
    }
}
