using System.Collections.Concurrent;
using System.Threading.Channels;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes;

/// <summary>
/// Runs the Pods of one node, or of thousands: one loop that owns all it knows of them. It has no thread, task or timer for
/// each Pod; starting a container happens beside the loop and comes back as an input.
/// </summary>
internal sealed class Kubelet(IContainerRuntime runtime, PodMachine machine, StatusWriter writer, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan FullInboxPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Full, it slows the watch down; what processes have to say waits too.</summary>
    private readonly Channel<KubeletInput> _inbox =
        Channel.CreateBounded<KubeletInput>(new BoundedChannelOptions(4096) { SingleReader = true });

    private readonly ConcurrentDictionary<string, V1Node> _nodes = new();
    private readonly Dictionary<string, Entry> _pods = [];
    private readonly Dictionary<string, HashSet<Entry>> _podsByNode = [];
    private readonly PriorityQueue<(string Uid, DateTimeOffset At), DateTimeOffset> _wakes = new();
    private ITimer? _timer;
    private DateTimeOffset? _timerAt;
    private CancellationToken _stopping;

    /// <summary>From now on Pods on this node are run here.</summary>
    /// <param name="node">With its allocatable resources, labels and address.</param>
    public void Serve(V1Node node) => _nodes[node.Name()] = node;

    public ValueTask PostAsync(KubeletInput input, CancellationToken cancellationToken) => _inbox.Writer.WriteAsync(input, cancellationToken);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _stopping = cancellationToken;
        await using var timer = clock.CreateTimer(_ => Tick(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer = timer;
        await foreach (var input in _inbox.Reader.ReadAllAsync(cancellationToken))
        {
            Handle(input);
            SetTimer();
        }
    }

    /// <summary>Hears of Pods until it is told to stop.</summary>
    public Task FollowAsync(Feed<V1Pod> feed, CancellationToken cancellationToken) => feed.RunAsync(
        pods => PostAsync(new KubeletInput.Listed(pods), cancellationToken),
        (change, pod) => PostAsync(
            change == WatchEventType.Deleted ? new KubeletInput.Gone(pod) : new KubeletInput.Seen(pod), cancellationToken),
        cancellationToken);

    private void Tick()
    {
        if (!_inbox.Writer.TryWrite(new KubeletInput.Tick()))
        {
            _timer?.Change(FullInboxPause, Timeout.InfiniteTimeSpan);
        }
    }

    private void Handle(KubeletInput input)
    {
        switch (input)
        {
            case KubeletInput.Listed i:
                Listed(i.Pods);
                break;
            case KubeletInput.Seen i:
                Seen(i.Pod);
                break;
            case KubeletInput.Gone i:
                Gone(i.Pod.Uid());
                break;
            case KubeletInput.Started i when _pods.TryGetValue(i.Uid, out var entry):
                Started(entry, i.Container, i.Result);
                break;
            case KubeletInput.NotStarted i when _pods.TryGetValue(i.Uid, out var entry):
                NotStarted(entry, i.Container, i.Cause);
                break;
            case KubeletInput.Exited i when _pods.TryGetValue(i.Uid, out var entry):
                Exited(entry, i.Container, i.Run, i.Exit, i.Message);
                break;
            case KubeletInput.Probed i when _pods.TryGetValue(i.Uid, out var entry):
                Probed(entry, i);
                break;
            case KubeletInput.Tick:
                Woken();
                break;
            default:
                // What a container did whose Pod is forgotten: its processes had ended before.
                break;
        }
    }

    private void Listed(IReadOnlyList<V1Pod> pods)
    {
        var uids = pods.Select(p => p.Uid()).ToHashSet();
        foreach (var gone in _pods.Keys.Where(uid => !uids.Contains(uid)).ToList())
        {
            Gone(gone);
        }

        foreach (var pod in pods.OrderBy(p => p.Metadata.CreationTimestamp))
        {
            // After a gap, what the API server has may be older than what it was told.
            if (_pods.TryGetValue(pod.Uid(), out var known) && pod.Status?.Phase != known.Reported?.Phase)
            {
                known.ReportedJson = null;
            }

            Seen(pod);
        }
    }

    private void Seen(V1Pod pod)
    {
        if (pod.Spec?.NodeName is not { } nodeName || !_nodes.TryGetValue(nodeName, out var node))
        {
            return;
        }

        pod.Metadata.ManagedFields = null;
        if (_pods.TryGetValue(pod.Uid(), out var known))
        {
            known.Pod = known.Pod with { Wanted = pod };
            Sync(known);
        }
        else if (PodPhases.IsTerminal(pod.Status?.Phase))
        {
            ConfirmIfAsked(pod);
        }
        else
        {
            Admit(pod, node);
        }
    }

    /// <summary>A Pod that has ended before this kubelet began, perhaps just before it could say so.</summary>
    private void ConfirmIfAsked(V1Pod pod)
    {
        if (pod.IsDeleting() && pod.Metadata.DeletionGracePeriodSeconds is not 0)
        {
            writer.ConfirmDeletion(pod);
        }
    }

    private void Admit(V1Pod pod, V1Node node)
    {
        if (!_podsByNode.TryGetValue(node.Name(), out var others))
        {
            _podsByNode[node.Name()] = others = [];
        }

        var local = LocalPod.New(pod, clock.GetUtcNow());
        var runs = pod.Status?.StartTime is not null;
        var active = others.Where(e => !PodPhases.IsTerminal(PodPhases.Of(e.Pod))).Select(e => e.Pod.Wanted).ToList();
        if (!runs && Admission.Refuse(pod, active, node) is { } failure)
        {
            logger.PodRefused(pod.Namespace(), pod.Name(), failure.Reason);
            local = local with { Failure = failure };
        }

        var entry = new Entry(local, AddressOf(node), others);
        _pods.Add(local.Uid, entry);
        others.Add(entry);
        Sync(entry);
    }

    private static string AddressOf(V1Node node) =>
        node.Status?.Addresses?.FirstOrDefault(a => a.Type == "InternalIP")?.Address ?? "127.0.0.1";

    private void Gone(string uid)
    {
        if (_pods.TryGetValue(uid, out var entry))
        {
            entry.Pod = entry.Pod with { IsRemoved = true };
            Sync(entry);
        }
    }

    private void Started(Entry entry, string container, StartedContainer result)
    {
        if (Apply(entry, container, result))
        {
            Sync(entry);
        }
    }

    private bool Apply(Entry entry, string container, StartedContainer result)
    {
        if (entry.Pod.Find(container) is not { Phase: ContainerPhase.Starting } record)
        {
            result.Signal(Posix.SignalKill);
            return false;
        }

        var run = record.Runs + 1;
        entry.Containers[container] = result;
        entry.Pod = entry.Pod.With(record with
        {
            Phase = new ContainerPhase.Running(result.StartedAt, result.EndsAt, result.EndsWith),
            Runs = run,
            Id = result.Id,
            FailedStarts = 0,
            KillAt = null,
            IsKilled = false,
            Probes = runtime.IsProbed ? ContainerProbe.Of(entry.Pod.Container(container), result.StartedAt) : [],
        });
        if (result.Exited is not null)
        {
            _ = ReportExitAsync(entry.Pod.Uid, container, run, result);
        }

        return true;
    }

    private async Task ReportExitAsync(string uid, string container, int run, StartedContainer started)
    {
        var exit = await started.Exited!;
        var message = started.TerminationMessage(exit);
        await PostAsync(new KubeletInput.Exited(uid, container, run, exit, message), _stopping)
            .AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void NotStarted(Entry entry, string container, Exception cause)
    {
        if (entry.Pod.Find(container) is { Phase: ContainerPhase.Starting } record)
        {
            entry.Pod = entry.Pod.With(Failed(entry.Pod.Wanted, record, cause));
            Sync(entry);
        }
    }

    private ContainerRecord Failed(V1Pod pod, ContainerRecord record, Exception cause)
    {
        var now = clock.GetUtcNow();
        switch (cause)
        {
            // containerd made it and could not start it; it says that it was created at the epoch.
            case ContainerStartException:
                logger.ContainerNotStarted(pod.Namespace(), pod.Name(), record.Name, cause.Message);
                var ended = PodMachine.Ended(record with { Runs = record.Runs + 1 }, new ContainerExit(128, 0, now), cause.Message);
                var end = (ContainerPhase.Terminated)ended.Phase;
                return ended with { Phase = end with { Reason = "StartError", StartedAt = DateTimeOffset.UnixEpoch } };

            case ContainerRefusedException refused:
                logger.ContainerNotStarted(pod.Namespace(), pod.Name(), record.Name, cause.Message);
                return PodMachine.NotStarted(record, refused.Reason, cause.Message, now);

            default:
                logger.ContainerStartBroken(pod.Namespace(), pod.Name(), record.Name, cause);
                return PodMachine.NotStarted(record, "CreateContainerError", cause.Message, now);
        }
    }

    private void Exited(Entry entry, string container, int run, ContainerExit exit, string? message)
    {
        if (entry.Pod.Find(container) is { Phase: ContainerPhase.Running } record && record.Runs == run)
        {
            entry.Containers.Remove(container);
            entry.Pod = entry.Pod.With(PodMachine.Ended(record, exit, message));
            Sync(entry);
        }
    }

    private void Probed(Entry entry, KubeletInput.Probed answer)
    {
        if (entry.Pod.Find(answer.Container) is { Phase: ContainerPhase.Running } record && record.Runs == answer.Run
            && record.Probes.FirstOrDefault(probe => probe.Kind == answer.Kind) is { } probe)
        {
            entry.Pod = entry.Pod.With(record.With(probe.Answered(answer.Passed, clock.GetUtcNow())));
            Sync(entry);
        }
    }

    private void Woken()
    {
        _timerAt = null;
        var now = clock.GetUtcNow();
        while (_wakes.TryPeek(out var wake, out var at) && at <= now)
        {
            _wakes.Dequeue();
            if (_pods.TryGetValue(wake.Uid, out var entry) && entry.WakeAt == wake.At)
            {
                entry.WakeAt = null;
                Sync(entry);
            }
        }
    }

    /// <summary>Makes the world agree with what the machine decides, until it has no more to say.</summary>
    private void Sync(Entry entry)
    {
        bool again;
        do
        {
            var step = machine.Next(entry.Pod, clock.GetUtcNow());
            entry.Pod = step.Pod;
            Wake(entry, step.WakeAt);
            again = false;
            foreach (var action in step.Actions)
            {
                again |= Perform(entry, action);
            }
        }
        while (again);
        Report(entry);
    }

    /// <returns>Whether that changed the Pod at once.</returns>
    private bool Perform(Entry entry, PodAction action) => action switch
    {
        PodAction.Start a => Start(entry, a.Container),
        PodAction.Signal a => Signal(entry, a.Container, a.Number),
        PodAction.Probe a => Probe(entry, a.Container, a.Kind),
        PodAction.ConfirmDeletion => Confirm(entry),
        PodAction.Forget => Forget(entry),
        _ => false,
    };

    /// <summary>Reports first, so that the API server hears that the node has taken the Pod on.</summary>
    private bool Start(Entry entry, string container)
    {
        var (pod, record) = (entry.Pod.Wanted, entry.Pod.Find(container)!);
        var wanted = entry.Pod.Container(container);
        if (runtime.StartsAtOnce)
        {
            return StartAtOnce(entry, wanted, record);
        }

        Report(entry);
        _ = Task.Run(() => StartAsync(pod, wanted, record.Runs, entry.Address), CancellationToken.None);
        return false;
    }

    private bool StartAtOnce(Entry entry, V1Container container, ContainerRecord record)
    {
        try
        {
            var start = runtime.StartAsync(entry.Pod.Wanted, container, record.Runs, entry.Address, _stopping);
            return start.IsCompletedSuccessfully && Apply(entry, record.Name, start.Result);
        }
        catch (ContainerRefusedException e)
        {
            entry.Pod = entry.Pod.With(Failed(entry.Pod.Wanted, record, e));
            return true;
        }
    }

    private async Task StartAsync(V1Pod pod, V1Container container, int run, string address)
    {
        KubeletInput result;
        try
        {
            var started = await runtime.StartAsync(pod, container, run, address, _stopping);
            result = new KubeletInput.Started(pod.Uid(), container.Name ?? "", started);
        }
#pragma warning disable CA1031 // Whatever it was, the Pod's status must tell it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            result = new KubeletInput.NotStarted(pod.Uid(), container.Name ?? "", e);
        }

        try
        {
            await PostAsync(result, _stopping);
        }
        catch (OperationCanceledException)
        {
            // The machine has been switched off meanwhile.
            (result as KubeletInput.Started)?.Result.Signal(Posix.SignalKill);
        }
    }

    private bool Signal(Entry entry, string container, int number)
    {
        if (!entry.Containers.TryGetValue(container, out var running))
        {
            return false;
        }

        running.Signal(number);
        if (running.Exited is not null || entry.Pod.Find(container) is not { } record)
        {
            return false;
        }

        entry.Containers.Remove(container);
        entry.Pod = entry.Pod.With(PodMachine.Ended(record, new ContainerExit(128 + number, number, clock.GetUtcNow())));
        return true;
    }

    private bool Probe(Entry entry, string container, ProbeKind kind)
    {
        var record = entry.Pod.Find(container)!;
        var probe = record.Probes.First(p => p.Kind == kind);
        var (pod, wanted, address) = (entry.Pod.Wanted, entry.Pod.Container(container), entry.Address);
        _ = Task.Run(() => ProbeAsync(pod, wanted, record.Runs, probe, address), CancellationToken.None);
        return false;
    }

    private async Task ProbeAsync(V1Pod pod, V1Container container, int run, ContainerProbe probe, string address)
    {
        bool? passed = null;
        try
        {
            passed = await runtime.ProbeAsync(pod, container, probe, address, _stopping);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return; // The machine has been switched off meanwhile.
        }
#pragma warning disable CA1031 // Whatever it was, the next attempt must come.
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.ProbeBroken(pod.Namespace(), pod.Name(), container.Name, e);
        }

        await PostAsync(new KubeletInput.Probed(pod.Uid(), container.Name ?? "", run, probe.Kind, passed), _stopping)
            .AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private bool Confirm(Entry entry)
    {
        if (!entry.IsConfirmed)
        {
            entry.IsConfirmed = true;
            Report(entry);
            writer.ConfirmDeletion(entry.Pod.Wanted);
        }

        return false;
    }

    private bool Forget(Entry entry)
    {
        _pods.Remove(entry.Pod.Uid);
        entry.Neighbours.Remove(entry);
        try
        {
            runtime.Forget(entry.Pod.Wanted);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.FilesKept(entry.Pod.Wanted.Namespace(), entry.Pod.Wanted.Name(), e);
        }

        return false;
    }

    private void Report(Entry entry)
    {
        if (entry.Pod.IsRemoved)
        {
            return;
        }

        var status = PodStatusReport.Of(entry.Pod, entry.Address, entry.Reported, clock.GetUtcNow());
        var json = KubernetesJson.Default.SerializeToUtf8Bytes(status);
        if (entry.ReportedJson is null || !json.AsSpan().SequenceEqual(entry.ReportedJson))
        {
            (entry.Reported, entry.ReportedJson) = (status, json);
            writer.Report(entry.Pod.Wanted, json);
        }
    }

    private void Wake(Entry entry, DateTimeOffset? at)
    {
        if (at is { } time && time != entry.WakeAt)
        {
            entry.WakeAt = time;
            _wakes.Enqueue((entry.Pod.Uid, time), time);
        }
        else if (at is null)
        {
            entry.WakeAt = null;
        }
    }

    private void SetTimer()
    {
        if (_wakes.TryPeek(out _, out var at) && (_timerAt is not { } set || at < set))
        {
            var wait = at - clock.GetUtcNow();
            _timerAt = at;
            _timer!.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class Entry(LocalPod pod, string address, HashSet<Entry> neighbours)
    {
        public LocalPod Pod { get; set; } = pod;

        public string Address => address;

        public HashSet<Entry> Neighbours => neighbours;

        public Dictionary<string, StartedContainer> Containers { get; } = [];

        public DateTimeOffset? WakeAt { get; set; }

        public V1PodStatus? Reported { get; set; }

        public byte[]? ReportedJson { get; set; }

        public bool IsConfirmed { get; set; }
    }
}
