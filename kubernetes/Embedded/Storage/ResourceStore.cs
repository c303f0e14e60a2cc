using System.Collections.Immutable;

namespace MesosK8sBridge.Kubernetes.Embedded.Storage;

/// <summary>All objects of one resource, their recent history, and who watches them. Guarded by the store's lock.</summary>
internal sealed class ResourceStore(long createdAt, int historyLimit)
{
    private readonly Queue<Change> _history = new();
    private readonly List<Watcher> _watchers = [];

    public ImmutableSortedDictionary<ObjectKey, StoredObject> Objects { get; private set; } =
        ImmutableSortedDictionary<ObjectKey, StoredObject>.Empty;

    /// <summary>The version up to which history has been forgotten.</summary>
    public long ForgottenUpTo { get; private set; } = createdAt;

    public int WatcherCount => _watchers.Count;

    public void Apply(Change change)
    {
        Objects = change.Kind == ChangeKind.Deleted ? Objects.Remove(change.Current.Key) : Objects.SetItem(change.Current.Key, change.Current);
        _history.Enqueue(change);
        if (_history.Count > historyLimit)
        {
            ForgottenUpTo = _history.Dequeue().Version;
        }

        foreach (var watcher in _watchers)
        {
            watcher.Offer(change);
        }
    }

    public void Forget()
    {
        ForgottenUpTo = _history.Count == 0 ? ForgottenUpTo : _history.Last().Version;
        _history.Clear();
    }

    public IEnumerable<Change> ChangesAfter(long version) => _history.Where(change => change.Version > version);

    /// <summary>The objects as they were at an earlier version, which must not be forgotten.</summary>
    public ImmutableSortedDictionary<ObjectKey, StoredObject> At(long version)
    {
        var objects = Objects.ToBuilder();
        foreach (var change in ChangesAfter(version).Reverse())
        {
            if (change.Previous is null)
            {
                objects.Remove(change.Current.Key);
            }
            else
            {
                objects[change.Current.Key] = change.Previous;
            }
        }

        return objects.ToImmutable();
    }

    public void Add(Watcher watcher) => _watchers.Add(watcher);

    public void Remove(Watcher watcher) => _watchers.Remove(watcher);

    public IReadOnlyList<Watcher> Watchers => _watchers;
}
