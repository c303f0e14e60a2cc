using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;
using Capability = MesosK8sBridge.Protocol.V1.FrameworkInfo.Types.Capability.Types.Type;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>When the bridge stops waiting for a Pod.</summary>
public sealed record PodPatience
{
    /// <summary>For an image that cannot be pulled, from when the kubelet took the Pod. Mesos would not wait at all. Default 30 s.</summary>
    public TimeSpan Start { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the scheduler of Kubernetes to bind a Pod, where it is to. Default 5 min.</summary>
    public TimeSpan Binding { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For the kubelet to tell how the containers of a Pod ended that was deleted by force. Default 60 s.</summary>
    public TimeSpan ForcedDeletion { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>
/// Reads a Pod into what an agent of Mesos would have told of its tasks. A function of its arguments; reading again gives the
/// same updates with the same uuids, so that a restarted bridge repeats itself and nobody is told anything twice.
/// </summary>
public static class PodReader
{
    private static readonly TimeSpan LookForMark = TimeSpan.FromSeconds(30);

    /// <param name="node">Set if the Pod's node is to get empty.</param>
    public static PodReading Read(V1Pod pod, PodTasks tasks, PodPatience patience, DateTimeOffset now, NodeDrain? node = null)
    {
        var ended = new PodEnd(pod, tasks, patience, now);
        if (node is not null && PodDrain.Fits(node, pod))
        {
            // What ended since is told when the mark is on the Pod, where anybody else would find it.
            var requested = PodContainers.DeletionRequestedAt(pod);
            var unmarked = tasks.Tasks.Select(task => ReadTask(pod, tasks, task, ended.Of(task) is { } end && end.At < requested ? end : null));
            return new PodReading([.. unmarked], new PodDemand.MarkDrained(node.Why), now + LookForMark);
        }

        var readings = tasks.Tasks.Select(task => ReadTask(pod, tasks, task, ended.Of(task))).ToImmutableArray();
        return new PodReading(readings, Demand(pod, tasks, readings, patience, now, out var recheckAt), Earlier(recheckAt, ended.RecheckAt));
    }

    /// <summary>The last reading of a Pod that has left the cluster: each task that was alive so far is at its end, or has vanished.</summary>
    public static PodReading ReadGone(V1Pod pod, PodTasks tasks, PodPatience patience, DateTimeOffset now)
    {
        var ended = new PodEnd(pod, tasks, patience, now);
        var readings = tasks.Tasks.Select(task => ReadTask(pod, tasks, task, ended.Of(task) ?? ended.Gone()))
            .Zip(tasks.Tasks, (reading, task) => reading.Terminal is null ? reading with { Vanished = ended.Unseen(task) } : reading)
            .ToImmutableArray();
        return new PodReading(readings, PodDemand.Nothing, RecheckAt: null);
    }

    private static TaskReading ReadTask(V1Pod pod, PodTasks tasks, TaskInfo task, TaskEnd? end)
    {
        var history = new TaskHistory(pod, tasks, task);
        var container = PodContainers.StatusOf(pod, tasks.ContainerOf(task));
        if (pod.Status?.StartTime is { } seen && end is not { WasRefused: true })
        {
            history.Add(TaskState.TaskStarting, seen);
            if (PodContainers.StartedAt(container) is { } started)
            {
                history.Add(TaskState.TaskRunning, started);
                AddChecks(history, pod, tasks, task, container);
                if (KillingSince(pod, tasks, end) is { } since)
                {
                    history.Add(TaskState.TaskKilling, since);
                }
                else if (DrainedSince(pod, tasks, end) is { } drained)
                {
                    history.Add(new TaskEnd(TaskState.TaskKilling, Message: null, drained, Reason: TaskStatus.Types.Reason.AgentDraining));
                }
            }
        }

        if (end is not null)
        {
            history.Add(end);
        }

        return new TaskReading(tasks.KeyOf(task), tasks.ContainerOf(task), history.Statuses);
    }

    private static void AddChecks(TaskHistory history, V1Pod pod, PodTasks tasks, TaskInfo task, V1ContainerStatus? container)
    {
        if (task.HealthCheck is not null && PodContainers.Stopped(pod) is (StopCause.Unhealthy, var stopped) && stopped == tasks.ContainerOf(task))
        {
            history.AddChecked(passed: false, PodContainers.KillRequestedAt(pod) ?? pod.Status!.StartTime!.Value);
        }
        else if ((task.HealthCheck is not null || task.Check is not null) && TaskHealth.Of(pod, tasks, container) is var (passed, since))
        {
            history.AddChecked(passed, since);
        }
    }

    private static DateTimeOffset? KillingSince(V1Pod pod, PodTasks tasks, TaskEnd? end) =>
        end is null or { State: TaskState.TaskKilled } && tasks.HasCapability(Capability.TaskKillingState) ? PodContainers.KillRequestedAt(pod) : null;

    private static DateTimeOffset? DrainedSince(V1Pod pod, PodTasks tasks, TaskEnd? end) =>
        (end is null or { State: TaskState.TaskKilled }) && tasks.HasCapability(Capability.TaskKillingState) ? PodDrain.Of(pod)?.Since : null;

    private static PodDemand Demand(
        V1Pod pod, PodTasks tasks, ImmutableArray<TaskReading> readings, PodPatience patience, DateTimeOffset now, out DateTimeOffset? recheckAt)
    {
        recheckAt = null;
        if (pod.IsDeleting() || readings.All(task => task.Terminal is not null))
        {
            return PodDemand.Nothing;
        }

        if (PodContainers.KillRequestedAt(pod) is not null || pod.GetAnnotation(TaskMarks.LaunchFailed) is not null)
        {
            return new PodDemand.FinishDeletion();
        }

        if (tasks.Executor is not null && readings.Any(task => task.Terminal?.State is TaskState.TaskFailed or TaskState.TaskKilled))
        {
            return new PodDemand.EndGroup();
        }

        var stuck = PodContainers.All(pod).Select(StartTrouble.Of).FirstOrDefault(trouble => trouble is not null);
        if (stuck is null)
        {
            return Stop(pod, tasks, now, out recheckAt);
        }

        var until = (pod.Status?.StartTime ?? now) + (stuck.IsFinal ? TimeSpan.Zero : patience.Start);
        recheckAt = now < until ? until : null;
        return now < until ? PodDemand.Nothing : new PodDemand.GiveUp(stuck.Message);
    }

    private static PodDemand Stop(V1Pod pod, PodTasks tasks, DateTimeOffset now, out DateTimeOffset? recheckAt)
    {
        recheckAt = null;
        foreach (var task in tasks.Tasks)
        {
            if (TaskHealth.StopDue(pod, tasks, task) is not var (at, cause))
            {
                continue;
            }

            if (at <= now)
            {
                return new PodDemand.Stop(cause, tasks.ContainerOf(task));
            }

            recheckAt = Earlier(recheckAt, at);
        }

        return PodDemand.Nothing;
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null ? b : b is null ? a : a < b ? a : b;
}
