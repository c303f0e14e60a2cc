using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Operator.Execute;

/// <summary>
/// The scheduler behind <c>mesos-bridge execute</c>: launches each workload of its plan once, acknowledges and reports what
/// becomes of them, and ends. Single-threaded; touches no clock and no socket.
/// </summary>
/// <param name="random">For the jitter of reconnecting.</param>
internal sealed class Execution(ExecutionPlan plan, Random random)
{
    /// <summary>Launches of one workload that may get lost on the way (a rescinded offer, a lost call) before it is given up.</summary>
    public const int MaxLaunches = 5;

    /// <summary>Heartbeats missed before the stream counts as dead. Mesos: docs/scheduler-http-api.md.</summary>
    public const int MissedHeartbeats = 5;

    public static readonly TimeSpan KillRepeat = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan ReconcileInterval = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan RefuseWhileWaiting = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan RefuseWhenDone = TimeSpan.FromHours(1);
    public static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(500);
    public static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan DefaultHeartbeat = TimeSpan.FromSeconds(15);

    private readonly FrameworkInfo _framework = plan.Framework.Clone();
    private readonly LaunchBook _book = new(plan.Workloads);
    private readonly List<ExecutionEffect> _effects = [];

    private bool _started;
    private bool _finished;
    private bool _subscribed;
    private bool _everSubscribed;
    private bool _suppressed;
    private TimeSpan _heartbeat = DefaultHeartbeat;
    private TimeSpan _backOff = FirstBackOff;
    private DateTimeOffset _lastHeard;
    private DateTimeOffset? _subscribeDue;
    private DateTimeOffset? _reconcileDue;
    private DateTimeOffset? _giveUpConnecting;
    private DateTimeOffset? _timeout;

    /// <summary>Null until the first SUBSCRIBED, unless the plan gave one.</summary>
    public FrameworkID? FrameworkId => _framework.Id;

    /// <summary>When a <see cref="ExecutionInput.Tick"/> is due; null if never.</summary>
    public DateTimeOffset? NextDeadline => _finished ? null : Deadlines().Min();

    public IReadOnlyList<ExecutionEffect> Handle(ExecutionInput input, DateTimeOffset now)
    {
        _effects.Clear();
        if (!_finished)
        {
            Start(now);
            Take(input, now);
            Due(now);
        }

        return [.. _effects];
    }

    private IEnumerable<DateTimeOffset?> Deadlines() => _subscribed
        ? _book.Tasks.Select(task => task.KillDue).Concat([_timeout, _reconcileDue, _lastHeard + (_heartbeat * MissedHeartbeats)])
        : [_timeout, _giveUpConnecting, _subscribeDue];

    private void Start(DateTimeOffset now)
    {
        if (!_started)
        {
            _started = true;
            _timeout = now + plan.Timeout;
            _giveUpConnecting = now + plan.ConnectTimeout;
            _subscribeDue = now;
        }
    }

    private void Take(ExecutionInput input, DateTimeOffset now)
    {
        switch (input)
        {
            case ExecutionInput.Received(var received):
                _lastHeard = now;
                TakeEvent(received, now);
                break;
            case ExecutionInput.Disconnected { Retry: true } lost:
                Reconnect(lost.Reason, now);
                break;
            case ExecutionInput.Disconnected lost:
                GiveUp(ExecutionOutcome.MasterUnavailable, lost.Reason, now);
                break;
            case ExecutionInput.StopRequested:
                GiveUp(ExecutionOutcome.Interrupted, "interrupted", now);
                break;
        }
    }

    /// <summary>What time alone brings.</summary>
    private void Due(DateTimeOffset now)
    {
        if (_finished)
        {
            return;
        }

        if (_timeout <= now)
        {
            GiveUp(ExecutionOutcome.TimedOut, $"not done after {plan.Timeout!.Value.TotalSeconds:0.###} s", now);
        }
        else if (_giveUpConnecting <= now)
        {
            GiveUp(ExecutionOutcome.MasterUnavailable, $"no subscription for {plan.ConnectTimeout.TotalSeconds:0.###} s", now);
        }
        else if (_subscribeDue <= now)
        {
            _subscribeDue = null;
            Add(new ExecutionEffect.Subscribe(Calls.Subscribe(_framework)));
        }
        else if (_subscribed)
        {
            DueWhileSubscribed(now);
        }
    }

