using MesosK8sBridge.Operator.Execute;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>The exit statuses of <c>mesos-bridge</c>. Documented in docs/cli.md; never renumbered.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>A task ended otherwise than asked for; or the demo saw something unexpected.</summary>
    public const int Failure = 1;

    /// <summary>The command line or the environment is wrong; nothing was started.</summary>
    public const int Usage = 2;

    /// <summary>The other side cannot be reached or refuses: the master, the Kubernetes API, an address to listen on.</summary>
    public const int Unavailable = 3;

    /// <summary>As <c>timeout(1)</c>.</summary>
    public const int TimedOut = 124;

    /// <summary>As a shell reports SIGINT.</summary>
    public const int Interrupted = 130;

    public static int From(ExecutionOutcome outcome) => outcome switch
    {
        ExecutionOutcome.Succeeded => Success,
        ExecutionOutcome.TaskFailed => Failure,
        ExecutionOutcome.MasterUnavailable => Unavailable,
        ExecutionOutcome.TimedOut => TimedOut,
        ExecutionOutcome.Interrupted => Interrupted,
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
