using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Threading.Channels;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Tests.Http;
using MesosK8sBridge.Shim.Tests.Master;
using EventType = MesosK8sBridge.Protocol.V1.Scheduler.Event.Types.Type;

namespace MesosK8sBridge.Shim.Tests.Loop;

/// <summary>The loop around the real core.</summary>
public sealed class MasterLoopTests : IAsyncLifetime
{
    private static readonly StreamId S1 = new(new Guid("11111111-1111-4111-8111-111111111111"));

    private readonly ManualClock _clock = new(Given.T0);
    private readonly MasterMetrics _metrics = new();
    private readonly Recorder _frameworks = new();
    private readonly Recorder _cluster = new();
    private readonly Deaths _deaths = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly MasterLoop _loop;
    private Task _running = Task.CompletedTask;

    public MasterLoopTests()
    {
        var master = new MesosMaster(new MasterOptions { Admission = Admission.Open }, Given.MasterInfo, new Random(1));
        _loop = new MasterLoop(master, _deaths, _clock, _metrics);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ContinueWith(_ => { }, TaskScheduler.Default).Soon();
        _metrics.Dispose();
        _stopping.Dispose();
    }

    [Fact]
    public async Task Frameworks_may_come_once_recovery_is_complete()
    {
        Run();
        Assert.False(_loop.IsRecovered);

        await _loop.PostAndWaitAsync(new MasterInput.RecoveryCompleted(), Ct).Soon();

        Assert.True(_loop.IsRecovered);
    }

    [Fact]
    public async Task Each_effect_goes_to_who_performs_it_in_order()
    {
        await SubscribeAsync();

        Assert.Equal([EventType.Subscribed, EventType.Heartbeat], _frameworks.EventsOf(S1));
        Assert.IsType<MasterEffect.RecordFramework>(Assert.Single(_cluster.Effects));
    }

