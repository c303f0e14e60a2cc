using System.Globalization;
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

    private readonly Lock _lock = new();

    /// <summary>Those who wait for a list that begins from now on.</summary>
    private readonly List<TaskCompletionSource> _asked = [];

    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Replaced as a whole.</summary>
    private volatile InformerHandler<T>[] _handlers = [];

    private volatile Snapshot<T> _current;

    /// <summary>Somebody waits for <see cref="_current"/> to move on.</summary>
    private TaskCompletionSource? _moved;

    /// <summary>Breaks off the watch or the wait that goes on.</summary>
    private CancellationTokenSource? _interruption;

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

        Follow(handler);
    }

    /// <summary>
    /// As <see cref="AddHandler"/>, but at any time, and until disposed. For one that compares what is with what it knows: it follows
    /// first and then looks at <see cref="Current"/>, for of what is known already it may not be told.
    /// </summary>
    /// <returns>Ends it; a call that is under way goes on.</returns>
    public IDisposable Follow(InformerHandler<T> handler)
    {
        lock (_lock)
        {
            _handlers = [.. _handlers, handler];
        }

        return new Following(this, handler);
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

    /// <summary>Completes when <see cref="Current"/> is at least as new as the API server was at the moment of the call.</summary>
    /// <remarks>
    /// A watch alone never shows that: an event may be on its way, and a watch in which nothing happens may be dead. So the API server is
    /// asked, in the way that it must not answer from a cache that is behind. Where there are few objects, that is a list. Where there are many, it is
    /// the newest resource version, which the watch, busy as it then is, soon reaches; else a list all the same. Of one type,
    /// events come in the order of their resource versions, and these are numbers.
    /// </remarks>
    /// <param name="patience">How long the watch is given to catch up.</param>
    public async Task CatchUpAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        await WaitForSyncAsync(cancellationToken);
        if (_current.Count <= _options.PageSize || !await ReachesAsync(await NewestAsync(cancellationToken), patience, cancellationToken))
        {
            await ListAgainAsync(cancellationToken);
        }
    }

    /// <returns>Null if it cannot be told.</returns>
    private async Task<ulong?> NewestAsync(CancellationToken cancellationToken)
    {
        try
        {
            var options = new ListOptions { LabelSelector = _options.LabelSelector, FieldSelector = _options.FieldSelector, Limit = 1 };
            var page = await _kubernetes.ListAsync<T>(_options.Namespace, options, cancellationToken);
            return NumberOf(page.Metadata.ResourceVersion);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e.IsForeign())
        {
            return null; // The list that follows tries again, for as long as it takes.
        }
    }

    /// <returns>Whether it is reached in time.</returns>
    private async Task<bool> ReachesAsync(ulong? newest, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var over = _clock.DelayAsync(patience, enough.Token);
        var reached = false;
        while (newest is not null && !reached && !over.IsCompleted)
        {
            var moved = WhenMovedAsync(); // Before looking, so that nothing slips in between.
            reached = NumberOf(_current.ResourceVersion) >= newest;
            await (reached ? Task.CompletedTask : Task.WhenAny(moved, over));
        }

        enough.Cancel();
        cancellationToken.ThrowIfCancellationRequested();
        return reached;
    }

    private static ulong? NumberOf(string? resourceVersion) =>
        ulong.TryParse(resourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private async Task WhenMovedAsync()
    {
        var fresh = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await (Interlocked.CompareExchange(ref _moved, fresh, null) ?? fresh).Task;
    }

    private void Move(Snapshot<T> next)
    {
        _current = next;
        Interlocked.Exchange(ref _moved, null)?.TrySetResult();
    }

    /// <summary>Completes when a list that begins from now on is here, and every handler has heard of it.</summary>
    private async Task ListAgainAsync(CancellationToken cancellationToken)
    {
        var listed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        CancellationTokenSource? interruption;
        lock (_lock)
        {
            _asked.Add(listed);
            interruption = _interruption;
        }

        try
        {
            interruption?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It is over already.
        }

        await listed.Task.WaitAsync(cancellationToken);
    }

    /// <summary>What is begun with this is broken off when somebody asks for a list.</summary>
    private CancellationTokenSource Interruptible(CancellationToken cancellationToken)
    {
        var interruption = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lock (_lock)
        {
            _interruption = interruption;
            if (_asked.Count > 0)
            {
                interruption.Cancel();
            }
        }

        return interruption;
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        var served = new List<TaskCompletionSource>();
        while (!await TryListAsync(served, cancellationToken))
        {
            // Waited in between.
        }

        served.ForEach(listed => listed.TrySetResult());
    }

    /// <param name="served">Those who have asked before it began.</param>
    private async Task<bool> TryListAsync(List<TaskCompletionSource> served, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            served.AddRange(_asked);
            _asked.Clear();
        }

        using var interruption = Interruptible(cancellationToken);
        try
        {
            var (objects, resourceVersion) = await ReadAllAsync(cancellationToken);
            await ApplyAsync(objects, resourceVersion, cancellationToken);
            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e.IsForeign())
        {
            _pageSize = e is KubernetesException { IsGone: true } ? 0 : _options.PageSize; // Too slow for pages: all at once.
            var delay = NextDelay(e);
            LogListFailure(e, delay);
            await DelayAsync(delay, interruption.Token, cancellationToken);
            return false;
        }
    }

    /// <summary>Cut short when a list is asked for: whoever asks does not wait for old failures.</summary>
    private async Task DelayAsync(TimeSpan delay, CancellationToken interrupted, CancellationToken cancellationToken)
    {
        try
        {
            await _clock.DelayAsync(delay, interrupted);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // A list is wanted now.
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
        var missing = before.Objects.Where(o => !objects.ContainsKey(ObjectKey.Of(o))).OrderBy(o => ObjectKey.Of(o).ToString(), StringComparer.Ordinal).ToList();
        Move(before.Replaced(objects, resourceVersion));
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

    /// <summary>Watches again and again from where the last watch ended, until the API server says that this is too long ago, or a list is asked for.</summary>
    private async Task WatchUntilExpiredAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var interruption = Interruptible(cancellationToken);
            var started = _clock.GetTimestamp();
            var failure = await TryWatchAsync(interruption.Token, cancellationToken);
            var expired = failure is KubernetesException { IsGone: true };
            if (interruption.IsCancellationRequested)
            {
                return;
            }

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

            await PauseAsync(failure, interruption.Token, cancellationToken);
            if (expired || interruption.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <returns>Why it ended; null if the server ended it as it should, or if it was broken off.</returns>
    private async Task<Exception?> TryWatchAsync(CancellationToken interrupted, CancellationToken cancellationToken)
    {
        try
        {
            await WatchAsync(interrupted, cancellationToken);
            return null;
        }
        catch (Exception) when (interrupted.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e.IsForeign())
        {
            return e;
        }
    }

    private async Task WatchAsync(CancellationToken interrupted, CancellationToken cancellationToken)
    {
        var options = new ListOptions
        {
            LabelSelector = _options.LabelSelector,
            FieldSelector = _options.FieldSelector,
            ResourceVersion = _current.ResourceVersion,
            AllowWatchBookmarks = true,
            Timeout = _options.WatchTimeout * (1 + _random.NextDouble()),
        };
        await foreach (var happened in _kubernetes.WatchAsync<T>(_options.Namespace, options, interrupted))
        {
            await ApplyAsync(happened, cancellationToken); // What has come is told to all, and not to some.
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
                Move(_current.With(Trimmed(obj)));
                await TellChangeAsync(previous, obj, cancellationToken);
                break;
            case WatchEventType.Deleted:
                Move(_current.Without(obj));
                if (previous is not null)
                {
                    await TellAsync(new InformerEvent<T>.Deleted(Trimmed(obj), Witnessed: true), cancellationToken);
                }

                break;
            case WatchEventType.Bookmark when obj.ResourceVersion() is { Length: > 0 } resourceVersion:
                Move(_current.At(resourceVersion));
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

    private async Task PauseAsync(Exception? failure, CancellationToken interrupted, CancellationToken cancellationToken)
    {
        if (failure is not null)
        {
            var delay = NextDelay(failure);
            _logger.WatchBroke(Kind, _current.ResourceVersion, failure.Message, delay);
            await DelayAsync(delay, interrupted, cancellationToken);
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

    private sealed class Following(Informer<T> informer, InformerHandler<T> handler) : IDisposable
    {
        public void Dispose()
        {
            lock (informer._lock)
            {
                informer._handlers = [.. informer._handlers.Where(other => !ReferenceEquals(other, handler))];
            }
        }
    }
}
