using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>Why the bridge ends a task by itself, as an executor of Mesos would.</summary>
public enum StopCause
{
    /// <summary>Its health check has failed too often.</summary>
    Unhealthy,

    /// <summary>Its <c>max_completion_time</c> has passed.</summary>
    OutOfTime,
}

/// <summary>What a kubelet's readiness probe says of tasks, and when the bridge has to end one.</summary>
/// <remarks>
/// Mesos: src/checks/health_checker.cpp. A kubelet says that a container is not ready also where it does not know yet, as after
/// its own restart; so a container must have been not ready for as long as one more check takes, and that check is the last of those
/// that the task may fail: the probe's threshold is one less.
/// </remarks>
internal static class TaskHealth
{
    /// <summary>Whether the task has been found healthy, and since when; null while nothing is known.</summary>
    public static (bool Passed, DateTimeOffset Since)? Of(V1Pod pod, PodTasks tasks, V1ContainerStatus? status)
    {
        if (status?.State?.Running?.StartedAt is not { } started || pod.IsDeleting())
        {
            return null;
        }

        var changed = tasks.Executor is null ? ReadinessChangedAt(pod) : null;
        return status.Ready ? (true, changed > started ? changed.Value : started)
            : changed > started ? (false, changed.Value)
            : null;
    }

    /// <summary>When the bridge is to end the task, if nothing about its Pod changes; null if never.</summary>
    public static (DateTimeOffset At, StopCause Cause)? StopDue(V1Pod pod, PodTasks tasks, TaskInfo task, PodNode? node)
    {
        var status = PodContainers.StatusOf(pod, tasks.ContainerOf(task));
        if (status?.State?.Running?.StartedAt is not { } started)
        {
            return null;
        }

        var outOfTime = tasks.Executor is not null && task.MaxCompletionTime is { } most
            ? (started + TimeSpan.FromTicks(most.Nanoseconds / 100), StopCause.OutOfTime)
            : ((DateTimeOffset, StopCause)?)null;
        if (task.HealthCheck is not { } check || status.Ready || node is { WellSince: null })
        {
            return outOfTime;
        }

        var unhealthy = UnhealthyAt(pod, tasks, status, started, check, node?.WellSince);
        return outOfTime is { } time && time.Item1 <= unhealthy ? time : (unhealthy, StopCause.Unhealthy);
    }

    /// <param name="wellSince">Of the node: a kubelet that was away calls nothing ready before it has checked for itself.</param>
    private static DateTimeOffset UnhealthyAt(
        V1Pod pod, PodTasks tasks, V1ContainerStatus status, DateTimeOffset started, HealthCheck check, DateTimeOffset? wellSince)
    {
        // Of a group's container it is not known whether it has been ready before.
        var longest = Of(pod, tasks, status) is (false, _) ? started : started + TaskProbe.LongestStart(check);
        return new[] { ReadinessChangedAt(pod), wellSince }.Max() + TaskProbe.OneCheck(check) is { } checkedAgain && checkedAgain > longest ? checkedAgain : longest;
    }

    private static DateTimeOffset? ReadinessChangedAt(V1Pod pod) =>
        pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "ContainersReady")?.LastTransitionTime;
}
