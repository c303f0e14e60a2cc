namespace MesosK8sBridge.Simulation.Time;

/// <summary>
/// One process on the virtual machine: where its code runs, and its clock. It can be killed between any two of its continuations;
/// whatever it had in memory is then gone. It can also be stopped for a while, as a machine that swaps or a collector that collects.
/// </summary>
internal sealed class VirtualProcess(World world) : SynchronizationContext
{
    private readonly List<(SendOrPostCallback Callback, object? State)> _held = [];
    private readonly int _thread = System.Environment.CurrentManagedThreadId;
    private int _stepsToLive = -1;
    private Action? _died;

    public bool IsDead { get; private set; }

    public bool IsStopped { get; private set; }

    public TimeProvider Clock => field ??= new ProcessClock(this);

    /// <summary>Set when the code left the one thread: then nothing is deterministic any more.</summary>
    public string? Strayed { get; private set; }

    private World World => world;

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (System.Environment.CurrentManagedThreadId != _thread)
        {
            Strayed ??= System.Environment.StackTrace;
            return;
        }

        if (IsStopped)
        {
            _held.Add((d, state));
        }
        else if (!IsDead)
        {
            world.Post(this, d, state);
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nobody waits here.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs code as this process. Nothing of it happens if the process is dead.</summary>
    public void Run(Action code)
    {
        if (IsDead)
        {
            return;
        }

        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            code();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    public void Continue(SendOrPostCallback callback, object? state)
    {
        if (IsDead)
        {
            return;
        }

        if (IsStopped)
        {
            _held.Add((callback, state));
            return;
        }

        Run(() => callback(state));
        if (_stepsToLive >= 0 && _stepsToLive-- == 0)
        {
            Kill();
        }
    }

    public void WhenDead(Action died) => _died += died;

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        if (!IsDead)
        {
            IsDead = true;
            _held.Clear();
            _died?.Invoke();
        }
    }

    /// <summary>kill -9, when it has come so much further.</summary>
    public void KillAfter(int steps) => _stepsToLive = steps;

    public void Stop() => IsStopped = true;

    public void GoOn()
    {
        IsStopped = false;
        foreach (var (callback, state) in _held.ToArray())
        {
            Post(callback, state);
        }

        _held.Clear();
    }

    private sealed class ProcessClock(VirtualProcess process) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => process.World.Now;

        public override long GetTimestamp() => process.World.Now.UtcTicks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new VirtualTimer(process, callback, state);
            timer.Change(dueTime, period);
            return timer;
        }
    }

    /// <summary>Keeps its place on the agenda when it is only put off: most timers are, again and again.</summary>
    private sealed class VirtualTimer(VirtualProcess process, TimerCallback callback, object? state) : ITimer
    {
        private DateTimeOffset? _due;
        private DateTimeOffset? _planned;
        private Happening? _plan;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            _due = dueTime == Timeout.InfiniteTimeSpan ? null : process.World.Now + dueTime;
            if (_due is { } due && (_planned is null || due < _planned))
            {
                _plan?.CallOff();
                Plan(due);
            }

            return true;
        }

        public void Dispose()
        {
            _due = null;
            _plan?.CallOff();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Plan(DateTimeOffset due)
        {
            _planned = due;
            _plan = process.World.At(due, Ring);
        }

        private void Ring()
        {
            _planned = null;
            if (_due is not { } due || process.IsDead)
            {
                return;
            }

            if (due > process.World.Now)
            {
                Plan(due);
                return;
            }

            if (process.IsStopped)
            {
                process.Post(_ => Ring(), null);
                return;
            }

            _due = _period == Timeout.InfiniteTimeSpan || _period == TimeSpan.Zero ? null : due + _period;
            if (_due is { } next)
            {
                Plan(next);
            }

            process.Run(() => callback(state));
        }
    }
}
