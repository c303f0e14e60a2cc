using System.Collections.Immutable;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;

namespace MesosK8sBridge.Kubernetes.Embedded.Storage;

/// <summary>
/// All objects, versioned by one counter as in etcd. One writer at a time; readers see immutable snapshots.
/// </summary>
internal sealed class ObjectStore(StoreLimits limits)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceStore> _resources = new(StringComparer.Ordinal);
    private long _version = 1;
    private int _watchers;

    /// <summary>Called after each change, under the lock: must only take note of it.</summary>
    public event Action<string, Change>? Changed;

    public long Version => Volatile.Read(ref _version);

    public StoredObject? Find(string resource, ObjectKey key)
    {
        lock (_lock)
        {
            return Store(resource).Objects.GetValueOrDefault(key);
        }
    }

    public Snapshot Current(string resource)
    {
        lock (_lock)
        {
            return new Snapshot(Store(resource).Objects, _version);
        }
    }

    /// <summary>The resource as it was at a version, or null if that has been forgotten.</summary>
    public Snapshot? At(string resource, long version)
    {
        lock (_lock)
        {
            var store = Store(resource);
            return version < store.ForgottenUpTo ? null : new Snapshot(store.At(version), version);
        }
    }

    /// <summary>
    /// Puts a document in place of the expected version (null: of nothing), or takes it away (null document).
    /// </summary>
    /// <returns>Null if something else is there by now: look again and decide anew.</returns>
    public StoredObject? TryCommit(string resource, ObjectKey key, StoredObject? expected, JsonObject? document)
    {
        lock (_lock)
        {
            var store = Store(resource);
            if (!ReferenceEquals(store.Objects.GetValueOrDefault(key), expected))
            {
                return null;
            }

            var next = (document ?? expected!.Document).Copy();
            var version = ++_version;
            Stamp(next.Object("metadata")!, version);
            var kind = document is null ? ChangeKind.Deleted : expected is null ? ChangeKind.Added : ChangeKind.Modified;
            var change = new Change(kind, expected, new StoredObject(key, next, version));
            store.Apply(change);
            Changed?.Invoke(resource, change);
            return change.Current;
        }
    }

    /// <summary>Changes after a version; for null, all objects there are as additions, then their changes.</summary>
    /// <exception cref="StatusException">410: the version has been forgotten. 429: too many watchers.</exception>
    public Watcher Watch(string resource, string namespaceName, long? after)
    {
        lock (_lock)
        {
            var store = Store(resource);
            if (after < store.ForgottenUpTo)
            {
                throw Failures.TooOld(after.Value, store.ForgottenUpTo);
            }

            if (_watchers >= limits.Watchers)
            {
                throw Failures.TooManyRequests("too many watchers, please try again later", new JsonObject { ["retryAfterSeconds"] = 1L });
            }

            var backlog = Backlog(store, after).ToList();
            var watcher = new Watcher(namespaceName, after ?? 0, limits.WatcherQueue + backlog.Count) { Closed = Unwatch(store) };
            backlog.ForEach(watcher.Offer);
            store.Add(watcher);
            _watchers++;
            return watcher;
        }
    }

    /// <summary>Has a bookmark queued behind all changes so far.</summary>
    public void Bookmark(Watcher watcher)
    {
        lock (_lock)
        {
            watcher.OfferBookmark(_version);
        }
    }

    /// <summary>Starts a resource's history now: earlier versions of it are too old.</summary>
    public void Begin(string resource)
    {
        lock (_lock)
        {
            _resources.TryAdd(resource, new ResourceStore(_version, limits.History));
        }
    }

    /// <summary>Forgets all history, as a compaction of etcd does.</summary>
    public void Compact()
    {
        lock (_lock)
        {
            foreach (var store in _resources.Values)
            {
                store.Forget();
            }
        }
    }

    /// <summary>Ends every watch of a resource that is served no longer.</summary>
    public void End(string resource)
    {
        List<Watcher> watchers;
        lock (_lock)
        {
            watchers = [.. Store(resource).Watchers];
            _resources.Remove(resource);
        }

        watchers.ForEach(watcher => watcher.Dispose());
    }

    private static void Stamp(JsonObject metadata, long version)
    {
        var text = version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (metadata.ContainsKey("resourceVersion"))
        {
            metadata["resourceVersion"] = text;
        }
        else
        {
            metadata.Insert(metadata.IndexOf("uid") + 1, "resourceVersion", text);
        }
    }

    private static IEnumerable<Change> Backlog(ResourceStore store, long? after) =>
        after is null
            ? store.Objects.Values.Select(current => new Change(ChangeKind.Added, null, current))
            : store.ChangesAfter(after.Value);

    private Action<Watcher> Unwatch(ResourceStore store) => watcher =>
    {
        lock (_lock)
        {
            if (watcher.Closed is not null)
            {
                watcher.Closed = null;
                store.Remove(watcher);
                _watchers--;
            }
        }
    };

    private ResourceStore Store(string resource)
    {
        if (!_resources.TryGetValue(resource, out var store))
        {
            store = new ResourceStore(0, limits.History);
            _resources.Add(resource, store);
        }

        return store;
    }
}

/// <param name="Version">The store's version the objects were seen at.</param>
internal sealed record Snapshot(ImmutableSortedDictionary<ObjectKey, StoredObject> Objects, long Version);

/// <param name="History">Changes kept for each resource.</param>
/// <param name="Watchers">In all.</param>
/// <param name="WatcherQueue">Changes a watcher may lag behind before it is cut off.</param>
internal sealed record StoreLimits(int History, int Watchers, int WatcherQueue);
