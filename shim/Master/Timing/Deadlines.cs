namespace MesosK8sBridge.Shim.Master.Timing;

/// <summary>Something that happens once at a time to come, unless cancelled before.</summary>
internal abstract class Deadline(DateTimeOffset due)
{
    public DateTimeOffset Due { get; } = due;

    public bool Cancelled { get; set; }

    public abstract void Happen();
}

/// <summary>All deadlines of a master. Those of the same time happen in the order in which they were set.</summary>
internal sealed class Deadlines
{
    /// <summary>Below this many, cancelled ones are not worth the sweep.</summary>
    private const int SweepFloor = 256;

    private readonly PriorityQueue<Deadline, (long DueTicks, long Order)> _queue = new();
    private long _order;
    private int _cancelled;

    /// <summary>The earliest deadline that is still to come; null if there is none.</summary>
    public DateTimeOffset? Next
    {
        get
        {
            DropCancelled();
            return _queue.TryPeek(out var first, out _) ? first.Due : null;
        }
    }

    public int Count => _queue.Count - _cancelled;

    /// <summary>With those that are cancelled but not yet swept away.</summary>
    public int Kept => _queue.Count;

    public Deadline Set(DateTimeOffset due, Action happen)
    {
        var deadline = new Call(due, happen);
        Set(deadline);
        return deadline;
    }

    public void Set(Deadline deadline) => _queue.Enqueue(deadline, (deadline.Due.UtcTicks, _order++));

    public void Cancel(Deadline? deadline)
    {
        if (deadline is null || deadline.Cancelled)
        {
            return;
        }

        deadline.Cancelled = true;
        _cancelled++;
        if (_cancelled > SweepFloor && _cancelled > _queue.Count / 2)
        {
            Sweep();
        }
    }

    /// <summary>Lets everything happen that is due, including what becomes due by it.</summary>
    public void Run(DateTimeOffset now)
    {
        while (Next is { } due && due <= now)
        {
            var deadline = _queue.Dequeue();
            deadline.Cancelled = true; // Spent: a late Cancel must not be counted.
            deadline.Happen();
        }
    }

    private void DropCancelled()
    {
        while (_queue.TryPeek(out var first, out _) && first.Cancelled)
        {
            _queue.Dequeue();
            _cancelled--;
        }
    }

    /// <summary>Year-long filters that are cleared every minute must not pile up until their time comes.</summary>
    private void Sweep()
    {
        var live = _queue.UnorderedItems.Where(item => !item.Element.Cancelled).ToArray();
        _queue.Clear();
        _queue.EnqueueRange(live);
        _cancelled = 0;
    }

    private sealed class Call(DateTimeOffset due, Action happen) : Deadline(due)
    {
        public override void Happen() => happen();
    }
}
