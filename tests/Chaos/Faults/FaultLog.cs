namespace MesosK8sBridge.Chaos.Faults;

/// <summary>When what was done to whom, to explain the gaps that frameworks saw. Thread-safe.</summary>
internal sealed class FaultLog(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly List<(long At, Ending? Ending)> _faults = [];
    private readonly List<(long From, long To)> _troubles = [];

    public void Ended(Ending ending)
    {
        lock (_gate)
        {
            _faults.Add((clock.GetTimestamp(), ending));
        }
    }

    public async Task TroubledAsync(Func<Task> trouble)
    {
        var from = clock.GetTimestamp();
        try
        {
            await trouble();
        }
        finally
        {
            lock (_gate)
            {
                _troubles.Add((from, clock.GetTimestamp()));
            }
        }
    }

    /// <summary>What a gap is due to: the one end of a leader in it, or a mixture.</summary>
    /// <returns>Null for a mixture.</returns>
    public Ending? CauseOf(Gap gap)
    {
        // The stream of a leader that is told to go ends a little before the process does; a framework notices a little late.
        var early = gap.From - clock.TimestampFrequency;
        var lease = 3 * clock.TimestampFrequency; // A trouble that has just passed may still have its consequences.
        lock (_gate)
        {
            var inside = _faults.Where(fault => fault.At >= early && fault.At <= gap.To).ToList();
            return inside is [{ Ending: { } ending }] && !_troubles.Any(trouble => trouble.From <= gap.To && trouble.To + lease >= gap.From) ? ending : null;
        }
    }
}

/// <summary>A time without subscription, in ticks of the clock: from the end of a stream to SUBSCRIBED on the next.</summary>
internal readonly record struct Gap(string Framework, long From, long To);
