using Google.Protobuf;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Simulation.Bridges;
using MesosK8sBridge.Simulation.Cluster;
using MesosK8sBridge.Simulation.Time;
using Source = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Source;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Simulation.Audit;

/// <summary>
/// Watches everything: what passes the master, what happens to Pods, what frameworks are told. Knows the truth, and says where
/// something that was told is not it.
/// </summary>
internal sealed class Auditor
{
    private readonly World _world;
    private readonly Chronicle _chronicle;
    private readonly ApiServer _server;
    private readonly Fleet _fleet;
    private readonly Dictionary<TaskKey, Work> _works = [];
    private readonly Dictionary<string, TaskKey[]> _launches = [];
    private readonly Dictionary<string, PodTruth> _pods = [];
    private readonly HashSet<FrameworkId> _gone = [];
    private readonly Dictionary<(StreamId Stream, ByteString Uuid), (DateTimeOffset First, int Times)> _sent = [];
    private readonly HashSet<TaskKey> _declaredEnded = [];

    public Auditor(World world, Chronicle chronicle, ApiServer server, Fleet fleet)
    {
        (_world, _chronicle, _server, _fleet) = (world, chronicle, server, fleet);
        server.PodChanged += Watch;
        fleet.Refused = Refused;
    }

    public OfferLedger Offers => field ??= new OfferLedger(_world, _chronicle);

    /// <summary>Nobody but the bridge puts Pods on nodes or takes nodes away, so that each launch finds the room it was offered.</summary>
    public bool RoomIsCertain { get; set; } = true;

    public int Tasks { get; private set; }

    public int Ended { get; private set; }

    public int Updates { get; private set; }

    public IEnumerable<Work> Works => _works.Values;

    public IEnumerable<PodTruth> Pods => _pods.Values;

    // ---- what passes the master ----

    public void Heard(SimBridge bridge, MasterInput input)
    {
        _chronicle.Note(Wording.Of(bridge.Number, input));
        Offers.Heard(bridge, input);
    }

    public void Done(SimBridge bridge, MasterEffect effect)
    {
        if (Wording.Of(bridge.Number, effect) is { } words)
        {
            _chronicle.Note(words);
        }

        Offers.Done(bridge, effect);
        switch (effect)
        {
            case MasterEffect.Launch launch:
                _launches[PodBuilder.NameOf(launch)] =
                    [.. launch.Tasks.Select(task => new TaskKey(launch.FrameworkId, new TaskId(task.TaskId.Value)))];
                break;
            case MasterEffect.Send { Event.Update: { Status: { } status } } send:
                Sent(send.Stream, status);
                break;
            case MasterEffect.RecordFramework { Registration: { Phase: FrameworkPhase.Completed } registration }:
                FrameworkGone(registration.Id);
                break;
        }
    }

    /// <summary>An update that nobody acknowledges is sent again, but ever more rarely.</summary>
    private void Sent(StreamId stream, TaskStatus status)
    {
        if (!status.HasUuid)
        {
            return;
        }

        var (first, times) = _sent.GetValueOrDefault((stream, status.Uuid), (_world.Now, 0));
        if (_world.Now - first > TimeSpan.FromSeconds(60))
        {
            (first, times) = (_world.Now, 0);
        }

        _sent[(stream, status.Uuid)] = (first, times + 1);
        if (times + 1 > 6)
        {
            _chronicle.Violated("updates are sent again with growing pauses", $"{times + 1} times in a minute: {status.TaskId.Value} {status.State}", status.TaskId.Value);
        }

        if (_sent.Count > 10_000)
        {
            _sent.Clear();
        }
    }

    // ---- what frameworks do and see ----

    public Work Launched(TaskKey key, string agent, string? group)
    {
        if (_works.TryGetValue(key, out var work) && !work.IsOver)
        {
            work.Asked++;
            return work;
        }

        Tasks++;
        return _works[key] = new Work(key, agent, _world.Now, group) { Before = work };
    }

    public Work? Find(TaskKey key) => _works.GetValueOrDefault(key);

