using System.Threading.Channels;

namespace MesosK8sBridge.Kubernetes.Embedded.Storage;

/// <summary>One subscriber's queue of changes of one resource; closed when the subscriber is too slow for its bound.</summary>
internal sealed class Watcher(string namespaceName, long after, int capacity) : IDisposable
{
    private readonly Channel<WatchItem> _queue = Channel.CreateBounded<WatchItem>(
        new BoundedChannelOptions(capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    public ChannelReader<WatchItem> Items => _queue.Reader;

    internal Action<Watcher>? Closed { get; set; }

    /// <summary>Called by the store, under its lock.</summary>
    internal void Offer(Change change)
    {
        if (change.Version > after && (namespaceName.Length == 0 || change.Current.Key.Namespace == namespaceName))
        {
            Enqueue(new WatchItem(change, change.Version));
        }
    }

    /// <summary>Tells the reader that all changes up to a version have been queued.</summary>
    internal void OfferBookmark(long version) => Enqueue(new WatchItem(null, Math.Max(version, after)));

    public void Dispose()
    {
        _queue.Writer.TryComplete();
        Closed?.Invoke(this);
    }

    private void Enqueue(WatchItem item)
    {
        if (!_queue.Writer.TryWrite(item))
        {
            _queue.Writer.TryComplete(); // the client lists again, as after any lost watch
        }
    }
}

/// <param name="Change">Null: a bookmark.</param>
internal readonly record struct WatchItem(Change? Change, long Version);
