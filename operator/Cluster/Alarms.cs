namespace MesosK8sBridge.Operator.Cluster;

/// <summary>What is to be looked at when its time has come. For one thread.</summary>
internal sealed class Alarms(SightingBook book, TimeProvider clock)
{
    /// <summary>Timers do not reach further than 49 days; one that rings early rings in vain.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);

    private readonly SortedSet<Alarm> _later = [];
    private readonly Dictionary<object, Alarm> _alarms = [];
    private long _serial;

    public DateTimeOffset Now => clock.GetUtcNow();

    public int Count => _later.Count;

    /// <param name="what">Has one alarm at most: this one replaces an earlier one, whenever that was due.</param>
    public void Set(object what, DateTimeOffset due, Action<SightingBook> note)
    {
        Unset(what);
        var alarm = new Alarm(due, ++_serial, what, note);
        _alarms.Add(what, alarm);
        _later.Add(alarm);
    }

    public void Unset(object what)
    {
        if (_alarms.Remove(what, out var alarm))
        {
            _later.Remove(alarm);
        }
    }

    /// <summary>Completes as soon as there is something to look at, or at the cancellation: at whichever, where the waiter runs.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        await using var timer = clock.CreateTimer(_ => book.Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using var stop = cancellationToken.UnsafeRegister(static book => ((SightingBook)book!).Wake(), book);
        NoteWhatIsDue();
        SetTimer(timer);
        await book.WhenNoted();
        cancellationToken.ThrowIfCancellationRequested();
        NoteWhatIsDue();
    }

    private void NoteWhatIsDue()
    {
        while (_later.Min is { } next && next.Due <= Now)
        {
            Unset(next.What);
            next.Note(book);
        }
    }

    /// <summary>Rounds up: timers drop fractions of a millisecond.</summary>
    private void SetTimer(ITimer timer)
    {
        var wait = Timeout.InfiniteTimeSpan;
        if (_later.Min is { } next)
        {
            wait = TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling((next.Due - Now).TotalMilliseconds), 0, LongestSleep.TotalMilliseconds));
        }

        timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private sealed record Alarm(DateTimeOffset Due, long Serial, object What, Action<SightingBook> Note) : IComparable<Alarm>
    {
        public int CompareTo(Alarm? other) => other is null ? 1 : (Due, Serial).CompareTo((other.Due, other.Serial));
    }
}