    private void DueWhileSubscribed(DateTimeOffset now)
    {
        if (_lastHeard + (_heartbeat * MissedHeartbeats) <= now)
        {
            Reconnect($"nothing heard for {(_heartbeat * MissedHeartbeats).TotalSeconds:0.###} s", now);
            return;
        }

        foreach (var task in _book.Tasks.Where(task => task.KillDue <= now))
        {
            Kill(task, now);
        }

        if (_reconcileDue <= now)
        {
            Reconcile(now);
        }
    }

    private void TakeEvent(Event received, DateTimeOffset now)
    {
        switch (received.Type)
        {
            case Event.Types.Type.Subscribed when received.Subscribed is not null:
                Subscribed(received.Subscribed, now);
                break;
            case Event.Types.Type.Offers when received.Offers is not null && _subscribed:
                Offered([.. received.Offers.Offers_], now);
                break;
            case Event.Types.Type.Update when received.Update is not null && _subscribed:
                Updated(received.Update.Status, now);
                break;
            case Event.Types.Type.Error:
                _subscribed = false; // The master closes the stream after it: no call would be heard.
                GiveUp(ExecutionOutcome.MasterUnavailable, $"the master says: {received.Error?.Message}", now);
                break;

            // Left over: HEARTBEAT; RESCIND of offers answered on arrival; FAILURE, which updates tell better; and what is
            // for other kinds of frameworks.
        }
    }

    // ---- the stream ----

    private void Subscribed(Event.Types.Subscribed subscribed, DateTimeOffset now)
    {
        _framework.Id = subscribed.FrameworkId;
        _heartbeat = subscribed.HeartbeatIntervalSeconds > 0 ? TimeSpan.FromSeconds(subscribed.HeartbeatIntervalSeconds) : DefaultHeartbeat;
        _backOff = FirstBackOff;
        _giveUpConnecting = null;
        _suppressed = false; // SUBSCRIBE sets the suppressed roles anew: none.
        Report(new ExecutionReport.Subscribed(now, subscribed.FrameworkId.Value, subscribed.MasterInfo, _everSubscribed));
        _subscribed = true;
        _everSubscribed = true;
        Reconcile(now);
    }

    private void Reconnect(string reason, DateTimeOffset now)
    {
        if (_subscribeDue is not null)
        {
            return; // Another sign of the same loss.
        }

        var wait = _backOff * (0.5 + (random.NextDouble() / 2));
        _backOff = _backOff * 2 < LongestBackOff ? _backOff * 2 : LongestBackOff;
        _subscribed = false;
        _subscribeDue = now + wait;
        _giveUpConnecting ??= now + plan.ConnectTimeout;
        Report(new ExecutionReport.ConnectionLost(now, reason, wait));
    }

    /// <summary>Asks about every task that was launched: calls or updates may have been lost.</summary>
    private void Reconcile(DateTimeOffset now)
    {
        _reconcileDue = now + ReconcileInterval;
        var open = _book.Workloads.Where(workload => !workload.Waiting).SelectMany(workload => workload.Tasks).Where(task => !task.Ended).ToList();
        if (open.Count > 0)
        {
            Send(Calls.Reconcile(_framework.Id, open));
        }
    }

    // ---- offers ----

    private void Offered(ImmutableArray<Offer> offers, DateTimeOffset now)
    {
        Report(new ExecutionReport.Offered(now, offers));
        var placements = _book.Place(offers);
        foreach (var placement in placements.Where(placement => placement.Workloads.Count > 0))
        {
            Launch(placement, now);
        }

        var refused = placements.Where(placement => placement.Workloads.Count == 0).Select(placement => placement.Offer.Id).ToList();
        if (refused.Count > 0)
        {
            Send(Calls.Decline(_framework.Id, refused, _book.AnyWaiting ? RefuseWhileWaiting : RefuseWhenDone));
        }

        if (!_book.AnyWaiting && !_suppressed)
        {
            _suppressed = true;
            Send(Calls.Suppress(_framework.Id));
        }
    }