    public void KillSent(TaskKey key)
    {
        if (_works.TryGetValue(key, out var work))
        {
            work.KillSent = true;
            foreach (var other in work.Group is null ? [] : _works.Values.Where(w => w.Group == work.Group && w.Key.Framework == key.Framework))
            {
                other.KillSent = true;
            }
        }
    }

    /// <summary>A framework has been removed: of its tasks nobody is told any more, but they end.</summary>
    public void FrameworkGone(FrameworkId framework)
    {
        if (_gone.Add(framework))
        {
            foreach (var work in _works.Values.Where(work => work.Key.Framework == framework))
            {
                work.IsOrphan = true;
            }
        }
    }

    public void Received(FrameworkId framework, TaskStatus status)
    {
        Updates++;
        var key = new TaskKey(framework, new TaskId(status.TaskId.Value));
        if (!_works.TryGetValue(key, out var work))
        {
            return; // Somebody asked for a task that never was.
        }

        if (status.HasUuid)
        {
            ReceivedReliable(work, status);
        }
        else
        {
            ReceivedWord(work, status);
        }
    }

    public void Acknowledged(Work work, ByteString uuid)
    {
        if (work.End is not null && work.Newest == uuid && !work.IsAcknowledged)
        {
            work.IsAcknowledged = true;
            Ended++;
        }
    }

    private void ReceivedReliable(Work work, TaskStatus status)
    {
        if (work.Newest == status.Uuid || work.Before?.Newest == status.Uuid)
        {
            work.Written = work.End is null ? null : work.Written; // Once more: it is alive, whatever was said in between.
            return;
        }

        if (work.Knows(status.Uuid))
        {
            Violated("updates of a task come in order", $"{status.State} comes again after {work.State}", work);
            return;
        }

        if (work.End is not null)
        {
            Violated("nothing comes after the end of a task", $"{status.State} after {work.End}{(work.IsAcknowledged ? ", which is acknowledged" : "")}", work);
            return;
        }

        var rank = Work.RankOf(status.State);
        if (rank <= work.Rank && work.Asked > 1 && WasTakenAway(work))
        {
            work = _works[work.Key] = new Work(work.Key, work.Agent, _world.Now, work.Group) { Before = work };
        }

        if (rank <= work.Rank)
        {
            Violated("states move along legal transitions", $"{status.State} after {work.State}", work);
        }

        work.Take(status.Uuid, status.State, rank);
        if (rank == 4)
        {
            CheckEnd(work, status);
        }
    }

    /// <summary>What the master makes up itself: answers, and the fate of tasks on nodes that are out of reach or gone.</summary>
    private void ReceivedWord(Work work, TaskStatus status)
    {
        var isOfLaunch = status.State == TaskState.TaskError || status.Reason == TaskStatus.Types.Reason.InvalidOffers;
        if (isOfLaunch && work.Asked > 1)
        {
            return; // One of the launches that should not have been; which one, nobody can tell.
        }

        switch (status.State)
        {
            case TaskState.TaskUnreachable:
                break;
            case TaskState.TaskLost or TaskState.TaskGone or TaskState.TaskUnknown or TaskState.TaskGoneByOperator or TaskState.TaskDropped:
                CheckWritten(work, status);
                work.Written ??= $"{status.State} {status.Reason} {status.Message}";
                break;
            case TaskState.TaskError:
                work.Written ??= $"{status.State} {status.Message}";
                break;
            default:
                if (Work.RankOf(status.State) < work.Rank || (work.End is { } end && end != status.State))
                {
                    Violated("states move along legal transitions", $"{status.State} ({status.Message}) after {work.State}", work);
                }

                if (Work.RankOf(status.State) < 4)
                {
                    work.Written = null; // It is alive after all.
                }

                break;
        }
    }

