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

    [LoggerMessage(3013, LogLevel.Warning, "Whether {Doubt} is gone, and {Count} in all, could not be found out; it is asked again: {Message}")]
    public static partial void Unclear(this ILogger logger, Doubt doubt, int count, string message);

    [LoggerMessage(3014, LogLevel.Error, "Pod {Pod} carries our labels but not what we write in its annotations: it is left alone")]
    public static partial void UnreadablePod(this ILogger logger, PodKey pod);

    [LoggerMessage(3015, LogLevel.Information, "Recovered {Frameworks} frameworks, {Agents} agents, {Tasks} tasks")]
    public static partial void Recovered(this ILogger logger, int frameworks, int agents, int tasks);

    [LoggerMessage(3016, LogLevel.Information, "The API server answers again whether something is gone; {Count} questions are left")]
    public static partial void ClearAgain(this ILogger logger, int count);

    [LoggerMessage(3017, LogLevel.Warning, "{Doubt} is there although neither list nor watch shows it: it counts as there")]
    public static partial void ThereAfterAll(this ILogger logger, Doubt doubt);

    [LoggerMessage(3018, LogLevel.Warning, "{Missing} of {All} agents that tasks run on have no node: that is too many to believe, and looked at again in {Wait}")]
    public static partial void TooManyMissing(this ILogger logger, int missing, int all, TimeSpan wait);

    [LoggerMessage(3019, LogLevel.Warning, "Pod {Pod} is gone, and nobody has seen its end")]
    public static partial void PodVanished(this ILogger logger, PodKey pod);

    [LoggerMessage(3020, LogLevel.Information, "Pod {Pod} was found late: its tasks are adopted")]
    public static partial void FoundLate(this ILogger logger, PodKey pod);

    [LoggerMessage(3021, LogLevel.Information, "Secret {Secret} was left without an owner: it is Pod {Pod}'s now")]
    public static partial void SecretAdopted(this ILogger logger, string secret, PodKey pod);

    [LoggerMessage(3022, LogLevel.Warning, "Secrets that an earlier leader made for Pods may be left without an owner: {Message}")]
    public static partial void SecretsNotSettled(this ILogger logger, string message);

    [LoggerMessage(3023, LogLevel.Error, "Pod {Pod} cannot be understood: nothing is told of its tasks")]
    public static partial void PodNotUnderstood(this ILogger logger, Exception failure, PodKey pod);
}
