using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>How a container ended, in the words of Mesos' executors.</summary>
/// <remarks>
/// Mesos: WSTRINGIFY in 3rdparty/stout/include/stout/os/wait.hpp; names as strsignal(3) of the GNU C library gives them.
/// A container runtime tells of a signal as exit code 128 + its number.
/// </remarks>
internal static class ExitStatus
{
    private static readonly string[] SignalNames =
    [
        "", "Hangup", "Interrupt", "Quit", "Illegal instruction", "Trace/breakpoint trap", "Aborted", "Bus error",
        "Floating point exception", "Killed", "User defined signal 1", "Segmentation fault", "User defined signal 2", "Broken pipe",
        "Alarm clock", "Terminated", "Stack fault", "Child exited", "Continued", "Stopped (signal)", "Stopped",
        "Stopped (tty input)", "Stopped (tty output)", "Urgent I/O condition", "CPU time limit exceeded", "File size limit exceeded",
        "Virtual timer expired", "Profiling timer expired", "Window changed", "I/O possible", "Power failure", "Bad system call",
    ];

    /// <param name="subject"><c>Command</c>, or <c>Container</c> for Docker's.</param>
    public static string Describe(V1ContainerStateTerminated end, string subject)
    {
        var signal = end.Signal is > 0 and var given ? given : end.ExitCode - 128;
        return signal > 0 && signal < SignalNames.Length
            ? $"{subject} terminated with signal {SignalNames[signal]}"
            : $"{subject} exited with status {end.ExitCode}";
    }
}
