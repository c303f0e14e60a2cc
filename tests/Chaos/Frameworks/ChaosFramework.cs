using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using MesosK8sBridge.Chaos.Faults;
using MesosK8sBridge.Operator;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using Environment = MesosK8sBridge.Protocol.V1.Environment;
using Task = System.Threading.Tasks.Task;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Chaos.Frameworks;

/// <summary>
/// A framework as they should be written: keeps its id, looks for the leader when its stream ends, reconciles when it has found it,
/// acknowledges, repeats kills, and writes down all it was told.
/// </summary>
internal sealed class ChaosFramework : IDisposable
{
    /// <summary>Read by the simulated nodes.</summary>
    private const string Simulate = "MESOSBRIDGE_SIMULATE";

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan KillAgain = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan ReconcileEvery = TimeSpan.FromSeconds(10);

    private readonly ChaosOptions _options;
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly FrameworkInfo _info;
    private readonly SchedulerClient _client;
    private readonly ConcurrentQueue<Gap> _gaps = new();
    private readonly Dictionary<string, DateTimeOffset> _killAt = [];
    private DateTimeOffset _launchAt;
    private int _launched;
    private long? _lostAt;
    private volatile bool _subscribed;
    private volatile bool _launching = true;

    public ChaosFramework(int number, IReadOnlyList<HostPort> masters, ChaosOptions options, TimeProvider clock)
    {
        (_options, _clock) = (options, clock);
        Name = $"chaos-{number.ToString(CultureInfo.InvariantCulture)}";
        Ledger = new TaskLedger(Name);
        _random = new Random(HashCode.Combine(options.Seed, number));
        _info = Describe(Name, number);
        _client = new SchedulerClient(
            new SchedulerClientOptions(masters, number % 2 == 0 ? WireFormat.Protobuf : WireFormat.Json, Credential: null) { CallTimeout = CallTimeout });
    }

    public string Name { get; }

    public TaskLedger Ledger { get; }

    public IEnumerable<Gap> Gaps => _gaps;

    public bool IsSubscribed => _subscribed;

    public void StopLaunching() => _launching = false;