    /// <summary>Lost or gone may be told of a task only if nothing of it runs where it could be asked.</summary>
    private void CheckWritten(Work work, TaskStatus status)
    {
        if (status.Reason == TaskStatus.Types.Reason.AgentRemoved && status.UnreachableTime is not null)
        {
            return; // Out of reach: what frameworks without PARTITION_AWARE are told then.
        }

        if (RunningPodOf(work) is { } pod && !pod.IsDisturbed)
        {
            Violated("what runs is not told dead", $"{status.State} ({status.Message}) while Pod {pod.Name} runs", work);
        }
    }

    private void CheckEnd(Work work, TaskStatus status)
    {
        if (PodOf(status) is not { } pod)
        {
            if (RunningPodOf(work) is { IsDisturbed: false } running)
            {
                Violated("what runs is not told dead", $"{status.State} ({status.Message}) while Pod {running.Name} runs", work);
            }

            return;
        }

        if (pod.Told.TryGetValue(work.Key, out var told) && told != status.Uuid)
        {
            Violated("one end for each task", $"a second {status.State}", work);
        }

        pod.Told[work.Key] = status.Uuid;
        if (ContainerOf(pod, work) is { } container)
        {
            CheckTruth(work, status, pod, container);
        }
    }

    private void CheckTruth(Work work, TaskStatus status, PodTruth pod, LocalContainer container)
    {
        if (container.IsRunning && !pod.IsDisturbed)
        {
            Violated("what runs is not told dead", $"{status.State} ({status.Message}) while it runs", work);
        }
        else if (status.State == TaskState.TaskFinished && container.Exit != 0)
        {
            Violated("the end told is the end there was", $"{status.State}, but it exited with {container.Exit}", work);
        }
        else if (container is { EndedAt: not null, Exit: 0 } && status.State is not (TaskState.TaskFinished or TaskState.TaskKilled) && !pod.IsDisturbed)
        {
            Violated("the end told is the end there was", $"{status.State} ({status.Message}), but it exited with 0", work);
        }
        else if (status.State == TaskState.TaskKilled && !work.KillSent && work.Group is null && status.Reason != TaskStatus.Types.Reason.AgentDraining)
        {
            Violated("the end told is the end there was", $"{status.State}, but nobody asked for it", work);
        }
    }

    // ---- what happens to Pods ----

    /// <summary>Somebody does something to a Pod or its node that may end it in ways nobody can tell.</summary>
    public void Disturb(V1Pod pod)
    {
        if (_pods.TryGetValue(pod.Uid(), out var truth))
        {
            truth.IsDisturbed = true;
        }
    }

    public void DisturbNode(string node)
    {
        foreach (var pod in _server.Pods.Where(pod => pod.Spec?.NodeName == node))
        {
            Disturb(pod);
        }
    }

    private void Watch(V1Pod? before, V1Pod? after)
    {
        if (before is null && after is not null && PodTasks.IsOurs(after))
        {
            _pods[after.Uid()] = new PodTruth(after.Uid(), after.Name(), after.Spec!.NodeName!, _launches.GetValueOrDefault(after.Name()) ?? []);
        }

        if ((after ?? before) is { } pod && _pods.TryGetValue(pod.Uid(), out var truth))
        {
            if (before is not null && !PodTasks.IsReleased(before) && (after is null || PodTasks.IsReleased(after)))
            {
                Released(truth);
            }

            truth.IsThere = after is not null;
            truth.IsHeld = after is not null && !PodTasks.IsReleased(after);
            if (after is null)
            {
                Bury();
            }
        }
    }

    /// <summary>Let go of while its framework waits for its end: if the bridge dies now, nobody will ever tell it.</summary>
    private void Released(PodTruth pod)
    {
        foreach (var key in pod.IsDisturbed ? [] : pod.Tasks)
        {
            if (_works.TryGetValue(key, out var work) && !work.IsOver && !_gone.Contains(key.Framework) && !_declaredEnded.Contains(key))
            {
                Violated("a Pod is held until its end is acknowledged", $"Pod {pod.Name} is let go of; last told {work.State}", work);
            }
        }
    }

