using System.Collections.Immutable;
using Google.Protobuf;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>Tells the master of the tasks in Pods, and asks for what has to be done to Pods because of how they are.</summary>
internal sealed class TaskWatch(
    Informer<V1Node> nodes,
    ClusterParts parts,
    ObserverSettings settings,
    PodSight sight,
    Alarms alarms,
    Action<Doubt> ask,
    Action<TaskPod> adopted,
    ILogger log)
{
    private static readonly TimeSpan LookWhenIdle = TimeSpan.FromSeconds(1);

    private readonly Dictionary<PodKey, ImmutableArray<ByteString>> _told = [];

    /// <summary>Pods that are not seen any more, until the API server says that they are gone: the last that was seen of them.</summary>
    private readonly Dictionary<Doubt.Pod, TaskPod> _doubted = [];

    /// <summary>Those of them that turned out to be there.</summary>
    private readonly HashSet<Doubt.Pod> _there = [];

    public async Task RecoverAsync(TaskPod pod, CancellationToken cancellationToken)
    {
        var reading = Read(pod);
        await TellRecoveredAsync(pod, reading, cancellationToken);
        _told[PodKey.Of(pod.Pod)] = LatestOf(reading);
    }

    public async Task ObserveAsync(TaskPod pod, CancellationToken cancellationToken)
    {
        var key = PodKey.Of(pod.Pod);
        if (PodTasks.IsReleased(pod.Pod))
        {
            _told.Remove(key);
            alarms.Unset(key);
            return;
        }

        if (parts.Frameworks.IsCompleted(pod.Tasks.FrameworkId) && !IsTold(pod))
        {
            parts.Queue.Enqueue(key, new PodWork.Abandon(pod.Pod.Uid()));
            return;
        }

        var reading = Read(pod);
        LookAgain(key, reading.RecheckAt);

        if (!_told.ContainsKey(key) && !pod.Tasks.Keys.Any(parts.Directory.IsLaunchedHere))
        {
            log.FoundLate(key);
            await TellRecoveredAsync(pod, reading, cancellationToken);
            adopted(pod);
        }

        await TellAsync(key, reading, cancellationToken);
        if (HasVanished(reading))
        {
            ask(new Doubt.End(ObjectKey.Of(pod.Pod), pod.Pod.Uid()));
        }

        Demand(key, reading.Demand);
    }

    /// <summary>How a Pod is of which no end was told in time, as the API server itself says: it may have been silent, not the kubelet.</summary>
    public async Task LearnEndAsync(V1Pod found, CancellationToken cancellationToken)
    {
        if (TaskPod.TryRead(found, parts.Directory.Find(PodKey.Of(found))) is { } pod && !PodTasks.IsReleased(found))
        {
            parts.Directory.See(pod);
            var reading = Read(pod);
            await TellAsync(PodKey.Of(found), reading, cancellationToken);
            await TellVanishedAsync(pod, reading, cancellationToken);
        }
    }

    /// <summary>
    /// The master knows its tasks, and holds what they use until it hears of their end: also when their framework has ended before them.
    /// </summary>
    public bool IsTold(TaskPod pod) => _told.ContainsKey(PodKey.Of(pod.Pod)) || pod.Tasks.Keys.Any(parts.Directory.IsLaunchedHere);

    /// <summary>A Pod is not seen any more: gone, as far as a watch or a list can tell.</summary>
    public void Miss(V1Pod pod)
    {
        var known = parts.Directory.Find(PodKey.Of(pod));
        if (TaskPod.TryRead(pod, known) is not { } last)
        {
            return;
        }

        // What we have done to it may be newer than what was seen. Where another has its name, its task is that one's.
        var released = PodTasks.IsReleased(pod) || (known is not null && (known.Pod.Uid() != pod.Uid() || PodTasks.IsReleased(known.Pod)));
        var doubt = new Doubt.Pod(ObjectKey.Of(pod), pod.Uid());
        if (released)
        {
            Settle(doubt);
            Forget(last);
            return;
        }

        _doubted[doubt] = last;
        ask(doubt);
    }

    /// <param name="found">The Pod, which is there all the same; null: it is gone.</param>
    public async Task LearnAsync(Doubt.Pod doubt, V1Pod? found, CancellationToken cancellationToken)
    {
        if (found is not null)
        {
            if (TaskPod.TryRead(found, parts.Directory.Find(PodKey.Of(found))) is { } there)
            {
                if (_there.Add(doubt))
                {
                    log.ThereAfterAll(doubt);
                }

                parts.Directory.See(there);
                await ObserveAsync(there, cancellationToken);
            }
        }
        else if (_doubted.TryGetValue(doubt, out var last))
        {
            Settle(doubt);
            var reading = sight.ReadGone(last);
            await TellAsync(PodKey.Of(last.Pod), reading, cancellationToken);
            await TellVanishedAsync(last, reading, cancellationToken);
            Forget(last);
        }
    }

    private static bool HasVanished(PodReading reading)
    {
        foreach (var task in reading.Tasks)
        {
            if (task.Vanished is not null)
            {
                return true;
            }
        }

        return false;
    }

    private PodReading Read(TaskPod pod)
    {
        var node = pod.Pod.Spec?.NodeName is { Length: > 0 } name ? nodes.Current.Find(null, name) : null;
        return sight.Read(pod, node is null ? null : new PodNode(NodeReader.DrainOf(node, settings.Nodes, pod.Pod), NodeReader.WellSince(node)));
    }

    private async Task TellRecoveredAsync(TaskPod pod, PodReading reading, CancellationToken cancellationToken)
    {
        foreach (var (task, told) in pod.Tasks.Tasks.Zip(reading.Tasks))
        {
            if (!PodWorker.IsAcknowledged(pod.Pod, told))
            {
                await TellAsync(
                    new MasterInput.TaskRecovered(pod.Tasks.FrameworkId, pod.Tasks.Agent, task, pod.Tasks.Executor, told.Statuses), cancellationToken);
            }
        }
    }

    private async Task TellAsync(PodKey key, PodReading reading, CancellationToken cancellationToken)
    {
        var latest = LatestOf(reading);
        var told = _told.GetValueOrDefault(key);
        foreach (var (index, task) in reading.Tasks.Index())
        {
            if (!latest[index].IsEmpty && (told.IsDefault || told[index] != latest[index]))
            {
                await TellAsync(new MasterInput.TaskObserved(task.Key, task.Statuses), cancellationToken);
            }
        }

        _told[key] = latest;
    }

    private async Task TellVanishedAsync(TaskPod pod, PodReading reading, CancellationToken cancellationToken)
    {
        foreach (var task in reading.Tasks.Where(task => task.Vanished is not null))
        {
            log.PodVanished(PodKey.Of(pod.Pod));
            await TellAsync(new MasterInput.TaskVanished(task.Key, task.Vanished!), cancellationToken);
        }
    }

    private void Settle(Doubt.Pod doubt)
    {
        _doubted.Remove(doubt);
        _there.Remove(doubt);
    }

    private void Forget(TaskPod pod)
    {
        var key = PodKey.Of(pod.Pod);
        if (parts.Directory.Find(key) is { } known && known.Pod.Uid() == pod.Pod.Uid())
        {
            parts.Directory.Gone(known);
            _told.Remove(key);
            alarms.Unset(key);
        }
    }

    private void LookAgain(PodKey key, DateTimeOffset? due)
    {
        if (due is { } at)
        {
            alarms.Set(key, at, book => book.NotePod(new ObjectKey(key.Namespace, key.Name)));
        }
        else
        {
            alarms.Unset(key);
        }
    }

    /// <summary>The uuid of each task's newest update: a history may also get shorter, as when an eviction wipes a Pod's status.</summary>
    private static ImmutableArray<ByteString> LatestOf(PodReading reading) =>
        [.. reading.Tasks.Select(task => task.Statuses is [.., var last] ? last.Uuid : ByteString.Empty)];

    private void Demand(PodKey key, PodDemand demand)
    {
        PodWork? work = demand switch
        {
            PodDemand.GiveUp giveUp => new PodWork.GiveUp(giveUp.Message),
            PodDemand.EndGroup => new PodWork.EndGroup(),
            PodDemand.Stop stop => new PodWork.Stop(stop.Cause, stop.Container),
            PodDemand.FinishDeletion => new PodWork.FinishDeletion(),
            PodDemand.MarkDrained drained => new PodWork.MarkDrained(drained.Why),
            _ => null,
        };
        if (work is null)
        {
            return;
        }

        if (!parts.Queue.IsBusy(key))
        {
            parts.Queue.Enqueue(key, work);
        }
        else
        {
            // What is under way may change the Pod, and the demand with it; or not, as the end of its creation.
            alarms.Set((key, nameof(LookWhenIdle)), alarms.Now + LookWhenIdle, book => book.NotePod(new ObjectKey(key.Namespace, key.Name)));
        }
    }

    private ValueTask TellAsync(MasterInput input, CancellationToken cancellationToken) => parts.Inbox.PostAsync(input, cancellationToken);
}
