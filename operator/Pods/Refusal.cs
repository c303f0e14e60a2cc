using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>Why a launch is refused before anything of it is made: TASK_ERROR, in Mesos' terms.</summary>
/// <param name="Message">For the framework's author.</param>
/// <param name="IsForbidden">It could be, if the framework's administrator let it.</param>
public sealed record Refusal(string Message, bool IsForbidden)
{
    /// <summary>A Pod cannot be that.</summary>
    public static Refusal Invalid(string message) => new(message, IsForbidden: false);

    public static Refusal Forbidden(string what) => new($"{what} is not allowed by the framework's podPolicy", IsForbidden: true);

    /// <remarks>Mesos: docs/task-state-reasons.md, "for state TASK_ERROR".</remarks>
    public Reason ReasonFor(bool isGroup) => (IsForbidden, isGroup) switch
    {
        (true, true) => Reason.TaskGroupUnauthorized,
        (true, false) => Reason.TaskUnauthorized,
        (false, true) => Reason.TaskGroupInvalid,
        (false, false) => Reason.TaskInvalid,
    };
}
