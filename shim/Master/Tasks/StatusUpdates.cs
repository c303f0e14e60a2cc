using Google.Protobuf;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Timing;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Source = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Source;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Shim.Master.Tasks;

/// <summary>
/// Brings each task's updates to its framework, one at a time and in order, again and again until acknowledged.
/// </summary>
/// <remarks>Mesos: src/slave/task_status_update_manager.cpp; in Mesos this is an agent's work.</remarks>
internal sealed class StatusUpdates(Turn turn, Deadlines deadlines, Outbox outbox, TaskBook book, Random random)
{
    private static readonly TimeSpan FirstResend = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestResend = TimeSpan.FromMinutes(10);

    /// <summary>What is known of a task now. Statuses seen before change nothing.</summary>
    public void Observe(LaunchedTask task, IEnumerable<TaskStatus> statuses)
    {
        var idle = task.Updates.Head is null;
        foreach (var status in statuses)
        {
            Take(task, status);
        }

        if (idle)
        {
            SendHead(task, FirstResend);
        }
    }

    /// <summary>
    /// Of the history of a task that an earlier master launched only the last word counts. What came before it may have been
    /// acknowledged, and its end, too: nothing must come after that but the end itself once more.
    /// </summary>
    public static TaskStatus? LastOf(IReadOnlyList<TaskStatus> history) =>
        history.FirstOrDefault(s => TaskStates.IsTerminal(s.State)) ?? (history is [.., var newest] ? newest : null);

    /// <summary>A launch came to nothing: told by the agent, in Mesos, and reliably.</summary>
    public void Refuse(LaunchedTask task, MasterInput.LaunchRefused refusal)
    {
        var state = refusal.IsError ? TaskState.TaskError
            : refusal.Failed ? TaskState.TaskFailed
            : task.Framework.Traits.PartitionAware ? TaskState.TaskDropped
            : TaskState.TaskLost;
        Observe(task, [OfAgent(task, state, refusal.Reason, refusal.Message)]);
    }

    /// <summary>
    /// A task's workload is gone and nobody saw it end, though its agent is there. Told as an agent tells that an executor of its own did
    /// not come back: reliably, and as the only one of Mesos' causes of TASK_GONE in which nobody knows more.
    /// </summary>
    /// <remarks>Mesos: src/slave/slave.cpp, Slave::reregisterExecutorTimeout.</remarks>
    public void Vanish(LaunchedTask task, string message)
    {
        var state = task.Framework.Traits.PartitionAware ? TaskState.TaskGone : TaskState.TaskLost;
        Observe(task, [OfAgent(task, state, Reason.ExecutorReregistrationTimeout, message)]);
    }

    /// <summary>What the master has to say about a task that lives on: now, or when the framework is back.</summary>
    public void TellOnce(LaunchedTask task, TaskStatus status)
    {
        task.Untold = status;
        TellUntold(task);
    }

    /// <summary>Only the acknowledgement of the oldest unacknowledged update means something.</summary>
    /// <remarks>Mesos: src/master/master.cpp, Master::acknowledge; src/slave/slave.cpp, Slave::statusUpdateAcknowledgement.</remarks>
    public void Acknowledge(Framework framework, Call.Types.Acknowledge call)
    {
        if (!framework.Tasks.TryGetValue(new TaskId(call.TaskId.Value), out var task)
            || task.Agent.Id.Value != call.AgentId.Value
            || task.ForwardedState is null
            || task.Updates.Head?.Uuid != call.Uuid)
        {
            return;
        }

        deadlines.Cancel(task.Resend);
        task.Resend = null;
        var acknowledged = task.Updates.Acknowledge();
        if (TaskStates.IsTerminal(acknowledged.State))
        {
            turn.Add(new MasterEffect.Release(task.Key));
            book.ForgetAcknowledged(task);
        }
        else
        {
            SendHead(task, FirstResend);
        }
    }

    /// <summary>The framework is here again: whatever it has missed or not acknowledged is sent at once.</summary>
    public void Resume(Framework framework)
    {
        foreach (var task in framework.UnreachableTasks.Values)
        {
            TellUntold(task);
        }

        foreach (var task in framework.Tasks.Values.ToArray())
        {
            Resume(task);
        }
    }

    /// <summary>The task is in reach again.</summary>
    public void Resume(LaunchedTask task)
    {
        if (task.Owed is { } owed && task.Framework.Connected)
        {
            outbox.Update(task.Framework, owed);
            turn.Add(new MasterEffect.Release(task.Key));
            book.Forget(task);
            return;
        }

        TellUntold(task);
        SendHead(task, FirstResend);
    }

    private void TellUntold(LaunchedTask task)
    {
        if (task.Untold is { } status && task.Framework.Connected)
        {
            task.Untold = null;
            task.BelievedLost = task.Missing is not null;
            outbox.Update(task.Framework, status);
        }
    }

    private TaskStatus OfAgent(LaunchedTask task, TaskState state, Reason reason, string message)
    {
        var status = MasterStatus.Of(task, state, reason, message, turn.Now);
        status.Source = Source.Agent;
        status.ExecutorId ??= new ExecutorID { Value = task.Key.Task.Value };
        status.Uuid = NewUuid();
        return status;
    }

    private void Take(LaunchedTask task, TaskStatus status)
    {
        if (!task.Updates.Notice(status.Uuid) || !TaskStates.MayFollow(task.State, status.State))
        {
            return;
        }

        // The built-in executors of Mesos keep this state from frameworks that have not asked for it.
        if (status.State == TaskState.TaskKilling && !task.Framework.Traits.TaskKillingState)
        {
            return;
        }

        var complete = status.Clone();
        complete.TaskId = new TaskID { Value = task.Key.Task.Value };
        complete.AgentId = new AgentID { Value = task.Agent.Id.Value };
        if (!complete.HasTimestamp)
        {
            complete.Timestamp = MasterStatus.Seconds(turn.Now);
        }

        task.Updates.Add(complete);
        task.Latest = complete;
        book.Move(task, complete.State);
    }

    private void SendHead(LaunchedTask task, TimeSpan resendAfter)
    {
        deadlines.Cancel(task.Resend);
        task.Resend = null;
        if (task.Updates.Head is not { } head || !task.Framework.Connected || task.Missing is not null)
        {
            return;
        }

        outbox.Update(task.Framework, head);
        task.ForwardedState = head.State;
        task.Resend = deadlines.Set(turn.Now + resendAfter, () => SendHead(task, Min(resendAfter * 2, LongestResend)));
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private ByteString NewUuid()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return MesosUuid.ToBytes(MesosUuid.OfRandom(bytes));
    }
}
