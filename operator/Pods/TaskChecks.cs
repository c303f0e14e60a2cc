using MesosK8sBridge.Protocol.V1;
using CheckType = MesosK8sBridge.Protocol.V1.CheckInfo.Types.Type;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>
/// What is told of a task's <c>check</c>. A kubelet tells that a probe has passed, or has not: of what passed, the one result that stands for
/// all such; of what has not, none, as Mesos tells of a check that timed out.
/// </summary>
/// <remarks>Mesos: src/checks/checker_process.cpp; src/common/validation.cpp, validateCheckStatusInfo.</remarks>
internal static class TaskChecks
{
    public static CheckStatusInfo NoResult(CheckInfo check) => check.Type switch
    {
        CheckType.Command => new CheckStatusInfo { Type = check.Type, Command = new() },
        CheckType.Http => new CheckStatusInfo { Type = check.Type, Http = new() },
        CheckType.Tcp => new CheckStatusInfo { Type = check.Type, Tcp = new() },
        _ => new CheckStatusInfo(),
    };

    public static CheckStatusInfo Result(CheckInfo check, bool passed)
    {
        var status = NoResult(check);
        switch (check.Type)
        {
            case CheckType.Command when passed:
                status.Command.ExitCode = 0;
                break;
            case CheckType.Http when passed:
                status.Http.StatusCode = 200;
                break;
            case CheckType.Tcp:
                status.Tcp.Succeeded = passed;
                break;
            default:
                break;
        }

        return status;
    }
}