    /// <summary>Of Pods long gone nobody needs the truth.</summary>
    private void Bury()
    {
        if (_pods.Count > 4_000)
        {
            foreach (var old in _pods.Values.Where(pod => !pod.IsThere && pod.Tasks.All(IsOver)).Take(2_000).ToList())
            {
                _pods.Remove(old.Uid);
            }
        }
    }

    private bool IsOver(TaskKey key) => !_works.TryGetValue(key, out var work) || work.IsOver;

    private void Refused(V1Pod pod)
    {
        _chronicle.Note($"kubelet of {pod.Spec!.NodeName} has no room for Pod {pod.Name()}");
        if (RoomIsCertain && PodTasks.IsOurs(pod) && !_pods[pod.Uid()].IsDisturbed)
        {
            _chronicle.Violated("no resource is used twice", $"the kubelet of {pod.Spec!.NodeName} has no room for Pod {pod.Name()}", pod.Name(), pod.Spec.NodeName!);
        }
    }

    private PodTruth? PodOf(TaskStatus status)
    {
        var id = status.ContainerStatus?.ContainerId;
        return (id?.Parent ?? id)?.Value is { } uid ? _pods.GetValueOrDefault(uid) : null;
    }

    /// <summary>Somebody has removed its Pod while nobody knew of the task's end: the master may forget it, and its framework use the id again.</summary>
    private bool WasTakenAway(Work work) => _pods.Values.Any(pod => pod is { IsThere: false, IsDisturbed: true } && pod.Tasks.Contains(work.Key));

    private PodTruth? RunningPodOf(Work work) =>
        _pods.Values.FirstOrDefault(pod => pod.Tasks.Contains(work.Key) && ContainerOf(pod, work) is { IsRunning: true });

    private LocalContainer? ContainerOf(PodTruth pod, Work work)
    {
        if (_fleet.KubeletOf(pod.Node)?.Pods.GetValueOrDefault(pod.Uid) is not { } local)
        {
            return null;
        }

        var name = work.Group is null ? PodNames.SingleContainer : PodNames.ContainerInGroup(work.Key.Task);
        return local.Containers.FirstOrDefault(container => container.Name == name);
    }

    private void Violated(string rule, string what, Work work) =>
        _chronicle.Violated(rule, $"task {work.Key.Task}: {what}", work.Key.Task.Value, work.Agent);

    // ---- the end of a run ----

    public void CheckOutcome(SimBridge? bridge)
    {
        foreach (var work in _works.Values.Where(work => !work.IsOver))
        {
            Violated("every task ends, and its end is told and acknowledged", $"last told {work.State?.ToString() ?? "nothing"}, launched {work.LaunchedAt:u}", work);
        }

        foreach (var pod in _pods.Values.Where(pod => pod.IsHeld))
        {
            _chronicle.Violated("every Pod belongs to a known task or is let go", $"Pod {pod.Name} is still held", [pod.Name, .. pod.Tasks.Select(t => t.Task.Value)]);
        }

        foreach (var pod in _server.Pods.Where(pod => PodTasks.IsOurs(pod) && pod.Status?.Phase is not ("Succeeded" or "Failed") && !_pods[pod.Uid()].IsHeld))
        {
            _chronicle.Violated("every Pod belongs to a known task or is let go", $"Pod {pod.Name()} runs, and nobody knows it", pod.Name());
        }

        if (bridge?.Master is { } master)
        {
            Books.CheckEmpty(master.Snapshot, _chronicle);
        }
    }
}

/// <summary>One Pod, whether it is still there or not.</summary>
internal sealed class PodTruth(string uid, string name, string node, TaskKey[] tasks)
{
    public string Uid { get; } = uid;

    public string Name { get; } = name;

    public string Node { get; } = node;

    public TaskKey[] Tasks { get; } = tasks;

    /// <summary>Somebody had a hand in it: how it ended is not for us to judge.</summary>
    public bool IsDisturbed { get; set; }

    public bool IsThere { get; set; }

    public bool IsHeld { get; set; }

    public Dictionary<TaskKey, ByteString> Told { get; } = [];
}
