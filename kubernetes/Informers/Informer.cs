using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Informers;

/// <summary>Handles one event; the informer waits for it before it goes on.</summary>
public delegate ValueTask InformerHandler<T>(InformerEvent<T> happened, CancellationToken cancellationToken)
    where T : IKubernetesObject;

/// <summary>
/// Keeps a copy of all objects of a type: lists them, then watches, and lists again only when the API server has forgotten where we were.
/// </summary>
/// <remarks>
/// <see cref="RunAsync"/> is the only writer; anybody may read <see cref="Current"/> at any time. A failed list or a broken watch changes
/// nothing that is known: only a deletion that was seen, or a complete list, removes an object.
/// Kubernetes: client-go/tools/cache/reflector.go.
/// </remarks>
public sealed class Informer<T>
    where T : IKubernetesObject
{
    /// <summary>A watch that ends sooner counts as a failure, so that a server which ends each at once is not asked all the time.</summary>
    private static readonly TimeSpan ShortWatch = TimeSpan.FromSeconds(1);

    private readonly IKubernetes _kubernetes;

    private readonly InformerOptions<T> _options;

    private readonly TimeProvider _clock;

    private readonly ILogger _logger;

    private readonly Random _random;

    private readonly Backoff _backoff;

    private readonly List<InformerHandler<T>> _handlers = [];

    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile Snapshot<T> _current;

    private int _started;

    /// <summary>In a row, of lists and watches together; a watch that lives for a while ends the row.</summary>
    private int _failures;

    private int _pageSize;

    /// <param name="random">Spreads repeated attempts; used by <see cref="RunAsync"/> alone.</param>
    public Informer(IKubernetes kubernetes, InformerOptions<T> options, TimeProvider clock, Random random, ILogger logger)
    {
        _kubernetes = kubernetes;
        _options = options;
        _clock = clock;
        _random = random;
        _logger = logger;
        _backoff = new(options.FirstDelay, options.LongestDelay, random);
        _pageSize = options.PageSize;
        _current = Snapshot<T>.Empty(options.Indexers);
    }

    /// <summary>What is known now. Never goes back in time.</summary>
    public Snapshot<T> Current => _current;

    /// <summary>The first list is here and every handler has heard of it.</summary>
    public bool HasSynced => _synced.Task.IsCompletedSuccessfully;

    private static string Kind => KubernetesEntity<T>.Info.Kind;

    /// <summary>Handlers are called in the order they were added, one event after another.</summary>
    /// <exception cref="InvalidOperationException">The informer runs already.</exception>
    public void AddHandler(InformerHandler<T> handler)
    {
        if (_started != 0)
        {
            throw new InvalidOperationException("Handlers are added before the informer runs, or they would miss what it knows.");
        }

        _handlers.Add(handler);
    }

    /// <summary>Completes at <see cref="HasSynced"/>.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    /// <summary>Runs until cancelled. Once in an informer's life.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled: the only way it ends.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("The informer runs already.");
        }

        while (true)
        {
            await ListAsync(cancellationToken);
            _synced.TrySetResult();
            await WatchUntilExpiredAsync(cancellationToken);
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var (objects, resourceVersion) = await ReadAllAsync(cancellationToken);
                await ApplyAsync(objects, resourceVersion, cancellationToken);
                return;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && e.IsForeign())
            {
                _pageSize = e is KubernetesException { IsGone: true } ? 0 : _options.PageSize; // Too slow for pages: all at once.
                var delay = NextDelay(e);
                LogListFailure(e, delay);
                await _clock.DelayAsync(delay, cancellationToken);
            }
        }
    }

    private async Task<(Dictionary<ObjectKey, T> Objects, string? ResourceVersion)> ReadAllAsync(CancellationToken cancellationToken)
    {
        var options = new ListOptions { LabelSelector = _options.LabelSelector, FieldSelector = _options.FieldSelector, Limit = _pageSize };
        var objects = new Dictionary<ObjectKey, T>();
        string? resourceVersion = null;
        await foreach (var page in _kubernetes.ListPagesAsync<T>(_options.Namespace, options, cancellationToken))
        {
            // All pages are of the first one's moment.
            resourceVersion ??= page.Metadata.ResourceVersion;
            foreach (var obj in page.Items)
            {
                objects[ObjectKey.Of(obj)] = Trimmed(obj);
            }
        }

        return (objects, resourceVersion);
    }

    private async Task ApplyAsync(Dictionary<ObjectKey, T> objects, string? resourceVersion, CancellationToken cancellationToken)
    {
        var before = _current;
        var missing = before.Objects.Where(o => !objects.ContainsKey(ObjectKey.Of(o))).ToList();
        _current = before.Replaced(objects, resourceVersion);
        await TellAsync(new InformerEvent<T>.Relisted(before.Count, objects.Count, missing.Count), cancellationToken);
        foreach (var gone in missing)
        {
            await TellAsync(new InformerEvent<T>.Deleted(gone, Witnessed: false), cancellationToken);
        }

        var (added, updated) = (0, 0);
        foreach (var (key, obj) in objects)
        {
            var previous = before.Find(key);
            added += previous is null ? 1 : 0;
            updated += previous is not null && previous.ResourceVersion() != obj.ResourceVersion() ? 1 : 0;
            await TellChangeAsync(previous, obj, cancellationToken);
        }

        _logger.Listed(objects.Count, Kind, resourceVersion, added, updated, missing.Count);
    }

    /// <summary>Watches again and again from where the last watch ended, until the API server says that this is too long ago.</summary>
    private async Task WatchUntilExpiredAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var started = _clock.GetTimestamp();
            var failure = await TryWatchAsync(cancellationToken);
            var expired = failure is KubernetesException { IsGone: true };
            if (_clock.GetElapsedTime(started) >= ShortWatch)
            {
                _failures = 0;
            }
            else
            {
                failure ??= new IOException("It ended at once.");
            }

            if (expired)
            {
                _logger.WatchExpired(Kind, _current.ResourceVersion);
            }

            await PauseAsync(failure, cancellationToken);
            if (expired)
            {
                return;
            }
        }
    }

    /// <returns>Why it ended; null if the server ended it as it should.</returns>
    private async Task<Exception?> TryWatchAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WatchAsync(cancellationToken);
            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e.IsForeign())
        {
            return e;
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        var options = new ListOptions
        {
            LabelSelector = _options.LabelSelector,
            FieldSelector = _options.FieldSelector,
            ResourceVersion = _current.ResourceVersion,
            AllowWatchBookmarks = true,
            Timeout = _options.WatchTimeout * (1 + _random.NextDouble()),
        };
        await foreach (var happened in _kubernetes.WatchAsync<T>(_options.Namespace, options, cancellationToken))
        {
            await ApplyAsync(happened, cancellationToken);
            _failures = 0;
        }
    }

    private async ValueTask ApplyAsync(WatchEvent<T> happened, CancellationToken cancellationToken)
    {
        var obj = happened.Object;
        var previous = happened.Type == WatchEventType.Bookmark ? default : _current.Find(ObjectKey.Of(obj));
        switch (happened.Type)
        {
            case WatchEventType.Added or WatchEventType.Modified:
                _current = _current.With(Trimmed(obj));
                await TellChangeAsync(previous, obj, cancellationToken);
                break;
            case WatchEventType.Deleted:
                _current = _current.Without(obj);
                if (previous is not null)
                {
                    await TellAsync(new InformerEvent<T>.Deleted(Trimmed(obj), Witnessed: true), cancellationToken);
                }

                break;
            case WatchEventType.Bookmark when obj.ResourceVersion() is { Length: > 0 } resourceVersion:
                _current = _current.At(resourceVersion);
                break;
        }
    }

    /// <summary>An object with the name of another but a uid of its own is another object: the first one's end went unseen.</summary>
    private async ValueTask TellChangeAsync(T? previous, T obj, CancellationToken cancellationToken)
    {
        if (previous is not null && previous.Uid() != obj.Uid())
        {
            await TellAsync(new InformerEvent<T>.Deleted(previous, Witnessed: false), cancellationToken);
            previous = default;
        }

        if (previous is null)
        {
            await TellAsync(new InformerEvent<T>.Added(obj), cancellationToken);
        }
        else if (previous.ResourceVersion() != obj.ResourceVersion())
        {
            await TellAsync(new InformerEvent<T>.Updated(previous, obj), cancellationToken);
        }
    }

    private async ValueTask TellAsync(InformerEvent<T> happened, CancellationToken cancellationToken)
    {
        foreach (var handler in _handlers)
        {
            try
            {
                await handler(happened, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                _logger.HandlerFailed(e, Kind);
            }
        }
    }

    private T Trimmed(T obj)
    {
        if (!_options.KeepManagedFields)
        {
            obj.Metadata.ManagedFields = null;
        }

        return obj;
    }

    private async Task PauseAsync(Exception? failure, CancellationToken cancellationToken)
    {
        if (failure is not null)
        {
            var delay = NextDelay(failure);
            _logger.WatchBroke(Kind, _current.ResourceVersion, failure.Message, delay);
            await _clock.DelayAsync(delay, cancellationToken);
        }
    }

    private TimeSpan NextDelay(Exception failure)
    {
        var delay = _backoff.After(++_failures);
        return failure is KubernetesException { RetryAfter: { } asked } && asked > delay ? _backoff.AtLeast(asked) : delay;
    }

    private void LogListFailure(Exception e, TimeSpan delay)
    {
        if (e is KubernetesException { IsTransient: false, IsGone: false } refusal)
        {
            _logger.ListRefused(Kind, refusal.Message, delay);
            return;
        }

        _logger.ListFailed(e, Kind, delay);
    }
}