    private void Launch(Placement placement, DateTimeOffset now)
    {
        Send(Calls.Accept(_framework.Id, placement.Offer, placement.Operations(_framework.Id)));
        foreach (var workload in placement.Workloads)
        {
            workload.Waiting = false;
            workload.Launches++;
            foreach (var task in workload.Tasks)
            {
                task.LaunchedOn(placement.Offer);
            }
        }

        var ids = placement.Workloads.SelectMany(workload => workload.Tasks).Select(task => task.Id);
        Report(new ExecutionReport.Launched(now, placement.Offer, [.. ids]));
    }

    // ---- tasks ----

    private void Updated(TaskStatus status, DateTimeOffset now)
    {
        var task = _book.Find(status.TaskId);
        var isNew = task?.Observe(status, now) ?? true;
        if (status.HasUuid)
        {
            Send(Calls.Acknowledge(_framework.Id, status));
        }

        if (isNew)
        {
            Report(new ExecutionReport.Updated(now, status, task?.Hostname ?? ""));
        }

        if (isNew && task is not null)
        {
            Follow(_book.Workloads.Single(workload => workload.Tasks.Contains(task)), task, status, now);
        }
    }

    private void Follow(TrackedWorkload workload, TrackedTask task, TaskStatus status, DateTimeOffset now)
    {
        if (status.State == TaskState.TaskRunning && !task.KillRequested)
        {
            task.KillDue ??= now + workload.Plan.KillAfter;
        }

        if (task.Ended)
        {
            task.KillDue = null;
        }

        if (workload.Launches < MaxLaunches && workload.Tasks.All(WasNeverLaunched))
        {
            Relaunch(workload, status, now);
        }
        else if (!_book.AnyWaiting && _book.Tasks.All(other => other.Ended))
        {
            Finish(_book.Tasks.All(other => other.Result().Succeeded) ? ExecutionOutcome.Succeeded : ExecutionOutcome.TaskFailed, now);
        }
    }

    /// <summary>No agent ever took it over, so that it is safe to launch it again under the same id.</summary>
    private static bool WasNeverLaunched(TrackedTask task) => !task.Reached && task.Result().Statuses is [.., var last] && last.Status switch
    {
        { State: TaskState.TaskDropped } => true,
        { State: TaskState.TaskLost, Reason: TaskStatus.Types.Reason.InvalidOffers } => true,
        { State: TaskState.TaskUnknown or TaskState.TaskGone or TaskState.TaskLost, Reason: TaskStatus.Types.Reason.Reconciliation } => true,
        _ => false,
    };

    private void Relaunch(TrackedWorkload workload, TaskStatus status, DateTimeOffset now)
    {
        workload.Waiting = true;
        foreach (var task in workload.Tasks)
        {
            Report(new ExecutionReport.LaunchLost(now, task.Id, status.Message));
        }

        if (_suppressed)
        {
            _suppressed = false;
            Send(Calls.Revive(_framework.Id));
        }
    }

    private void Kill(TrackedTask task, DateTimeOffset now)
    {
        if (!task.KillRequested)
        {
            Report(new ExecutionReport.Killing(now, task.Id));
        }

        task.KillRequested = true;
        task.KillDue = now + KillRepeat;
        Send(Calls.Kill(_framework.Id, task));
    }

    // ---- the end ----

    private void GiveUp(ExecutionOutcome outcome, string reason, DateTimeOffset now)
    {
        Report(new ExecutionReport.GaveUp(now, reason));
        Finish(outcome, now);
    }

    private void Finish(ExecutionOutcome outcome, DateTimeOffset now)
    {
        if (_subscribed)
        {
            Send(Calls.Teardown(_framework.Id));
        }

        _finished = true;
        Report(new ExecutionReport.Ended(now, outcome, [.. _book.Tasks.Select(task => task.Result())]));
        Add(new ExecutionEffect.Finish(outcome));
    }

    private void Send(Call call) => Add(new ExecutionEffect.Send(call));

    private void Report(ExecutionReport report) => Add(new ExecutionEffect.Report(report));

    private void Add(ExecutionEffect effect) => _effects.Add(effect);
}
