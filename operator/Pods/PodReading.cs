using System.Collections.Immutable;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Protocol.V1;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>What a Pod says of its tasks.</summary>
/// <param name="RecheckAt">When time alone will change the reading; null if never.</param>
public sealed record PodReading(ImmutableArray<TaskReading> Tasks, PodDemand Demand, DateTimeOffset? RecheckAt)
{
    public bool IsTerminal => Tasks.All(task => task.Terminal is not null);

    /// <summary>Of a Pod that nobody understands: nothing is told of its tasks, as little their end as anything else.</summary>
    public static PodReading Unknown(PodTasks tasks) =>
        new([.. tasks.Tasks.Select(task => new TaskReading(tasks.KeyOf(task), tasks.ContainerOf(task), []))], PodDemand.Nothing, RecheckAt: null);
}

/// <summary>The history of one task: STARTING, RUNNING, KILLING, and its end, as far as it has come.</summary>
public sealed record TaskReading(TaskKey Key, string Container, ImmutableArray<TaskStatus> Statuses)
{
    /// <summary>In words: the Pod is gone, and nobody has seen how the task ended. Null unless it is so.</summary>
    public string? Vanished { get; init; }

    public TaskStatus? Terminal => Statuses is [.., var last] && TaskStates.IsTerminal(last.State) ? last : null;
}

/// <summary>What has to be done to a Pod because of how it is.</summary>
public abstract record PodDemand
{
    private PodDemand()
    {
    }

    public sealed record None : PodDemand;

    /// <summary>Its containers will not start: it is to be marked as failed, and deleted.</summary>
    public sealed record GiveUp(string Message) : PodDemand;

    /// <summary>A task of its group has failed: the others are to be killed.</summary>
    /// <remarks>Mesos: src/launcher/default_executor.cpp, the default restart policy of task groups.</remarks>
    public sealed record EndGroup : PodDemand;

    /// <summary>A task is to be ended with its Pod, as the executor of Mesos would have done.</summary>
    public sealed record Stop(StopCause Cause, string Container) : PodDemand;

    /// <summary>It is marked for its end, and has not been deleted: an earlier life of the bridge did not come to it.</summary>
    public sealed record FinishDeletion : PodDemand;

    /// <summary>It has to leave its node, which only the node tells: that is to be written on it before its end is told.</summary>
    public sealed record MarkDrained(string Why) : PodDemand;

    public static PodDemand Nothing { get; } = new None();
}

public static class TaskStates
{
    /// <remarks>Mesos: src/common/protobuf_utils.cpp, isTerminalState.</remarks>
    public static bool IsTerminal(TaskState state) => state is
        TaskState.TaskFinished or TaskState.TaskFailed or TaskState.TaskKilled or TaskState.TaskLost or TaskState.TaskError
        or TaskState.TaskDropped or TaskState.TaskGone or TaskState.TaskGoneByOperator;
}