    /// <summary>Until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var stream = await _client.SubscribeAsync(Calls.Subscribe(_info), cancellationToken);
                await LiveAsync(stream, cancellationToken);
            }
            catch (Exception e) when (e is SchedulerException or OperationCanceledException)
            {
                if (e is SchedulerException { Retry: false })
                {
                    Ledger.Wrong(e.Message);
                }
            }

            Lost();
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(50, 150)), _clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => _client.Dispose();

    private void Lost()
    {
        if (_subscribed)
        {
            _subscribed = false;
            _lostAt = _clock.GetTimestamp();
        }
    }

    private void Found(FrameworkID id)
    {
        _info.Id = id;
        if (_lostAt is { } lost)
        {
            _gaps.Enqueue(new Gap(Name, lost, _clock.GetTimestamp()));
        }

        (_lostAt, _subscribed) = (null, true);
    }

    // ---- one subscription ----

    private async Task LiveAsync(SchedulerStream stream, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var calls = Channel.CreateBounded<Call>(new BoundedChannelOptions(100_000) { FullMode = BoundedChannelFullMode.DropWrite });
        var beside = Task.WhenAll(SendAsync(stream, calls.Reader, ending.Token), PulseAsync(calls.Writer, ending.Token));
        try
        {
            ending.CancelAfter(Silence);
            await foreach (var happened in stream.ReadAsync(ending.Token))
            {
                ending.CancelAfter(Silence);
                Handle(happened, calls.Writer);
            }
        }
        finally
        {
            Lost();
            await ending.CancelAsync();
            await beside.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Handle(Event happened, ChannelWriter<Call> calls)
    {
        switch (happened.Type)
        {
            case Event.Types.Type.Subscribed:
                Found(happened.Subscribed.FrameworkId);
                Reconcile(calls);
                break;
            case Event.Types.Type.Offers:
                foreach (var offer in happened.Offers.Offers_)
                {
                    calls.TryWrite(Answer(offer));
                }

                break;
            case Event.Types.Type.Update:
                Take(happened.Update.Status, calls);
                break;
            case Event.Types.Type.Error:
                Ledger.Wrong($"ERROR '{happened.Error.Message}'");
                break;
            default:
                break;
        }
    }

    private void Take(TaskStatus status, ChannelWriter<Call> calls)
    {
        Ledger.Note(status, _clock.GetUtcNow());
        if (status.HasUuid)
        {
            calls.TryWrite(Calls.Acknowledge(_info.Id, status));
        }
    }

    /// <summary>One call after the other. One that fails is forgotten: what matters comes again.</summary>
    private async Task SendAsync(SchedulerStream stream, ChannelReader<Call> calls, CancellationToken cancellationToken)
    {
        await foreach (var call in calls.ReadAllAsync(cancellationToken))
        {
            try
            {
                await _client.SendAsync(stream, call, cancellationToken);
                if (call.Type == Call.Types.Type.Acknowledge)
                {
                    Ledger.Acknowledged(call.Acknowledge.TaskId.Value, call.Acknowledge.Uuid);
                }
            }
            catch (SchedulerException)
            {
                // The leader is gone or going, or is not sure of itself.
            }
        }
    }

    private async Task PulseAsync(ChannelWriter<Call> calls, CancellationToken cancellationToken)
    {
        var reconcileAt = _clock.GetUtcNow() + ReconcileEvery;
        while (true)
        {
            await Task.Delay(Pulse, _clock, cancellationToken);
            Kill(calls);
            if (_subscribed && _clock.GetUtcNow() >= reconcileAt)
            {
                Reconcile(calls);
                reconcileAt = _clock.GetUtcNow() + ReconcileEvery;
            }
        }
    }

    private void Reconcile(ChannelWriter<Call> calls)
    {
        var open = Ledger.Open;
        if (!open.IsEmpty)
        {
            calls.TryWrite(new Call
            {
                Type = Call.Types.Type.Reconcile,
                FrameworkId = _info.Id,
                Reconcile = new Call.Types.Reconcile
                {
                    Tasks = { open.Select(task => new Call.Types.Reconcile.Types.Task { TaskId = new TaskID { Value = task.Id }, AgentId = task.Agent }) },
                },
            });
        }
    }

    private void Kill(ChannelWriter<Call> calls)
    {
        var now = _clock.GetUtcNow();
        foreach (var task in Ledger.Open.Where(task => task.Wanted == TaskState.TaskKilled && task.End is null))
        {
            if (_subscribed && KillAt(task.Id, now) <= now)
            {
                SetKillAt(task.Id, now + KillAgain);
                calls.TryWrite(new Call
                {
                    Type = Call.Types.Type.Kill,
                    FrameworkId = _info.Id,
                    Kill = new Call.Types.Kill { TaskId = new TaskID { Value = task.Id }, AgentId = task.Agent },
                });
            }
        }
    }

    private DateTimeOffset KillAt(string task, DateTimeOffset now)
    {
        lock (_killAt)
        {
            return _killAt.GetValueOrDefault(task, now);
        }
    }

    private void SetKillAt(string task, DateTimeOffset at)
    {
        lock (_killAt)
        {
            _killAt[task] = at;
        }
    }

    // ---- launching ----

    private Call Answer(Offer offer)
    {
        var now = _clock.GetUtcNow();
        if (!_launching || now < _launchAt || Ledger.Open.Length >= _options.TasksAtOnce)
        {
            return Calls.Decline(_info.Id, [offer.Id], TimeSpan.FromSeconds(1));
        }

        _launchAt = now + _options.LaunchEvery;
        var task = NewTask(offer, now);
        var launch = new Offer.Types.Operation
        {
            Type = Offer.Types.Operation.Types.Type.Launch,
            Launch = new Offer.Types.Operation.Types.Launch { TaskInfos = { task } },
        };
        return Calls.Accept(_info.Id, offer, [launch]);
    }

    private TaskInfo NewTask(Offer offer, DateTimeOffset now)
    {
        var id = $"{Name}.{(++_launched).ToString(CultureInfo.InvariantCulture)}";
        var (wanted, timetable) = _random.Next(10) switch
        {
            < 2 => (TaskState.TaskKilled, "run=forever"),
            < 4 => (TaskState.TaskFailed, $"run={Milliseconds()}ms,exit=3"),
            _ => (TaskState.TaskFinished, $"run={Milliseconds()}ms"),
        };
        SetKillAt(id, now + TimeSpan.FromMilliseconds(_random.Next(0, 4_000)));
        Ledger.Launched(id, offer.AgentId, wanted, now);
        return new TaskInfo
        {
            Name = id,
            TaskId = new TaskID { Value = id },
            AgentId = offer.AgentId,
            Command = new CommandInfo
            {
                Value = "true",
                Environment = new Environment { Variables = { new Environment.Types.Variable { Name = Simulate, Value = timetable } } },
            },
            Resources = { Protocol.Resources.Parse("cpus:0.01;mem:8").Allocate(offer.AllocationInfo.Role).ToProtobuf() },
        };
    }

    private string Milliseconds() => _random.Next(100, 4_000).ToString(CultureInfo.InvariantCulture);

    private static FrameworkInfo Describe(string name, int number)
    {
        var info = new FrameworkInfo { User = "chaos", Name = name, Roles = { $"role-{number % 4}" }, FailoverTimeout = 3_600, Checkpoint = true };
        var capabilities = new List<FrameworkInfo.Types.Capability.Types.Type>
        {
            FrameworkInfo.Types.Capability.Types.Type.MultiRole,
            FrameworkInfo.Types.Capability.Types.Type.ReservationRefinement,
        };
        if (number % 3 == 0)
        {
            capabilities.Add(FrameworkInfo.Types.Capability.Types.Type.PartitionAware);
        }

        if (number % 5 == 0)
        {
            capabilities.Add(FrameworkInfo.Types.Capability.Types.Type.TaskKillingState);
        }

        info.Capabilities.Add(capabilities.Select(type => new FrameworkInfo.Types.Capability { Type = type }));
        return info;
    }
}
