using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;
using Capability = MesosK8sBridge.Protocol.V1.FrameworkInfo.Types.Capability.Types.Type;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>
/// Reads a Pod into what an agent of Mesos would have told of its tasks. A function of its arguments; reading again gives the
/// same updates with the same uuids, so that a restarted bridge repeats itself and nobody is told anything twice.
/// </summary>
public static class PodReader
{
    private static readonly TimeSpan LookForMark = TimeSpan.FromSeconds(30);

    /// <summary>What is waited for on a node that is silent is looked at again and again.</summary>
    private static readonly TimeSpan LookAtNode = TimeSpan.FromMinutes(1);

    /// <param name="node">The Pod's node; null: nobody has said anything of it.</param>
    public static PodReading Read(V1Pod pod, PodTasks tasks, PodPatience patience, DateTimeOffset now, PodNode? node = null)
    {
        var ended = new PodEnd(pod, tasks, patience, node, now);
        if (node?.Drain is { } drain && PodDrain.Fits(drain, pod))
        {
            // What ended since is told when the mark is on the Pod, where anybody else would find it.
            var requested = PodContainers.DeletionRequestedAt(pod);
            var unmarked = tasks.Tasks.Select(task => ReadTask(pod, tasks, task, ended.Of(task) is { } end && end.At < requested ? end : null));
            return new PodReading([.. unmarked], new PodDemand.MarkDrained(drain.Why), now + LookForMark);
        }

        var readings = ReadTasks(pod, tasks, ended);
        var demand = Demand(pod, tasks, readings, new PodStart(pod, tasks, patience, node), node, now, out var recheckAt);
        recheckAt = Earlier(recheckAt, ended.RecheckAt);
        return new PodReading(readings, demand, node is { WellSince: null } && !AllOver(readings) ? Earlier(recheckAt, now + LookAtNode) : recheckAt);
    }

    /// <summary>The last reading of a Pod that has left the cluster: each task that was alive so far is at its end, or has vanished.</summary>
    public static PodReading ReadGone(V1Pod pod, PodTasks tasks, PodPatience patience, DateTimeOffset now)
    {
        var ended = new PodEnd(pod, tasks, patience, node: null, now);
        var readings = tasks.Tasks.Select(task => ReadTask(pod, tasks, task, ended.Of(task) ?? ended.Gone()))
            .Zip(tasks.Tasks, (reading, task) => reading.Terminal is null ? reading with { Vanished = ended.Unseen(task) } : reading)
            .ToImmutableArray();
        return new PodReading(readings, PodDemand.Nothing, RecheckAt: null);
    }

    private static ImmutableArray<TaskReading> ReadTasks(V1Pod pod, PodTasks tasks, PodEnd ended)
    {
        var readings = ImmutableArray.CreateBuilder<TaskReading>(tasks.Tasks.Length);
        foreach (var task in tasks.Tasks)
        {
            var end = ended.Of(task);
            var reading = ReadTask(pod, tasks, task, end);
            readings.Add(end is null && ended.Vanished(task) is { } vanished ? reading with { Vanished = vanished } : reading);
        }

        return readings.MoveToImmutable();
    }

    private static bool AllOver(ImmutableArray<TaskReading> readings)
    {
        foreach (var task in readings)
        {
            if (task.Terminal is null)
            {
                return false;
            }
        }

        return true;
    }

    private static TaskReading ReadTask(V1Pod pod, PodTasks tasks, TaskInfo task, TaskEnd? end)
    {
        var history = new TaskHistory(pod, tasks, task);
        var container = PodContainers.StatusOf(pod, tasks.ContainerOf(task));
        var ran = PodContainers.StartedAt(pod, container) ?? (end?.State is TaskState.TaskFinished ? pod.Status?.StartTime ?? end.At : null);
        if ((pod.Status?.StartTime ?? ran) is { } seen && end is not { WasRefused: true })
        {
            history.Add(TaskState.TaskStarting, seen);
            if (ran is { } started)
            {
                history.Add(TaskState.TaskRunning, started);
                AddChecks(history, pod, tasks, task, container, started);
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

        return new TaskReading(tasks.KeyOf(task), tasks.ContainerOf(task), history.Take());
    }

    private static void AddChecks(TaskHistory history, V1Pod pod, PodTasks tasks, TaskInfo task, V1ContainerStatus? container, DateTimeOffset started)
    {
        if (task.HealthCheck is not null && PodContainers.Stopped(pod) is (StopCause.Unhealthy, var stopped) && stopped == tasks.ContainerOf(task))
        {
            history.AddChecked(passed: false, PodContainers.KillRequestedAt(pod) ?? started);
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
        V1Pod pod, PodTasks tasks, ImmutableArray<TaskReading> readings, PodStart start, PodNode? node, DateTimeOffset now, out DateTimeOffset? recheckAt)
    {
        recheckAt = null;
        if (pod.IsDeleting() || AllOver(readings))
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

        var deadline = start.Deadline();
        if (deadline is (var due, var why) && due <= now)
        {
            return new PodDemand.GiveUp(why);
        }

        var demand = Stop(pod, tasks, node, now, out recheckAt);
        recheckAt = Earlier(recheckAt, deadline?.At);
        return demand;
    }

    private static PodDemand Stop(V1Pod pod, PodTasks tasks, PodNode? node, DateTimeOffset now, out DateTimeOffset? recheckAt)
    {
        recheckAt = null;
        foreach (var task in tasks.Tasks)
        {
            if (TaskHealth.StopDue(pod, tasks, task, node) is not var (at, cause))
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
