namespace MesosK8sBridge.Shim.Master.Frameworks;

/// <summary>All frameworks by id and by stream, and the ids that are no longer accepted.</summary>
internal sealed class FrameworkTable(int maxCompleted)
{
    private readonly Dictionary<FrameworkId, Framework> _registered = [];
    private readonly Dictionary<StreamId, Framework> _byStream = [];
    private readonly Dictionary<FrameworkId, FrameworkRegistration> _completed = [];
    private readonly Queue<FrameworkId> _completedOrder = new();

    /// <summary>In the order of registration.</summary>
    public IEnumerable<Framework> All => _registered.Values;

    public int Count => _registered.Count;

    public IEnumerable<FrameworkRegistration> Completed => _completedOrder.Select(id => _completed[id]);

    public Framework? Find(FrameworkId id) => _registered.GetValueOrDefault(id);

    public Framework? FindByStream(StreamId stream) => _byStream.GetValueOrDefault(stream);

    public bool IsCompleted(FrameworkId id) => _completed.ContainsKey(id);

    public void Add(Framework framework) => _registered.Add(framework.Id, framework);

    public void Attach(Framework framework, StreamId stream)
    {
        framework.Attach(stream);
        _byStream.Add(stream, framework);
    }

    /// <summary>Takes the framework's stream away.</summary>
    public void Release(Framework framework)
    {
        if (framework.Stream is { } stream)
        {
            _byStream.Remove(stream);
        }
    }

    public void Retire(Framework framework)
    {
        Release(framework);
        _registered.Remove(framework.Id);
        Remember(framework.Registration);
    }

    /// <summary>Only so many are remembered; the one that ended first is forgotten first.</summary>
    public void Remember(FrameworkRegistration registration)
    {
        if (maxCompleted <= 0 || !_completed.TryAdd(registration.Id, registration))
        {
            return;
        }

        _completedOrder.Enqueue(registration.Id);
        if (_completedOrder.Count > maxCompleted)
        {
            _completed.Remove(_completedOrder.Dequeue());
        }
    }
}
