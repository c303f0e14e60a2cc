using System.Collections.Immutable;
using Google.Protobuf;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>
/// Looks at nodes and Pods, and tells the master what it sees: first everything that earlier lives of the bridge have left,
/// then every change. Level-triggered: it compares what is with what it told, whatever events led there.
/// </summary>
internal sealed class ClusterObserver
{
    public const string NodeIndex = "node";

    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    /// <summary>Timers do not reach further than 49 days; one that rings early rings in vain.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);

    private readonly Informer<V1Node> _nodes;
    private readonly Informer<V1Pod> _pods;
    private readonly ClusterParts _parts;
    private readonly ObserverSettings _settings;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly SightingBook _book = new();
    private readonly Dictionary<string, AgentEntry> _agents = [];
    private readonly Dictionary<PodKey, ImmutableArray<ByteString>> _told = [];
    private readonly PriorityQueue<Action<SightingBook>, DateTimeOffset> _later = new();

    public ClusterObserver(
        Informer<V1Node> nodes, Informer<V1Pod> pods, ClusterParts parts, ObserverSettings settings, TimeProvider clock, ILogger log)
    {
        _nodes = nodes;
        _pods = pods;
        _parts = parts;
        _settings = settings;
        _clock = clock;
        _log = log;
        nodes.AddHandler(_book.Note);
        pods.AddHandler(_book.Note);
    }

    public static InformerOptions<V1Pod> PodInformer { get; } =
        new InformerOptions<V1Pod>().IndexedBy(NodeIndex, pod => pod.Spec?.NodeName is { } node ? [node] : []);

    /// <summary>Tells the master all that is there, and that this is all. Both informers have synced.</summary>
    /// <param name="registrations">Of earlier lives, from the store.</param>
    public async Task RecoverAsync(IReadOnlyCollection<FrameworkRegistration> registrations, CancellationToken cancellationToken)
    {
        _book.Take();
        var (nodes, pods) = (_nodes.Current, _pods.Current);
        var ours = pods.Objects.Select(Sight).OfType<TaskPod>().Where(pod => !PodTasks.IsReleased(pod.Pod)).ToList();
        var known = Recovery.RecoveredFrameworks.Of(registrations, ours, _clock.GetUtcNow());
        foreach (var registration in known)
        {
            _parts.Frameworks.Recover(registration);
            await TellAsync(new MasterInput.FrameworkRecovered(registration), cancellationToken);
        }

        foreach (var node in nodes.Objects)
        {
            await ObserveNodeAsync(node.Name(), cancellationToken);
        }

        var alive = ours.Where(pod => !_parts.Frameworks.IsCompleted(pod.Tasks.FrameworkId)).ToList();
        foreach (var pod in alive)
        {
            await RecoverPodAsync(pod, cancellationToken);
        }

        await TellAsync(new MasterInput.RecoveryCompleted(), cancellationToken);
        _log.Recovered(known.Length, _agents.Count, alive.Sum(pod => pod.Tasks.Tasks.Length));
        await RemoveMissingAgentsAsync(alive, cancellationToken);
        foreach (var pod in ours)
        {
            _book.NotePod(ObjectKey.Of(pod.Pod)); // Demands and deadlines are looked at from now on.
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var alarm = _clock.CreateTimer(_ => _book.Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using var stop = cancellationToken.UnsafeRegister(static book => ((SightingBook)book!).Wake(), _book);
        while (true)
        {
            NoteWhatIsDue();
            SetAlarm(alarm);
            await _book.WhenNoted();
            cancellationToken.ThrowIfCancellationRequested();
            await LookAsync(_book.Take(), cancellationToken);
        }
    }

    // ---- waiting ----

    private void NoteWhatIsDue()
    {
        while (_later.TryPeek(out var note, out var due) && due <= _clock.GetUtcNow())
        {
            _later.Dequeue();
            note(_book);
        }
    }

    /// <summary>Rounds up: timers drop fractions of a millisecond.</summary>
    private void SetAlarm(ITimer alarm)
    {
        var wait = Timeout.InfiniteTimeSpan;
        if (_later.TryPeek(out _, out var next))
        {
            wait = TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling((next - _clock.GetUtcNow()).TotalMilliseconds), 0, LongestSleep.TotalMilliseconds));
        }

        alarm.Change(wait, Timeout.InfiniteTimeSpan);
    }

    // ---- looking ----

