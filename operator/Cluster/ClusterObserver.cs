using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Events;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Agents;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>
/// Looks at nodes and Pods, and tells the master what it sees: first everything that earlier lives of the bridge have left,
/// then every change. Level-triggered: it compares what is with what it told, whatever events led there. What is not seen any more
/// is gone only when the API server has said so, asked for it by name.
/// </summary>
internal sealed class ClusterObserver : IDisposable
{
    public const string NodeIndex = "node";

    private readonly Informer<V1Node> _nodes;
    private readonly Informer<V1Pod> _pods;
    private readonly ClusterParts _parts;
    private readonly ILogger _log;
    private readonly SightingBook _book = new();
    private readonly IDisposable[] _following;
    private readonly Alarms _alarms;
    private readonly Confirmations _confirmations;
    private readonly NodeUsageBook _usage;
    private readonly AgentWatch _agents;
    private readonly TaskWatch _tasks;

    public ClusterObserver(
        Informer<V1Node> nodes, Informer<V1Pod> pods, ClusterParts parts, ObserverSettings settings, TimeProvider clock, Random random, ILogger log)
    {
        (_nodes, _pods, _parts, _log) = (nodes, pods, parts, log);
        _alarms = new Alarms(_book, clock);
        _confirmations = new Confirmations(parts.Kubernetes, IsSeen, _book.NoteFinding, clock, random, log);
        _usage = new NodeUsageBook(IsAccounted, settings.Nodes.Extended);
        _agents = new AgentWatch(nodes, _usage, parts, settings, _alarms, _confirmations.Ask, log);
        var sight = new PodSight(settings.Patience, clock, log);
        _tasks = new TaskWatch(nodes, parts, settings, sight, _alarms, _confirmations.Ask, pod => _agents.Miss([pod]), log);
        _following = [nodes.Follow(_book.Note), pods.Follow(_book.Note), parts.Overrides.Follow(_book.NoteNode)];
    }

    public static InformerOptions<V1Pod> PodInformer { get; } =
        new InformerOptions<V1Pod>().IndexedBy(NodeIndex, pod => PodPlace.NodeOf(pod) is { } node ? [node] : []);

    public void Dispose()
    {
        foreach (var informer in _following)
        {
            informer.Dispose();
        }

        _confirmations.Dispose();
    }

