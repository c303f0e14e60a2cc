using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Shim.Master.Tasks;

/// <summary>Which task state may follow which.</summary>
/// <remarks>Mesos: src/common/protobuf_utils.cpp, isTerminalState; docs/task-state-reasons.md.</remarks>
internal static class TaskStates
{
    public static bool IsTerminal(TaskState state) => state switch
    {
        TaskState.TaskFinished or TaskState.TaskFailed or TaskState.TaskKilled or TaskState.TaskError => true,
        TaskState.TaskLost or TaskState.TaskDropped or TaskState.TaskGone or TaskState.TaskGoneByOperator => true,
        _ => false,
    };

    /// <summary>What an agent or executor may report next about a task.</summary>
    public static bool MayFollow(TaskState latest, TaskState next) => (latest, next) switch
    {
        // The end is the end.
        _ when IsTerminal(latest) => false,
        _ when IsTerminal(next) => true,

        // Made up by a master in an answer; nobody reports them.
        (_, TaskState.TaskStaging or TaskState.TaskUnknown or TaskState.TaskUnreachable) => false,

        // Repeated with news: labels, addresses, health.
        _ when latest == next => true,

        (TaskState.TaskStaging, _) => true,
        (TaskState.TaskStarting, TaskState.TaskRunning or TaskState.TaskKilling) => true,
        (TaskState.TaskRunning, TaskState.TaskKilling) => true,

        // Left over: running before started, alive again while being killed.
        _ => false,
    };
}
