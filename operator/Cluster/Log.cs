using MesosK8sBridge.Shim;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Cluster;

internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Warning, "{Work} of Pod {Pod} waits {Wait} after failure {Failures}: {Message}")]
    public static partial void WorkWaits(this ILogger logger, string work, PodKey pod, int failures, TimeSpan wait, string message);

    [LoggerMessage(3001, LogLevel.Error, "{Work} of Pod {Pod} failed for good")]
    public static partial void WorkFailed(this ILogger logger, Exception failure, string work, PodKey pod);

    [LoggerMessage(3002, LogLevel.Warning, "Launch of task {Task} refused: {Message}")]
    public static partial void LaunchRefused(this ILogger logger, TaskKey task, string message);

    [LoggerMessage(3003, LogLevel.Information, "Pod {Pod} of an earlier task with the same id is removed to make room")]
    public static partial void ReplacesReleased(this ILogger logger, PodKey pod);

    [LoggerMessage(3010, LogLevel.Information, "Node {Node} is agent {Agent}")]
    public static partial void AgentSeen(this ILogger logger, string node, AgentId agent);

    [LoggerMessage(3011, LogLevel.Warning, "Node {Node}, agent {Agent}, has been silent since {Since}: unreachable")]
    public static partial void AgentUnreachable(this ILogger logger, string node, AgentId agent, DateTimeOffset since);

    [LoggerMessage(3012, LogLevel.Warning, "Node {Node}, agent {Agent}, is gone")]
    public static partial void AgentGone(this ILogger logger, string node, AgentId agent);

    [LoggerMessage(3013, LogLevel.Warning, "Whether node {Node} is gone could not be found out, and is tried again: {Message}")]
    public static partial void NodeUnclear(this ILogger logger, string node, string message);

    [LoggerMessage(3014, LogLevel.Error, "Pod {Pod} carries our labels but not what we write in its annotations: it is left alone")]
    public static partial void UnreadablePod(this ILogger logger, PodKey pod);

    [LoggerMessage(3015, LogLevel.Information, "Recovered {Frameworks} frameworks, {Agents} agents, {Tasks} tasks")]
    public static partial void Recovered(this ILogger logger, int frameworks, int agents, int tasks);
}