    /// <summary>Tells the master all that is there, and that this is all. Both informers have synced.</summary>
    /// <param name="registrations">Of earlier lives, from the store.</param>
    public async Task RecoverAsync(IReadOnlyCollection<FrameworkRegistration> registrations, CancellationToken cancellationToken)
    {
        _book.Take();
        var (nodes, pods) = (_nodes.Current, _pods.Current);
        var ours = pods.Objects.OrderBy(PodKey.Of).Select(Sight).OfType<TaskPod>().Where(pod => !PodTasks.IsReleased(pod.Pod)).ToList();
        var known = Recovery.RecoveredFrameworks.Of(registrations, ours, _alarms.Now);
        foreach (var registration in known)
        {
            _parts.Frameworks.Recover(registration);
            await TellAsync(new MasterInput.FrameworkRecovered(registration), cancellationToken);
        }

        Count(pods.Objects.Select(ObjectKey.Of), new HashSet<string>());
        foreach (var node in nodes.Objects.OrderBy(node => node.Name(), StringComparer.Ordinal))
        {
            await _agents.ObserveAsync(node.Name(), cancellationToken);
        }

        var alive = ours.Where(pod => !_parts.Frameworks.IsCompleted(pod.Tasks.FrameworkId)).ToList();
        foreach (var pod in alive)
        {
            await _tasks.RecoverAsync(pod, cancellationToken);
        }

        await TellAsync(new MasterInput.RecoveryCompleted(), cancellationToken);
        _log.Recovered(known.Length, _agents.Count, alive.Sum(pod => pod.Tasks.Tasks.Length));
        _agents.Miss(alive);
        foreach (var pod in ours)
        {
            _book.NotePod(ObjectKey.Of(pod.Pod)); // Demands and deadlines are looked at from now on.
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken) =>
        await await Task.WhenAny(LookForEverAsync(cancellationToken), _confirmations.RunAsync(cancellationToken));

    private async Task LookForEverAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _alarms.WaitAsync(cancellationToken);
            await LookAsync(_book.Take(), cancellationToken);
        }
    }

    // ---- looking ----

    /// <summary>Agents before tasks: what a task frees may still be held by the kubelet, and must not be offered in between.</summary>
    private async Task LookAsync(Sightings sightings, CancellationToken cancellationToken)
    {
        var ours = sightings.Pods.Select(key => _pods.Current.Find(key)).OfType<V1Pod>().Select(Sight).OfType<TaskPod>().ToList();
        var nodes = sightings.Nodes.ToHashSet();
        Count(sightings.Nodes.SelectMany(PodsOn).Select(ObjectKey.Of).Concat(sightings.Pods), nodes);
        foreach (var node in nodes)
        {
            if (await _agents.ObserveAsync(node, cancellationToken))
            {
                NoteDeleting(node);
            }
        }

        foreach (var gone in sightings.Gone)
        {
            _tasks.Miss(gone);
        }

        foreach (var finding in sightings.Findings)
        {
            await LearnAsync(finding, cancellationToken);
        }

        foreach (var pod in ours)
        {
            await _tasks.ObserveAsync(_parts.Directory.Find(PodKey.Of(pod.Pod)) ?? pod, cancellationToken);
        }
    }

    private Task LearnAsync(Finding finding, CancellationToken cancellationToken) => finding.Doubt switch
    {
        Doubt.Node node => _agents.LearnAsync(node, finding.Found is not null, cancellationToken),
        Doubt.Pod pod => _tasks.LearnAsync(pod, finding.Found as V1Pod, cancellationToken),
        Doubt.End when finding.Found is V1Pod pod => _tasks.LearnEndAsync(pod, cancellationToken),
        _ => Task.CompletedTask,
    };

    private void Count(IEnumerable<ObjectKey> pods, HashSet<string> changed)
    {
        foreach (var key in pods)
        {
            var pod = _pods.Current.Find(key);
            _usage.See(key, pod, changed);
            _parts.Places.See(key, pod);
        }
    }

    /// <summary>Whose deletion was seen before it was seen that their node is to get empty.</summary>
    private void NoteDeleting(string node)
    {
        foreach (var pod in PodsOn(node).Where(pod => pod.IsDeleting() && PodTasks.IsOurs(pod)))
        {
            _book.NotePod(ObjectKey.Of(pod));
        }
    }

    private IReadOnlyCollection<V1Pod> PodsOn(string node) => _pods.Current.By(NodeIndex, node);

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

    private bool IsSeen(Doubt doubt) => doubt switch
    {
        Doubt.Node node => _nodes.Current.Find(null, node.Name)?.Uid() == node.Uid,
        Doubt.Pod pod => _pods.Current.Find(pod.Key)?.Uid() == pod.Uid,
        _ => false,
    };

    /// <summary>
    /// What the Pod uses is the master's to account for. Of frameworks that had ended before it began it knows nothing; nor of what goes on
    /// in a Pod whose tasks are over.
    /// </summary>
    private bool IsAccounted(V1Pod pod) =>
        PodTasks.IsOurs(pod) && !(PodTasks.IsReleased(pod) && PodContainers.All(pod).Any(PodContainers.IsRunning)) && _parts.Directory.Find(PodKey.Of(pod)) is { } known
        && (!_parts.Frameworks.IsCompleted(known.Tasks.FrameworkId) || _tasks.IsTold(known));

    private ValueTask TellAsync(MasterInput input, CancellationToken cancellationToken) => _parts.Inbox.PostAsync(input, cancellationToken);
}

/// <summary>What the observer works with.</summary>
/// <param name="Overrides">What an administrator says of a node besides what is said of all.</param>
internal sealed record ClusterParts(
    IKubernetes Kubernetes,
    IMasterInbox Inbox,
    TaskDirectory Directory,
    AgentDirectory Agents,
    PlaceLedger Places,
    FrameworkCatalog Frameworks,
    PodQueue Queue,
    EventRecorder Events,
    AgentOverrides Overrides);

/// <param name="MostMissing">Share of agents that may be missing at the start, 0 to 1, before the lists are doubted.</param>
/// <param name="MissingPatience">How long they are then waited for.</param>
internal sealed record ObserverSettings(NodeSettings Nodes, PodPatience Patience, double MostMissing, TimeSpan MissingPatience);
