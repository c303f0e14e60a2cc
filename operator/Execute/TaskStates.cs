using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Execute;

internal static class TaskStates
{
    private static readonly Google.Protobuf.Reflection.EnumDescriptor States =
        MesosReflection.Descriptor.FindTypeByName<Google.Protobuf.Reflection.EnumDescriptor>(nameof(TaskState));

    /// <summary>Nothing follows. Mesos: src/common/protobuf_utils.cpp, isTerminalState.</summary>
    public static bool IsTerminal(this TaskState state) => state is
        TaskState.TaskFinished or TaskState.TaskFailed or TaskState.TaskKilled or TaskState.TaskError or
        TaskState.TaskLost or TaskState.TaskDropped or TaskState.TaskGone or TaskState.TaskGoneByOperator;

    /// <returns>As in Mesos, e.g. <c>TASK_RUNNING</c>.</returns>
    public static string Word(this TaskState state) => States.FindValueByNumber((int)state)?.Name ?? $"TASK_STATE_{(int)state}";

    /// <returns>As in Mesos, e.g. <c>REASON_RECONCILIATION</c>.</returns>
    public static string Word(this Protocol.V1.TaskStatus.Types.Reason reason) =>
        Protocol.V1.TaskStatus.Descriptor.EnumTypes.Single(type => type.Name == "Reason").FindValueByNumber((int)reason)?.Name
        ?? $"REASON_{(int)reason}";
}
