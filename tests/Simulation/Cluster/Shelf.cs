using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Simulation.Cluster;

/// <summary>All objects of one type, their recent history, and who watches them. Objects are never changed, only replaced.</summary>
internal sealed class Shelf<T>
    where T : class, IKubernetesObject
{
    private const int LongestHistory = 4_000;

    private readonly SortedDictionary<ObjectKey, T> _objects = new(Comparer<ObjectKey>.Create(Compare));
    private readonly List<(long Version, WatchEvent<T> Event)> _history = [];
    private readonly List<WatchFeed<T>> _watchers = [];
    private long _forgotten;

    public IReadOnlyCollection<T> All => _objects.Values;

    public T? Find(ObjectKey key) => _objects.GetValueOrDefault(key);

    public void Put(T obj, long version)
    {
        var key = ObjectKey.Of(obj);
        var type = _objects.ContainsKey(key) ? WatchEventType.Modified : WatchEventType.Added;
        _objects[key] = obj;
        Tell(version, new WatchEvent<T>(type, obj));
    }

    /// <param name="last">What it was in the end, with the version of its end.</param>
    public void Remove(T last, long version)
    {
        _objects.Remove(ObjectKey.Of(last));
        Tell(version, new WatchEvent<T>(WatchEventType.Deleted, last));
    }

    /// <returns>False if that version is too old: 410.</returns>
    public bool TryWatch(long from, WatchFeed<T> feed)
    {
        if (from < _forgotten)
        {
            return false;
        }

        _watchers.RemoveAll(watcher => watcher.IsClosed);
        foreach (var (version, happened) in _history)
        {
            if (version > from)
            {
                feed.Offer(happened);
            }
        }

        _watchers.Add(feed);
        return true;
    }

    /// <summary>As after a compaction: who asks for what was before must list again.</summary>
    public void Forget(long version)
    {
        _forgotten = version;
        _history.RemoveAll(entry => entry.Version <= version);
    }

    private void Tell(long version, WatchEvent<T> happened)
    {
        _history.Add((version, happened));
        if (_history.Count > LongestHistory)
        {
            _forgotten = _history[LongestHistory / 2].Version;
            _history.RemoveRange(0, (LongestHistory / 2) + 1);
        }

        for (var i = 0; i < _watchers.Count; i++)
        {
            _watchers[i].Offer(happened);
        }
    }

    private static int Compare(ObjectKey a, ObjectKey b)
    {
        var spaces = string.CompareOrdinal(a.Namespace, b.Namespace);
        return spaces != 0 ? spaces : string.CompareOrdinal(a.Name, b.Name);
    }
}
