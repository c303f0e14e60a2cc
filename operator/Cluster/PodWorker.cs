using System.Collections.Concurrent;
using System.Diagnostics;
using Google.Protobuf;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Events;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Task = System.Threading.Tasks.Task;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>Creates, marks, deletes and releases Pods. Each piece of work can be done again after it was done by halves.</summary>
internal sealed class PodWorker(
    IKubernetes kubernetes,
    TaskDirectory directory,
    AgentDirectory agents,
    FrameworkCatalog frameworks,
    PodCompanions companions,
    PlaceLedger places,
    Func<string, V1Node?> findNode,
    IMasterInbox inbox,
    EventRecorder events,
    PodSight sight,
    TimeProvider clock,
    ILogger log) : IPodWorker
{
    private static readonly TimeSpan LongestWaitForRemoval = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookForRemovalEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>Tasks of groups whose end is acknowledged while others of the group still run or wait.</summary>
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<TaskKey, byte>> _acknowledged = new();

    public Task DoAsync(PodKey pod, PodWork work, CancellationToken cancellationToken) => work switch
    {
        PodWork.Create create => CreateAsync(pod, create.Launch, cancellationToken),
        PodWork.Kill kill => KillAsync(pod, kill, cancellationToken),
        PodWork.EndGroup => EndGroupAsync(pod, cancellationToken),
        PodWork.Stop stop => StopAsync(pod, stop, cancellationToken),
        PodWork.GiveUp giveUp => GiveUpWaitingAsync(pod, giveUp, cancellationToken),
        PodWork.FinishDeletion => FinishDeletionAsync(pod, cancellationToken),
        PodWork.MarkDrained drained => MarkDrainedAsync(pod, drained.Why, cancellationToken),
        PodWork.Release release => ReleaseAsync(pod, release.Task, cancellationToken),
        PodWork.Abandon abandon => AbandonAsync(pod, abandon.Uid, cancellationToken),
        PodWork.Remove remove => DeleteAsync(pod, remove.Uid, graceSeconds: 0, cancellationToken),
        _ => throw new UnreachableException(work.GetType().Name),
    };

    public async Task FailedAsync(PodKey pod, PodWork work, Exception failure, CancellationToken cancellationToken)
    {
        if (work is PodWork.Create create)
        {
            places.Drop(new ObjectKey(pod.Namespace, pod.Name));
            await RefuseAsync(create.Launch, failed: true, Reason.ContainerLaunchFailed, $"Failed to launch container: {failure.Message}", cancellationToken);
        }
    }

    // ---- launch ----

    private async Task CreateAsync(PodKey key, MasterEffect.Launch launch, CancellationToken cancellationToken)
    {
        if (!agents.TryFindNode(launch.Agent.Id, out var nodeName))
        {
            await RefuseAsync(launch, failed: false, Reason.AgentRemoved, "Agent removed", cancellationToken);
            return;
        }

        var settings = frameworks.SettingsOf(launch.FrameworkId) with { Namespace = key.Namespace };
        switch (PodBuilder.Plan(launch, nodeName, settings))
        {
            case PodPlan.Refused { Reason: var refusal }:
                await RefuseAsync(launch, failed: true, refusal.ReasonFor(launch.Executor is not null), refusal.Message, cancellationToken);
                break;
            case PodPlan.Made plan when places.Take(ObjectKey.Of(plan.Pod), plan.Pod, findNode(nodeName) is { } node ? NodeCapacity.PodPlaces(node) : null) is { } problem:
                await RefuseAsync(launch, failed: false, Reason.InvalidOffers, PodEnd.Outdated(problem), cancellationToken);
                break;
            case PodPlan.Made plan:
                await MakeAllAsync(key, launch, plan, cancellationToken);
                break;
        }
    }

    private async Task MakeAllAsync(PodKey key, MasterEffect.Launch launch, PodPlan.Made plan, CancellationToken cancellationToken)
    {
        IReadOnlyList<V1Secret> awaiting = [];
        string? complaint;
        try
        {
            awaiting = await companions.PrepareAsync(plan, launch.FrameworkId, cancellationToken);
            complaint = await MakeAsync(key, plan.Pod, cancellationToken);
        }
        catch (KubernetesException refusal) when (!PodQueue.Passes(refusal))
        {
            complaint = refusal.Message;
        }

        if (complaint is not null)
        {
            places.Drop(ObjectKey.Of(plan.Pod));
            await companions.DiscardAsync(awaiting, cancellationToken);
            await RefuseAsync(launch, failed: true, Reason.ContainerLaunchFailed, $"Failed to launch container: {complaint}", cancellationToken);
        }
        else if (awaiting.Count + plan.Services.Length > 0 && await FindAsync(key, cancellationToken) is { } found)
        {
            await CompleteAsync(key, found, plan, awaiting, cancellationToken);
        }
    }

    private async Task CompleteAsync(PodKey key, TaskPod found, PodPlan.Made plan, IReadOnlyList<V1Secret> awaiting, CancellationToken cancellationToken)
    {
        try
        {
            await companions.CompleteAsync(found, plan, awaiting, cancellationToken);
        }
        catch (KubernetesException refusal) when (!PodQueue.Passes(refusal))
        {
            await GiveUpAsync(key, new PodWork.GiveUp(refusal.Message), cancellationToken);
        }
    }

    /// <returns>Why it cannot be; null once it is.</returns>
    private async Task<string?> MakeAsync(PodKey key, V1Pod pod, CancellationToken cancellationToken)
    {
        var until = clock.GetUtcNow() + LongestWaitForRemoval;
        while (true)
        {
            try
            {
                Made(await kubernetes.CreateAsync(pod, cancellationToken));
                return null;
            }
            catch (KubernetesException taken) when (taken is { StatusCode: 409, Reason: "AlreadyExists" })
            {
                // Resolved below.
            }
            catch (KubernetesException refusal) when (!PodQueue.Passes(refusal))
            {
                return refusal.Message;
            }

            if (await GetAsync(key, cancellationToken) is not { } existing)
            {
                continue; // It went away between the two calls.
            }

            if (IsSameLaunch(existing, pod))
            {
                Made(existing); // By an attempt whose answer was lost.
                return null;
            }

            if (!PodTasks.IsOurs(existing) || !PodTasks.IsReleased(existing) || clock.GetUtcNow() >= until)
            {
                return $"Pod {key} exists already and is not this task's";
            }

            log.ReplacesReleased(key);
            await DeleteAsync(key, existing.Uid(), graceSeconds: 0, cancellationToken);
            await Task.Delay(LookForRemovalEvery, clock, cancellationToken);
        }
    }

    private void Made(V1Pod pod)
    {
        places.Made(pod);
        See(pod);
    }

    private static bool IsSameLaunch(V1Pod existing, V1Pod wanted) =>
        PodTasks.IsOurs(existing)
        && !PodTasks.IsReleased(existing)
        && existing.GetAnnotation(TaskMarks.Acknowledged) is null
        && PodPlace.NodeOf(existing) == PodPlace.NodeOf(wanted)
        && new[] { TaskMarks.FrameworkId, TaskMarks.TaskInfo, TaskMarks.TaskGroup, TaskMarks.ExecutorInfo }
            .All(mark => existing.GetAnnotation(mark) == wanted.GetAnnotation(mark));

    private async Task RefuseAsync(MasterEffect.Launch launch, bool failed, Reason reason, string message, CancellationToken cancellationToken)
    {
        foreach (var task in launch.Tasks)
        {
            var key = new TaskKey(launch.FrameworkId, new TaskId(task.TaskId.Value));
            log.LaunchRefused(key, message);
            directory.LaunchFailed(key);
            await inbox.PostAsync(new MasterInput.LaunchRefused(key, failed, reason, message), cancellationToken);
        }

        if (frameworks.ResourceOf(launch.FrameworkId) is { } resource)
        {
            events.Warning(resource, "LaunchRefused", $"Task {launch.Tasks[0].TaskId.Value}: {message}");
        }
    }

    // ---- end ----

    private async Task KillAsync(PodKey key, PodWork.Kill kill, CancellationToken cancellationToken)
    {
        if (await FindAsync(key, cancellationToken) is not { } found)
        {
            await inbox.PostAsync(new MasterInput.TaskObserved(kill.Task, [KilledWithoutPod(kill)]), cancellationToken);
            return;
        }

        var reading = sight.Read(found);
        if (reading.Tasks.FirstOrDefault(task => task.Key == kill.Task) is null or { Terminal: not null })
        {
            return;
        }

        await KillPodAsync(key, found, reading, kill.Grace, cancellationToken);
    }

    private async Task EndGroupAsync(PodKey key, CancellationToken cancellationToken)
    {
        if (await FindAsync(key, cancellationToken) is { } found && sight.Read(found) is { IsTerminal: false } reading)
        {
            await KillPodAsync(key, found, reading, grace: null, cancellationToken);
        }
    }

    private async Task StopAsync(PodKey key, PodWork.Stop stop, CancellationToken cancellationToken)
    {
        // It may have become healthy while this waited.
        if (await FindAsync(key, cancellationToken) is { } found && sight.Read(found) is { Demand: PodDemand.Stop } reading)
        {
            await KillPodAsync(key, found, reading, grace: null, cancellationToken, stop);
        }
    }

    /// <summary>Marks first and deletes then: whoever finds the Pod later knows whose wish its end was.</summary>
    private async Task KillPodAsync(PodKey key, TaskPod found, PodReading reading, TimeSpan? grace, CancellationToken cancellationToken, PodWork.Stop? stop = null)
    {
        var pod = found.Pod;
        if (PodContainers.KillRequestedAt(pod) is null)
        {
            if (await PatchAsync(key, PodMarking.KillRequested(pod, clock.GetUtcNow(), Spared(found, reading), stop), pod.Uid(), cancellationToken) is not { } marked)
            {
                return;
            }

            events.Normal(marked, "Killing", stop?.Cause switch
            {
                null => "The framework asked for the task's end",
                StopCause.Unhealthy => $"The task in container {stop.Container} has failed its health check too often",
                _ => $"The task in container {stop.Container} has reached its max_completion_time",
            });
        }

        await DeleteAsync(key, pod.Uid(), grace is { } given ? Math.Max(1, (long)Math.Ceiling(Spans.OfSeconds(given.TotalSeconds).TotalSeconds)) : null, cancellationToken);
    }

    private static string[] Spared(TaskPod found, PodReading reading) =>
        found.Tasks.Executor is null ? [] : [.. reading.Tasks.Where(task => task.Terminal is not null).Select(task => task.Container)];

    /// <summary>It may have started while nothing new was seen.</summary>
    private async Task GiveUpWaitingAsync(PodKey key, PodWork.GiveUp giveUp, CancellationToken cancellationToken)
    {
        if (await GetAsync(key, cancellationToken) is { } now && See(now) is { } found
            && found.Tasks.Tasks.Any(task => !PodContainers.HasRun(PodContainers.StatusOf(now, found.Tasks.ContainerOf(task)))))
        {
            await GiveUpAsync(key, giveUp, cancellationToken);
        }
    }

    private async Task GiveUpAsync(PodKey key, PodWork.GiveUp giveUp, CancellationToken cancellationToken)
    {
        if (await FindAsync(key, cancellationToken) is not { } found || sight.Read(found) is not { IsTerminal: false } reading)
        {
            return;
        }

        if (await PatchAsync(key, PodMarking.LaunchFailed(found.Pod, giveUp.Message, Spared(found, reading)), found.Pod.Uid(), cancellationToken) is { } marked)
        {
            events.Warning(marked, "GaveUp", giveUp.Message);
            await DeleteAsync(key, found.Pod.Uid(), graceSeconds: null, cancellationToken);
        }
    }

    private async Task FinishDeletionAsync(PodKey key, CancellationToken cancellationToken)
    {
        if (await FindAsync(key, cancellationToken) is { } found && !found.Pod.IsDeleting())
        {
            await DeleteAsync(key, found.Pod.Uid(), graceSeconds: null, cancellationToken);
        }
    }

    private async Task MarkDrainedAsync(PodKey key, string why, CancellationToken cancellationToken)
    {
        if (await FindAsync(key, cancellationToken) is { } found && found.Pod.IsDeleting() && PodDrain.Of(found.Pod) is null
            && await PatchAsync(key, PodMarking.Drained(found.Pod, why), found.Pod.Uid(), cancellationToken) is { } marked)
        {
            events.Normal(marked, "Draining", $"The task ends because {why}");
        }
    }

    // ---- release ----

    private async Task ReleaseAsync(PodKey key, TaskKey task, CancellationToken cancellationToken)
    {
        if (await FindAsync(key, cancellationToken) is not { } found || PodTasks.IsReleased(found.Pod) || !found.Tasks.Keys.Contains(task))
        {
            return;
        }

        var uid = found.Pod.Uid();
        var acknowledged = _acknowledged.GetOrAdd(uid, _ => new());
        acknowledged.TryAdd(task, 0);
        var reading = sight.Read(found);
        var marks = (found.Pod.GetAnnotation(TaskMarks.Acknowledged) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Concat(reading.Tasks.Where(t => acknowledged.ContainsKey(t.Key)).Select(Mark)).Distinct().ToArray();
        if (reading.Tasks.All(t => acknowledged.ContainsKey(t.Key) || IsAcknowledged(found.Pod, t)))
        {
            // First: nobody looks after a Pod that is released.
            await EndIfAliveAsync(key, found, cancellationToken);
            await PatchAsync(key, PodMarking.Released(found.Pod, string.Join(',', marks)), uid, cancellationToken);
            _acknowledged.TryRemove(uid, out _);
        }
        else
        {
            await PatchAsync(key, PodMarking.Acknowledged(found.Pod, string.Join(',', marks)), uid, cancellationToken);
        }
    }

    /// <summary>The uuid of the update that was acknowledged; of one that the master made by itself, the task's id.</summary>
    private static string Mark(TaskReading task) => task.Terminal is { } end ? Mark(end.Uuid) : OwnMark(task);

    private static string OwnMark(TaskReading task) => PodNames.LabelValue(task.Key.Task.Value);

    private static string Mark(ByteString uuid) => new Guid(uuid.Span, bigEndian: true).ToString("D");

    /// <summary>Some end of the task has been acknowledged, also if the Pod tells another by now. Only of groups, of which another task is not over yet.</summary>
    public static bool IsAcknowledged(V1Pod pod, TaskReading task) =>
        pod.GetAnnotation(TaskMarks.Acknowledged)?.Split(',') is { } marks
        && (marks.Contains(OwnMark(task)) || marks.Contains(Mark(task)) || TaskHistory.EndUuids(pod, task.Key.Task.Value).Any(uuid => marks.Contains(Mark(uuid))));

    private async Task AbandonAsync(PodKey key, string uid, CancellationToken cancellationToken)
    {
        if (await FindAsync(key, cancellationToken) is { } found && found.Pod.Uid() == uid && !PodTasks.IsReleased(found.Pod))
        {
            await EndIfAliveAsync(key, found, cancellationToken);
            await PatchAsync(key, PodMarking.Released(found.Pod, TaskMarks.Abandoned), uid, cancellationToken);
        }
    }

    /// <summary>A task that ended in the master only, as with its agent, must not run on unseen.</summary>
    private Task EndIfAliveAsync(PodKey key, TaskPod found, CancellationToken cancellationToken) =>
        sight.Read(found).IsTerminal
            ? Task.CompletedTask
            : DeleteAsync(key, found.Pod.Uid(), agents.TryFindNode(found.Tasks.Agent, out _) ? null : 0, cancellationToken);

    // ---- calls ----

    private async Task<TaskPod?> FindAsync(PodKey key, CancellationToken cancellationToken) =>
        directory.Find(key) ?? (await GetAsync(key, cancellationToken) is { } pod ? See(pod) : null);

    private TaskPod? See(V1Pod pod)
    {
        var seen = TaskPod.TryRead(pod);
        if (seen is not null)
        {
            directory.See(seen);
        }

        return seen;
    }

    private async Task<V1Pod?> GetAsync(PodKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await kubernetes.GetAsync<V1Pod>(key.Name, key.Namespace, cancellationToken);
        }
        catch (KubernetesException gone) when (gone.StatusCode == 404)
        {
            return null;
        }
    }

    /// <returns>Null if that Pod is no more.</returns>
    private async Task<V1Pod?> PatchAsync(PodKey key, V1Patch patch, string uid, CancellationToken cancellationToken)
    {
        try
        {
            var patched = await kubernetes.PatchAsync<V1Pod>(patch, key.Name, key.Namespace, cancellationToken: cancellationToken);
            See(patched);
            return patched;
        }
        catch (KubernetesException gone) when (gone.StatusCode == 404)
        {
            return null;
        }
        catch (KubernetesException refused) when (refused.StatusCode is 409 or 422)
        {
            // A uid that is not the Pod's is refused with either. Anything else is a failure.
            if (await GetAsync(key, cancellationToken) is { } now && now.Uid() == uid)
            {
                throw;
            }

            return null;
        }
    }

    /// <param name="graceSeconds">Null: the Pod's own.</param>
    private async Task DeleteAsync(PodKey key, string uid, long? graceSeconds, CancellationToken cancellationToken)
    {
        try
        {
            var options = new V1DeleteOptions { GracePeriodSeconds = graceSeconds, Preconditions = new V1Preconditions { Uid = uid } };
            await kubernetes.DeleteAsync<V1Pod>(key.Name, key.Namespace, options, cancellationToken);
        }
        catch (KubernetesException gone) when (gone.StatusCode is 404 or 409)
        {
            // That Pod is no more.
        }
    }

    private TaskStatus KilledWithoutPod(PodWork.Kill kill) => new()
    {
        TaskId = new TaskID { Value = kill.Task.Task.Value },
        AgentId = new AgentID { Value = kill.Agent.Value },
        ExecutorId = new ExecutorID { Value = kill.Task.Task.Value },
        State = TaskState.TaskKilled,
        Source = TaskStatus.Types.Source.Agent,
        Reason = Reason.TaskKilledDuringLaunch,
        Message = "Killed before delivery to the executor",
        Timestamp = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds,
        Uuid = MesosUuid.Derive($"no pod\n{kill.Task}"),
    };
}