    [Fact]
    public async Task Time_alone_brings_heartbeats()
    {
        await SubscribeAsync();

        for (var seconds = 0.0; seconds < 45; seconds += 0.5)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(0.5));
        }

        Assert.Equal(4, _frameworks.EventsOf(S1).Count(type => type == EventType.Heartbeat));
    }

    [Fact]
    public async Task A_deadline_years_away_is_waited_for_in_steps_that_timers_can_take()
    {
        await SubscribeAsync(failoverTimeout: 10 * 365 * 86400.0);
        await _loop.PostAndWaitAsync(new MasterInput.StreamClosed(S1), Ct).Soon();

        await AdvanceAsync(TimeSpan.FromDays(3));

        Assert.All(_clock.Waits, wait => Assert.InRange(wait, Timeout.InfiniteTimeSpan, TimeSpan.FromDays(1)));
        Assert.Equal(FrameworkPhase.Disconnected, Assert.Single((await _loop.SnapshotAsync(Ct).Soon()).Frameworks).Phase);
    }

    [Fact]
    public async Task An_alarm_that_found_no_room_rings_again()
    {
        var heard = 0;
        await using var alarm = new MasterAlarm(_clock, () => ++heard > 2);

        alarm.Set(Given.T0.AddSeconds(1), Given.T0);
        _clock.Advance(TimeSpan.FromSeconds(0.9999));
        Assert.Equal(0, heard);
        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(3, heard);
    }

    [Fact]
    public async Task A_machine_clock_that_is_set_back_does_not_set_the_master_back()
    {
        Run();
        await _loop.PostAndWaitAsync(new MasterInput.RecoveryCompleted(), Ct).Soon();
        _clock.Offset = TimeSpan.FromHours(-1);

        await _loop.PostAndWaitAsync(Subscription(0), Ct).Soon();

        Assert.Equal(Given.T0, Assert.Single(_cluster.Effects.OfType<MasterEffect.RecordFramework>()).Registration.RegisteredAt);
    }

    [Fact]
    public async Task A_full_inbox_makes_callers_wait()
    {
        for (var posted = 0; posted < MasterLoop.InboxCapacity; posted++)
        {
            await _loop.PostAsync(new MasterInput.Tick(), Ct);
        }

        var oneMore = _loop.PostAsync(new MasterInput.RecoveryCompleted(), Ct).AsTask();
        Assert.False(oneMore.IsCompleted);

        Run();
        await oneMore.Soon();
        await _loop.SnapshotAsync(Ct).Soon();
        Assert.True(_loop.IsRecovered);
    }

    [Fact]
    public async Task A_fault_ends_the_process_and_nothing_more_is_taken()
    {
        Run();
        await _loop.PostAndWaitAsync(new MasterInput.RecoveryCompleted(), Ct).Soon();
        _frameworks.Fault = new InvalidOperationException("broken");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _loop.PostAndWaitAsync(Subscription(0), Ct).Soon());

        await Assert.ThrowsAsync<InvalidOperationException>(() => _running.Soon());
        Assert.Same(_frameworks.Fault, Assert.Single(_deaths.Faults));
        await Assert.ThrowsAsync<ChannelClosedException>(() => _loop.PostAsync(new MasterInput.Tick(), Ct).Soon());
    }

    [Fact]
    public async Task Stopping_drops_what_waits_and_is_no_fault()
    {
        var waiting = _loop.PostAndWaitAsync(new MasterInput.Tick(), Ct);
        var snapshot = _loop.SnapshotAsync(Ct);
        await _stopping.CancelAsync();

        Run();
        await _running.Soon();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Soon());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => snapshot.Soon());
        Assert.Empty(_deaths.Faults);
        await Assert.ThrowsAsync<ChannelClosedException>(() => _loop.PostAsync(new MasterInput.Tick(), Ct).Soon());
    }

    [Fact]
    public async Task Inputs_and_effects_are_counted_by_kind()
    {
        var counted = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (_metrics.Owns(instrument))
            {
                own.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            counted.AddOrUpdate($"{instrument.Name} {tags[0].Value}", value, (_, sum) => sum + value));
        listener.Start();

        await SubscribeAsync();

        Assert.Equal(1, counted["mesosbridge_master_inputs Subscribe"]);
        Assert.Equal(2, counted["mesosbridge_master_effects Send"]);
    }

    private void Run() => _running = _loop.RunAsync(_frameworks, _cluster, _stopping.Token);

    private async Task SubscribeAsync(double failoverTimeout = 0)
    {
        Run();
        await _loop.PostAndWaitAsync(new MasterInput.RecoveryCompleted(), Ct).Soon();
        await _loop.PostAndWaitAsync(Subscription(failoverTimeout), Ct).Soon();
    }

    private static MasterInput.Subscribe Subscription(double failoverTimeout) => new(
        S1,
        new Call.Types.Subscribe { FrameworkInfo = new() { User = "root", Name = "x", FailoverTimeout = failoverTimeout } },
        Principal: null);

    private async Task AdvanceAsync(TimeSpan time)
    {
        _clock.Advance(time);
        await _loop.SnapshotAsync(Ct).Soon(); // Behind whatever tick the clock has brought.
    }

    private sealed class Recorder : IEffectPerformer
    {
        public ConcurrentQueue<MasterEffect> Effects { get; } = new();

        public Exception? Fault { get; set; }

        public IEnumerable<EventType> EventsOf(StreamId stream) =>
            Effects.OfType<MasterEffect.Send>().Where(send => send.Stream == stream).Select(send => send.Event.Type);

        public void Perform(MasterEffect effect)
        {
            if (Fault is not null)
            {
                throw Fault;
            }

            Effects.Enqueue(effect);
        }
    }

    private sealed class Deaths : IFatalErrors
    {
        public ConcurrentQueue<Exception> Faults { get; } = new();

        public void End(string what, Exception fault) => Faults.Enqueue(fault);
    }
}
