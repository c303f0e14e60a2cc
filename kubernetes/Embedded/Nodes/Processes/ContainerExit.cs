namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

/// <summary>How a container's first process ended.</summary>
/// <param name="ExitCode">0 to 255; 128 plus the signal's number if a signal ended it, as container runtimes report it.</param>
/// <param name="Signal">0 if it ended by itself.</param>
internal sealed record ContainerExit(int ExitCode, int Signal, DateTimeOffset At)
{
    /// <summary>What a runtime says that lost sight of a container.</summary>
    public const int UnknownExitCode = 255;

    public static ContainerExit FromWaitStatus(int? status, DateTimeOffset at) => status switch
    {
        null => new(UnknownExitCode, 0, at),
        { } s when (s & 0x7f) == 0 => new((s >> 8) & 0xff, 0, at),
        { } s => new(128 + (s & 0x7f), s & 0x7f, at),
    };
}