    /// <summary>Agents before tasks: what a task frees may still be held by the kubelet, and must not be offered in between.</summary>
    private async Task LookAsync(Sightings sightings, CancellationToken cancellationToken)
    {
        var present = sightings.Pods.Select(key => _pods.Current.Find(key)).OfType<V1Pod>().ToList();
        var ours = present.Select(Sight).OfType<TaskPod>().ToList();
        var nodes = present.Concat(sightings.Gone).Select(pod => pod.Spec?.NodeName).OfType<string>().Concat(sightings.Nodes);
        foreach (var node in nodes.ToHashSet())
        {
            await ObserveNodeAsync(node, cancellationToken);
        }

        foreach (var gone in sightings.Gone)
        {
            await ObserveGoneAsync(gone, cancellationToken);
        }

        foreach (var pod in ours)
        {
            await ObservePodAsync(_parts.Directory.Find(PodKey.Of(pod.Pod)) ?? pod, cancellationToken);
        }
    }

    private TaskPod? Sight(V1Pod pod)
    {
        if (!PodTasks.IsOurs(pod))
        {
            return null;
        }

        var seen = TaskPod.TryRead(pod, _parts.Directory.Find(PodKey.Of(pod)));
        if (seen is null)
        {
            _log.UnreadablePod(PodKey.Of(pod));
            return null;
        }

        _parts.Directory.See(seen);
        return seen;
    }

    // ---- Pods ----

    private async Task RecoverPodAsync(TaskPod pod, CancellationToken cancellationToken)
    {
        var reading = PodReader.Read(pod.Pod, pod.Tasks, _settings.Patience, _clock.GetUtcNow());
        foreach (var (task, told) in pod.Tasks.Tasks.Zip(reading.Tasks))
        {
            if (!IsAcknowledged(pod.Pod, told))
            {
                await TellAsync(
                    new MasterInput.TaskRecovered(pod.Tasks.FrameworkId, pod.Tasks.Agent, task, pod.Tasks.Executor, told.Statuses), cancellationToken);
            }
        }

        _told[PodKey.Of(pod.Pod)] = LatestOf(reading);
    }

    /// <summary>Only of groups, of which another task is not over yet.</summary>
    private static bool IsAcknowledged(V1Pod pod, TaskReading task) =>
        task.Terminal is not null && pod.GetAnnotation(TaskMarks.Acknowledged)?.Split(',').Contains(PodWorker.Mark(task)) is true;

    private async Task ObservePodAsync(TaskPod pod, CancellationToken cancellationToken)
    {
        var key = PodKey.Of(pod.Pod);
        if (PodTasks.IsReleased(pod.Pod))
        {
            _told.Remove(key);
            return;
        }

        if (_parts.Frameworks.IsCompleted(pod.Tasks.FrameworkId))
        {
            _parts.Queue.Enqueue(key, new PodWork.Abandon(pod.Pod.Uid()));
            return;
        }

        var reading = PodReader.Read(pod.Pod, pod.Tasks, _settings.Patience, _clock.GetUtcNow());
        if (reading.RecheckAt is { } due)
        {
            _later.Enqueue(book => book.NotePod(ObjectKey.Of(pod.Pod)), due);
        }

        await TellAsync(key, reading, cancellationToken);
        Demand(key, reading.Demand);
    }

