namespace MesosK8sBridge.Shim.Tests.Loop;

/// <summary>A clock that stands still until it is moved. Its ticks are thirds of a microsecond, to catch who confuses units.</summary>
internal sealed class ManualClock(DateTimeOffset start) : TimeProvider
{
    private readonly List<Alarm> _alarms = [];
    private TimeSpan _elapsed;

    /// <summary>Moves what the clock shows, but not the time that passes: what happens when a machine's clock is set.</summary>
    public TimeSpan Offset { get; set; }

    /// <summary>The waits asked of its timers, in order.</summary>
    public List<TimeSpan> Waits { get; } = [];

    public override long TimestampFrequency => 3_000_000;

    public override DateTimeOffset GetUtcNow() => start + _elapsed + Offset;

    public override long GetTimestamp() => (long)(_elapsed.TotalSeconds * TimestampFrequency);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, () => callback(state));
        lock (_alarms)
        {
            _alarms.Add(alarm);
        }

        alarm.Change(dueTime, period);
        return alarm;
    }

    public void Advance(TimeSpan time)
    {
        var end = _elapsed + time;
        while (Next(end) is { } due)
        {
            _elapsed = due.At!.Value > _elapsed ? due.At.Value : _elapsed;
            due.Ring();
        }

        _elapsed = end;
    }

    private Alarm? Next(TimeSpan end)
    {
        lock (_alarms)
        {
            return _alarms.Where(alarm => alarm.At <= end).MinBy(alarm => alarm.At);
        }
    }

    private sealed class Alarm(ManualClock clock, Action ring) : ITimer
    {
        private TimeSpan _period;

        public TimeSpan? At { get; private set; }

        public void Ring()
        {
            At = _period == Timeout.InfiniteTimeSpan ? null : At + _period;
            ring();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._alarms)
            {
                _period = period;
                At = dueTime == Timeout.InfiniteTimeSpan ? null : clock._elapsed + dueTime;
                clock.Waits.Add(dueTime);
            }

            return true;
        }

        public void Dispose() => At = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
