using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes;

internal static partial class Log
{
    [LoggerMessage(2600, LogLevel.Information, "Node {Node} runs, with {Cpus} cores and {Memory} MiB")]
    public static partial void NodeStarted(this ILogger logger, string node, decimal cpus, long memory);

    [LoggerMessage(2601, LogLevel.Information, "Node {Node} is cut off: {Loss}")]
    public static partial void NodeStopped(this ILogger logger, string node, NodeLoss loss);

    [LoggerMessage(2602, LogLevel.Warning, "Node {Node}: heartbeat failed")]
    public static partial void HeartbeatFailed(this ILogger logger, string node, Exception exception);

    [LoggerMessage(2603, LogLevel.Warning, "Watching {What} failed; trying again in {Delay}")]
    public static partial void WatchFailed(this ILogger logger, string what, TimeSpan delay, Exception exception);

    [LoggerMessage(2604, LogLevel.Information, "Pod {Namespace}/{Pod} is refused: {Reason}")]
    public static partial void PodRefused(this ILogger logger, string? @namespace, string pod, string reason);

    [LoggerMessage(2605, LogLevel.Debug, "Pod {Namespace}/{Pod}: container {Container} was not started: {Message}")]
    public static partial void ContainerNotStarted(this ILogger logger, string? @namespace, string pod, string container, string message);

    [LoggerMessage(2606, LogLevel.Error, "Pod {Namespace}/{Pod}: container {Container} was not started, for a reason nobody thought of")]
    public static partial void ContainerStartBroken(this ILogger logger, string? @namespace, string pod, string container, Exception exception);

    [LoggerMessage(2607, LogLevel.Warning, "Pod {Namespace}/{Pod}: writing its status failed; trying again in {Delay}")]
    public static partial void StatusNotWritten(this ILogger logger, string? @namespace, string pod, TimeSpan delay, Exception exception);

    [LoggerMessage(2608, LogLevel.Error, "Pod {Namespace}/{Pod}: its status was refused")]
    public static partial void StatusRefused(this ILogger logger, string? @namespace, string pod, Exception exception);

    [LoggerMessage(2609, LogLevel.Warning, "Node {Node} has sent no heartbeat for {Silence}: its state is unknown")]
    public static partial void NodeLost(this ILogger logger, string node, TimeSpan silence);

    [LoggerMessage(2610, LogLevel.Information, "Pod {Namespace}/{Pod} is put on node {Node}")]
    public static partial void PodBound(this ILogger logger, string? @namespace, string pod, string node);

    [LoggerMessage(2611, LogLevel.Warning, "{What} failed; trying again later")]
    public static partial void Retrying(this ILogger logger, string what, Exception exception);

    [LoggerMessage(2612, LogLevel.Warning, "Pod {Namespace}/{Pod}: its files were not deleted")]
    public static partial void FilesKept(this ILogger logger, string? @namespace, string pod, Exception exception);

    [LoggerMessage(2613, LogLevel.Critical, "A part of the embedded nodes has broken")]
    public static partial void LoopBroken(this ILogger logger, Exception exception);

    [LoggerMessage(2614, LogLevel.Warning, "Pod {Namespace}/{Pod}: container {Container} could not be asked how it is")]
    public static partial void ProbeBroken(this ILogger logger, string? @namespace, string pod, string? container, Exception exception);
}
