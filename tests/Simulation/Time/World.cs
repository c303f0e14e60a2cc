namespace MesosK8sBridge.Simulation.Time;

/// <summary>
/// Virtual time, and all that is still to happen. One thread; what is due at the same moment happens in the order it was planned,
/// except that continuations of bridges are sometimes put behind others, as a thread pool might do.
/// </summary>
internal sealed class World(int seed)
{
    public static readonly DateTimeOffset Beginning = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Happening, (long Ticks, long Order)> _agenda = new();
    private readonly Queue<Continuation> _ready = new();
    private readonly Random _order = new(seed);
    private long _planned;

    public DateTimeOffset Now { get; private set; } = Beginning;

    /// <summary>How many continuations have run.</summary>
    public long Steps { get; private set; }

    public Happening At(DateTimeOffset due, Action happen)
    {
        var happening = new Happening(happen);
        _agenda.Enqueue(happening, ((due > Now ? due : Now).UtcTicks, _planned++));
        return happening;
    }

    public Happening After(TimeSpan wait, Action happen) => At(Now + wait, happen);

    /// <summary>Lets happen what is planned until then, or until somebody has seen enough.</summary>
    public void Run(DateTimeOffset until, Func<bool> enough)
    {
        while (!enough())
        {
            if (_ready.TryDequeue(out var next))
            {
                Continue(next);
            }
            else if (_agenda.TryPeek(out var happening, out var due) && due.Ticks <= until.UtcTicks)
            {
                _agenda.Dequeue();
                Now = new DateTimeOffset(due.Ticks, TimeSpan.Zero);
                happening.Happen();
            }
            else
            {
                Now = until > Now ? until : Now;
                return;
            }
        }
    }

    public void Post(VirtualProcess process, SendOrPostCallback callback, object? state) => _ready.Enqueue(new Continuation(process, callback, state));

    private void Continue(Continuation next)
    {
        if (_ready.Count > 0 && _order.Next(16) == 0)
        {
            _ready.Enqueue(next);
            return;
        }

        Steps++;
        next.Process.Continue(next.Callback, next.State);
    }

    private readonly record struct Continuation(VirtualProcess Process, SendOrPostCallback Callback, object? State);
}

/// <summary>Something planned; it may be called off.</summary>
internal sealed class Happening(Action happen)
{
    private Action? _happen = happen;

    public void CallOff() => _happen = null;

    public void Happen()
    {
        var action = _happen;
        _happen = null;
        action?.Invoke();
    }
}
