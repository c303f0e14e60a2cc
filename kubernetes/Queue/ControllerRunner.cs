using System.Collections.Concurrent;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Queue;

/// <summary>Calls a controller for every object that an informer knows, whenever one has changed.</summary>
/// <remarks>
/// To be made before the informer runs. It may start later than the informer and stop earlier, as a leader does: while it does not run
/// it remembers nothing, and when it starts it goes through all objects.
/// </remarks>
public sealed class ControllerRunner<T>
    where T : class, IKubernetesObject
{
    private readonly Informer<T> _informer;

    private readonly IEntityController<T> _controller;

    private readonly WorkQueueOptions _options;

    private readonly TimeProvider _clock;

    private readonly Random _random;

    private readonly ILogger _logger;

    /// <summary>The last that was seen of objects whose end the controller has not yet heard of.</summary>
    private readonly ConcurrentDictionary<ObjectKey, T> _gone = new();

    private volatile WorkQueue<ObjectKey>? _queue;

    public ControllerRunner(
        Informer<T> informer, IEntityController<T> controller, WorkQueueOptions options, TimeProvider clock, Random random, ILogger logger)
    {
        _informer = informer;
        _controller = controller;
        _options = options;
        _clock = clock;
        _random = random;
        _logger = logger;
        informer.AddHandler(Handle);
    }

    /// <summary>Call the controller for this object although it has not changed. Nothing happens unless the runner runs.</summary>
    public void Enqueue(ObjectKey key) => _queue?.Add(key);

    /// <summary>Waits for the informer's first list, then runs until cancelled. May be run again afterwards, but not twice at a time.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _informer.WaitForSyncAsync(cancellationToken);
        using var queue = new WorkQueue<ObjectKey>(_options, _clock, _random, _logger);
        if (Interlocked.CompareExchange(ref _queue, queue, null) is not null)
        {
            throw new InvalidOperationException("The controller runs already.");
        }

        try
        {
            foreach (var key in _informer.Current.Keys)
            {
                queue.Add(key);
            }

            await queue.RunAsync(WorkAsync, cancellationToken);
        }
        finally
        {
            _queue = null;
            _gone.Clear();
        }
    }

    private ValueTask Handle(InformerEvent<T> happened, CancellationToken cancellationToken)
    {
        if (_queue is not { } queue)
        {
            return ValueTask.CompletedTask;
        }

        switch (happened)
        {
            case InformerEvent<T>.Added added:
                queue.Add(ObjectKey.Of(added.Object));
                break;
            case InformerEvent<T>.Updated updated:
                queue.Add(ObjectKey.Of(updated.Object));
                break;
            case InformerEvent<T>.Deleted deleted:
                _gone[ObjectKey.Of(deleted.Last)] = deleted.Last;
                queue.Add(ObjectKey.Of(deleted.Last));
                break;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The end of an object comes before its successor of the same name.</summary>
    private async Task<WorkResult> WorkAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (_gone.TryGetValue(key, out var gone))
        {
            await _controller.DeletedAsync(gone, cancellationToken);
            _gone.TryRemove(KeyValuePair.Create(key, gone));
        }

        return _informer.Current.Find(key) is { } obj ? await _controller.ReconcileAsync(obj, cancellationToken) : WorkResult.Done;
    }
}
