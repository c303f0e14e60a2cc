namespace MesosK8sBridge.Kubernetes.Events;

/// <summary>An event that may be written once and then only counted.</summary>
internal sealed class RecordedEvent(DateTimeOffset first, long serial)
{
    public DateTimeOffset First { get; } = first;

    /// <summary>Makes names unique when two events are of one moment.</summary>
    public long Serial { get; } = serial;

    public int Count { get; set; }

    public DateTimeOffset Last { get; set; }

    /// <summary>Its name at the API server; null: not there yet.</summary>
    public string? Written { get; set; }
}

/// <summary>Which events are alike, and which object has had too many. Used by one writer; forgets the oldest when it is full.</summary>
internal sealed class EventMemory(EventRecorderOptions options, TimeProvider clock)
{
    private readonly Dictionary<Likeness, RecordedEvent> _events = [];

    private readonly Dictionary<string, Allowance> _allowances = new(StringComparer.Ordinal);

    private long _serial;

    /// <returns>The event it is one more of; null if its object has had too many.</returns>
    public RecordedEvent? Admit(Occurrence occurrence)
    {
        if (!TrySpend(occurrence.About.Uid ?? $"{occurrence.About.Kind} {occurrence.About.NamespaceProperty}/{occurrence.About.Name}"))
        {
            return null;
        }

        var likeness = Likeness.Of(occurrence);
        if (!_events.TryGetValue(likeness, out var known) || occurrence.At - known.Last > options.Memory)
        {
            Forget(_events, e => e.Last);
            _events[likeness] = known = new(occurrence.At, ++_serial);
        }

        known.Count++;
        known.Last = occurrence.At;
        return known;
    }

    private bool TrySpend(string about)
    {
        var now = clock.GetUtcNow();
        if (!_allowances.TryGetValue(about, out var allowance))
        {
            Forget(_allowances, a => a.At);
            _allowances[about] = allowance = new(options.Burst, now);
        }

        allowance.Refill(now, options);
        return allowance.TrySpend();
    }

    /// <summary>Makes room for one more by dropping the older half.</summary>
    private void Forget<TKey, TValue>(Dictionary<TKey, TValue> memory, Func<TValue, DateTimeOffset> age)
        where TKey : notnull
    {
        if (memory.Count < options.Remembered)
        {
            return;
        }

        foreach (var (key, _) in memory.OrderBy(m => age(m.Value)).Take((memory.Count / 2) + 1).ToList())
        {
            memory.Remove(key);
        }
    }

    private sealed record Likeness(string? Uid, string? Kind, string? Namespace, string? Name, string Type, string Reason, string Message)
    {
        public static Likeness Of(Occurrence o) =>
            new(o.About.Uid, o.About.Kind, o.About.NamespaceProperty, o.About.Name, o.Type, o.Reason, o.Message);
    }

    /// <summary>A bucket of tokens.</summary>
    private sealed class Allowance(int tokens, DateTimeOffset at)
    {
        private double _tokens = tokens;

        public DateTimeOffset At { get; private set; } = at;

        public void Refill(DateTimeOffset now, EventRecorderOptions options)
        {
            _tokens = Math.Min(options.Burst, _tokens + ((now - At) / options.Refill));
            At = now;
        }

        public bool TrySpend()
        {
            if (_tokens < 1)
            {
                return false;
            }

            _tokens--;
            return true;
        }
    }
}
