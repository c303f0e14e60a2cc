using System.Runtime.ExceptionServices;

namespace MesosK8sBridge.Kubernetes.Tests.Client;

/// <summary>
/// A clock that jumps to the next timer when nobody has anything left to do, on a single thread: hours pass in milliseconds and the
/// same test takes the same course each time.
/// </summary>
internal sealed class VirtualTime : TimeProvider
{
    private readonly PriorityQueue<VirtualTimer, (long At, long Order)> _timers = new();

    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = [];

    private long _now;

    private volatile bool _strayed;

    private long _order;

    public static DateTimeOffset Epoch { get; } = new(2024, 2, 29, 12, 0, 0, TimeSpan.Zero);

    public TimeSpan Elapsed => new(_now);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => Epoch + Elapsed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public Task Delay(double seconds) => this.DelayAsync(TimeSpan.FromSeconds(seconds), CancellationToken.None);

    /// <summary>As Assert.ThrowsAsync, which would go on on another thread.</summary>
    public static async Task<Exception?> FailureOf(Task task)
    {
        try
        {
            await task;
            return null;
        }
#pragma warning disable CA1031
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e;
        }
    }

    /// <summary>Runs until <paramref name="test"/> is done, for at most a day of virtual time.</summary>
    public void Run(Func<Task> test)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new Pump(this));
        try
        {
            var running = test();
            while (!running.IsCompleted)
            {
                Step();
            }

            if (running.Exception is { } failure)
            {
                ExceptionDispatchInfo.Throw(failure.InnerException!);
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private void Step()
    {
        Assert.False(_strayed, "Something ran on another thread: time is not under control.");
        (SendOrPostCallback Callback, object? State) next;
        bool posted;
        lock (_posted)
        {
            posted = _posted.TryDequeue(out next);
        }

        if (posted)
        {
            next.Callback(next.State);
            return;
        }

        Assert.True(_timers.TryDequeue(out var timer, out var due), "Everybody waits and no timer is left to wake them.");
        if (timer.Due == due)
        {
            _now = Math.Max(_now, due.At);
            Assert.True(Elapsed < TimeSpan.FromDays(1), "A day has passed and the test is not done.");
            timer.Fire();
        }
    }

    private sealed class Pump(VirtualTime time) : SynchronizationContext
    {
        private readonly int _thread = Environment.CurrentManagedThreadId;

        public override void Post(SendOrPostCallback d, object? state)
        {
            time._strayed |= Environment.CurrentManagedThreadId != _thread;
            lock (time._posted)
            {
                time._posted.Enqueue((d, state));
            }
        }

        public override void Send(SendOrPostCallback d, object? state) => d(state);
    }

    private sealed class VirtualTimer(VirtualTime time, Action callback) : ITimer
    {
        private TimeSpan _period;

        /// <summary>Null: not running.</summary>
        public (long At, long Order)? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            Due = dueTime == Timeout.InfiniteTimeSpan ? null : (time._now + dueTime.Ticks, time._order++);
            if (Due is { } due)
            {
                time._timers.Enqueue(this, due);
            }

            return true;
        }

        public void Fire()
        {
            Change(_period > TimeSpan.Zero ? _period : Timeout.InfiniteTimeSpan, _period);
            callback();
        }

        public void Dispose() => Due = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
