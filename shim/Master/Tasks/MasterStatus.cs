using MesosK8sBridge.Protocol.V1;
using Source = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Source;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Shim.Master.Tasks;

/// <summary>Statuses that the master makes up itself: no uuid, so nobody acknowledges or repeats them.</summary>
/// <remarks>Mesos: src/common/protobuf_utils.cpp, createStatusUpdate.</remarks>
internal static class MasterStatus
{
    /// <param name="agent">Null where the framework named none.</param>
    public static TaskStatus Of(string task, AgentId? agent, TaskState state, Reason reason, string message, DateTimeOffset now)
    {
        var status = new TaskStatus
        {
            TaskId = new TaskID { Value = task },
            State = state,
            Source = Source.Master,
            Reason = reason,
            Message = message,
            Timestamp = Seconds(now),
        };
        if (agent is { } id)
        {
            status.AgentId = new AgentID { Value = id.Value };
        }

        return status;
    }

    /// <summary>About a task that the master knows: only a group's task has an executor in a master's eyes.</summary>
    public static TaskStatus Of(LaunchedTask task, TaskState state, Reason reason, string message, DateTimeOffset now)
    {
        var status = Of(task.Key.Task.Value, task.Agent.Id, state, reason, message, now);
        if (task.Executor is { } executor)
        {
            status.ExecutorId = executor.Info.ExecutorId.Clone();
        }

        return status;
    }

    public static double Seconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / (double)TimeSpan.TicksPerSecond;

    public static TimeInfo Nanoseconds(DateTimeOffset time) => new() { Nanoseconds = (time - DateTimeOffset.UnixEpoch).Ticks * 100 };
}