    private async Task ObserveGoneAsync(V1Pod gone, CancellationToken cancellationToken)
    {
        var key = PodKey.Of(gone);
        var known = _parts.Directory.Find(key);
        if (TaskPod.TryRead(gone, known) is not { } last)
        {
            return;
        }

        if (!PodTasks.IsReleased(gone) || (known is not null && known.Pod.Uid() == gone.Uid() && !PodTasks.IsReleased(known.Pod)))
        {
            await TellAsync(key, PodReader.ReadGone(gone, last.Tasks, _settings.Patience, _clock.GetUtcNow()), cancellationToken);
        }

        if (known is not null && known.Pod.Uid() == gone.Uid())
        {
            _parts.Directory.Gone(known);
            _told.Remove(key);
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

    /// <summary>The uuid of each task's newest update: a history may also get shorter, as when an eviction wipes a Pod's status.</summary>
    private static ImmutableArray<ByteString> LatestOf(PodReading reading) =>
        [.. reading.Tasks.Select(task => task.Statuses is [.., var last] ? last.Uuid : ByteString.Empty)];

    private void Demand(PodKey key, PodDemand demand)
    {
        PodWork? work = demand switch
        {
            PodDemand.GiveUp giveUp => new PodWork.GiveUp(giveUp.Message),
            PodDemand.EndGroup => new PodWork.EndGroup(),
            PodDemand.FinishDeletion => new PodWork.FinishDeletion(),
            _ => null,
        };
        if (work is not null && !_parts.Queue.IsBusy(key))
        {
            _parts.Queue.Enqueue(key, work);
        }
    }

    // ---- nodes ----

    private async Task ObserveNodeAsync(string name, CancellationToken cancellationToken)
    {
        var node = _nodes.Current.Find(null, name);
        if (_agents.TryGetValue(name, out var entry) && node?.Uid() != entry.Uid && !await RemoveAsync(name, entry, cancellationToken))
        {
            return;
        }

        if (node is null)
        {
            return;
        }

        entry = _agents.GetValueOrDefault(name) ?? Enter(node);
        if (NodeReader.SilentSince(node) is { } since && !entry.IsUnreachable)
        {
            var lost = since + _settings.Nodes.UnreachableAfter;
            if (lost <= _clock.GetUtcNow())
            {
                await TellUnreachableAsync(node, entry, since, cancellationToken);
                return;
            }

            _later.Enqueue(book => book.NoteNode(name), lost);
        }

        await TellAgentAsync(node, _agents[name], cancellationToken);
    }

    /// <summary>What the Pod uses is the master's to account for. Of frameworks that have ended it knows nothing any more.</summary>
    private bool IsAccounted(V1Pod pod) =>
        PodTasks.IsOurs(pod) && _parts.Directory.Find(PodKey.Of(pod)) is { } known && !_parts.Frameworks.IsCompleted(known.Tasks.FrameworkId);

    private AgentEntry Enter(V1Node node)
    {
        var entry = new AgentEntry(node.Uid(), NodeReader.AgentIdOf(node), Told: null, IsUnreachable: false);
        _agents[node.Name()] = entry;
        _parts.Agents.See(entry.Id, node.Name());
        _log.AgentSeen(node.Name(), entry.Id);
        return entry;
    }

    private async Task TellAgentAsync(V1Node node, AgentEntry entry, CancellationToken cancellationToken)
    {
        if (entry.IsUnreachable && NodeReader.SilentSince(node) is not null)
        {
            return;
        }

        var agent = NodeReader.Read(node, _pods.Current.By(NodeIndex, node.Name()), IsAccounted, _settings.Nodes);
        if (!entry.Knows(agent))
        {
            _agents[node.Name()] = entry with { Told = agent, IsUnreachable = false };
            await TellAsync(new MasterInput.AgentObserved(agent), cancellationToken);
        }
    }

    private async Task TellUnreachableAsync(V1Node node, AgentEntry entry, DateTimeOffset since, CancellationToken cancellationToken)
    {
        if (entry.Told is null)
        {
            await TellAgentAsync(node, entry, cancellationToken); // Nobody can miss what he has never heard of.
            entry = _agents[node.Name()];
        }

        _agents[node.Name()] = entry with { IsUnreachable = true };
        _log.AgentUnreachable(node.Name(), entry.Id, since);
        await TellAsync(new MasterInput.AgentUnreachable(entry.Id, since), cancellationToken);
    }

    /// <summary>A node is gone when the API server says so to our face; what a watch or a list left out is not enough.</summary>
    /// <returns>False if that could not be found out; it is asked again.</returns>
    private async Task<bool> RemoveAsync(string name, AgentEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            var node = await _parts.Kubernetes.GetAsync<V1Node>(name, cancellationToken: cancellationToken);
            if (node.Uid() == entry.Uid)
            {
                return true;
            }
        }
        catch (KubernetesException missing) when (missing.IsNotFound)
        {
            // As thought.
        }
        catch (Exception unclear) when (unclear is KubernetesException || unclear.IsTransient())
        {
            _log.NodeUnclear(name, unclear.Message);
            _later.Enqueue(book => book.NoteNode(name), _clock.GetUtcNow() + AskAgain);
            return false;
        }

        _agents.Remove(name);
        _parts.Agents.Gone(entry.Id);
        _log.AgentGone(name, entry.Id);
        await TellAsync(new MasterInput.AgentRemoved(entry.Id, "the node was deleted"), cancellationToken);
        return true;
    }

    /// <summary>Agents whose nodes went while no bridge was there: a complete list without them is the API server's word.</summary>
    private async Task RemoveMissingAgentsAsync(IEnumerable<TaskPod> pods, CancellationToken cancellationToken)
    {
        var present = _agents.Values.Select(entry => entry.Id).ToHashSet();
        foreach (var missing in pods.Select(pod => pod.Tasks.Agent).Where(agent => !present.Contains(agent)).Distinct())
        {
            await TellAsync(new MasterInput.AgentRemoved(missing, "the node was deleted"), cancellationToken);
        }
    }

    private ValueTask TellAsync(MasterInput input, CancellationToken cancellationToken) => _parts.Inbox.PostAsync(input, cancellationToken);
}

/// <summary>What the observer works with.</summary>
internal sealed record ClusterParts(
    IKubernetes Kubernetes, IMasterInbox Inbox, TaskDirectory Directory, AgentDirectory Agents, FrameworkCatalog Frameworks, PodQueue Queue);

internal sealed record ObserverSettings(NodeSettings Nodes, PodPatience Patience);
