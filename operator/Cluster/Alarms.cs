namespace MesosK8sBridge.Operator.Cluster;

/// <summary>What is to be looked at when its time has come. For one thread.</summary>
internal sealed class Alarms(SightingBook book, TimeProvider clock)
{
    /// <summary>Timers do not reach further than 49 days; one that rings early rings in vain.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);

    private readonly PriorityQueue<Action<SightingBook>, DateTimeOffset> _later = new();

    public DateTimeOffset Now => clock.GetUtcNow();

    public void Set(DateTimeOffset due, Action<SightingBook> note) => _later.Enqueue(note, due);

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
        while (_later.TryPeek(out var note, out var due) && due <= Now)
        {
            _later.Dequeue();
            note(book);
        }
    }

    /// <summary>Rounds up: timers drop fractions of a millisecond.</summary>
    private void SetTimer(ITimer timer)
    {
        var wait = Timeout.InfiniteTimeSpan;
        if (_later.TryPeek(out _, out var next))
        {
            wait = TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling((next - Now).TotalMilliseconds), 0, LongestSleep.TotalMilliseconds));
        }

        timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
