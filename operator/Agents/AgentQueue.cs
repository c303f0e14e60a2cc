namespace MesosK8sBridge.Operator.Agents;

/// <summary>Names of agents to be looked at, each at most once; the urgent ones first. Thread-safe, for one who takes.</summary>
internal sealed class AgentQueue
{
    private readonly Lock _lock = new();
    private readonly Queue<string> _urgent = new();
    private readonly Queue<string> _ordinary = new();
    private readonly Dictionary<string, bool> _waiting = []; // True: urgent.
    private readonly HashSet<string> _postponed = [];
    private TaskCompletionSource _noted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(string name, bool isUrgent)
    {
        lock (_lock)
        {
            AddLocked(name, isUrgent);
            _noted.TrySetResult();
        }
    }

    /// <summary>Not before <see cref="Release"/>.</summary>
    public void Postpone(string name)
    {
        lock (_lock)
        {
            _postponed.Add(name);
        }
    }

    public void Release()
    {
        lock (_lock)
        {
            foreach (var name in _postponed)
            {
                AddLocked(name, isUrgent: false);
            }

            _postponed.Clear();
        }
    }

    /// <summary>Lets whoever waits look around.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            _noted.TrySetResult();
        }
    }

    /// <returns>Null: <see cref="Wake"/> was called, and nothing waits.</returns>
    public async Task<string?> NextAsync(CancellationToken cancellationToken)
    {
        if (TryTake(out var noted) is { } waiting)
        {
            return waiting;
        }

        await noted.WaitAsync(cancellationToken);
        return TryTake(out _);
    }

    private string? TryTake(out Task noted)
    {
        lock (_lock)
        {
            while (_urgent.TryDequeue(out var urgent) || _ordinary.TryDequeue(out urgent))
            {
                if (_waiting.Remove(urgent))
                {
                    noted = Task.CompletedTask;
                    return urgent;
                }
            }

            _noted = new(TaskCreationOptions.RunContinuationsAsynchronously);
            noted = _noted.Task;
            return null;
        }
    }

    private void AddLocked(string name, bool isUrgent)
    {
        var isWaiting = _waiting.TryGetValue(name, out var wasUrgent);
        if (isWaiting && (wasUrgent || !isUrgent))
        {
            return;
        }

        _waiting[name] = isUrgent; // One that becomes urgent stays in the other queue as well, where it is passed over.
        (isUrgent ? _urgent : _ordinary).Enqueue(name);
    }
}
