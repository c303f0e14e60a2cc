namespace MesosK8sBridge.Shim.Master;

/// <summary>Wakes the master when time alone is due to change something. Set by the loop only.</summary>
internal sealed class MasterAlarm : IAsyncDisposable
{
    private static readonly TimeSpan RingAgain = TimeSpan.FromMilliseconds(20);

    // Timers reach 49 days at most. An early tick changes nothing, it only sets the alarm anew.
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(1);

    private readonly Func<bool> _ring;
    private readonly ITimer _timer;
    private DateTimeOffset? _setFor;

    /// <param name="ring">Posts a tick; false if there was no room for it, in which case the alarm rings again soon.</param>
    public MasterAlarm(TimeProvider clock, Func<bool> ring)
    {
        _ring = ring;
        _timer = clock.CreateTimer(static alarm => ((MasterAlarm)alarm!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>It rang and was heard: whatever deadline is still ahead needs setting again.</summary>
    public void Heard() => _setFor = null;

    public void Set(DateTimeOffset? deadline, DateTimeOffset now)
    {
        if (deadline == _setFor)
        {
            return;
        }

        _setFor = deadline;
        _timer.Change(deadline is { } due ? WholeMilliseconds(due - now) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void Ring()
    {
        if (!_ring())
        {
            _timer.Change(RingAgain, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Rounds up: timers drop fractions, and one that rings early rings in vain.</summary>
    private static TimeSpan WholeMilliseconds(TimeSpan wait) =>
        wait <= TimeSpan.Zero ? TimeSpan.Zero
        : wait >= Furthest ? Furthest
        : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));

    public ValueTask DisposeAsync() => _timer.DisposeAsync();
}
