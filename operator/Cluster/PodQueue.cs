using System.Collections.Concurrent;
using System.Threading.Channels;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>Does the work of one Pod. Throws if it could not; what is transient is tried again.</summary>
internal interface IPodWorker
{
    Task DoAsync(PodKey pod, PodWork work, CancellationToken cancellationToken);

    /// <summary>Trying again would fail again.</summary>
    Task FailedAsync(PodKey pod, PodWork work, Exception failure, CancellationToken cancellationToken);
}

/// <summary>
/// Work on Pods: for each Pod in order, each piece until it is done; for many Pods at once. A kill that comes while its Pod is
/// being created waits for the creation, so that it is never lost, and a launch waits for the release of the Pod before it.
/// </summary>
/// <remarks>
/// Not bounded by itself: a Pod has a launch, a kill and a release at most, as the same again is not queued twice, and the
/// master launches no more tasks than the agents have room for.
/// </remarks>
internal sealed class PodQueue(IPodWorker worker, int parallelism, Backoff backoff, TimeProvider clock, ILogger log) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<PodKey, Lane> _lanes = [];
    private readonly Channel<PodKey> _ready = Channel.CreateUnbounded<PodKey>(); // At most one entry for each lane.
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, byte> _waits = new();
    private Task[] _workers = [];
    private TaskCompletionSource? _idle;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _lanes.Values.Sum(lane => lane.Work.Count);
            }
        }
    }

    public void Start() => _workers = [.. Enumerable.Range(0, parallelism).Select(_ => WorkAsync())];

    public bool IsBusy(PodKey pod)
    {
        lock (_lock)
        {
            return _lanes.ContainsKey(pod);
        }
    }

    public void Enqueue(PodKey pod, PodWork work)
    {
        lock (_lock)
        {
            if (!_lanes.TryGetValue(pod, out var lane))
            {
                _lanes.Add(pod, lane = new Lane());
                _ready.Writer.TryWrite(pod);
            }

            if (!lane.Work.Contains(work))
            {
                lane.Work.Enqueue(work);
            }
        }
    }

    /// <summary>Until nothing is left to do.</summary>
    /// <returns>False if it was cancelled before.</returns>
    public async Task<bool> DrainAsync(CancellationToken cancellationToken)
    {
        Task idle;
        lock (_lock)
        {
            if (_lanes.Count == 0)
            {
                return true;
            }

            idle = (_idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        try
        {
            await idle.WaitAsync(cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _ready.Writer.TryComplete();
        await Task.WhenAll([.. _workers, .. _waits.Keys]);
        _stopping.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            // Not ReadAllAsync, which always goes on in the thread pool: a simulation with a clock of its own stays on one thread.
            while (await _ready.Reader.WaitToReadAsync(_stopping.Token))
            {
                while (_ready.Reader.TryRead(out var pod))
                {
                    await DoNextAsync(pod);
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task DoNextAsync(PodKey pod)
    {
        var (lane, work) = Head(pod);
        try
        {
            await worker.DoAsync(pod, work, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure) when (Passes(failure) || MustBe(work, failure))
        {
            Retry(pod, lane, work, failure);
            return;
        }
        catch (Exception failure)
        {
            await GiveUpAsync(pod, work, failure);
        }

        Done(pod, lane);
    }

    /// <summary>Also what is wrong with ourselves and may be mended under us: credentials. And a call that took too long.</summary>
    public static bool Passes(Exception failure) =>
        failure.IsTransient() || failure is KubernetesException { IsUnauthorized: true } or KubernetesConfigurationException or OperationCanceledException;

    /// <summary>
    /// A launch that is refused is a task that failed. Nobody comes again for anything else: a role that is taken away by mistake comes back, and
    /// a conflict passes.
    /// </summary>
    private static bool MustBe(PodWork work, Exception failure) =>
        work is not PodWork.Create && failure is KubernetesException { StatusCode: 403 or 409 };

    /// <summary>The edge of the process towards the cluster: nothing that goes wrong with one Pod may stop the others.</summary>
    private async Task GiveUpAsync(PodKey pod, PodWork work, Exception failure)
    {
        log.WorkFailed(failure, work.GetType().Name, pod);
        try
        {
            await worker.FailedAsync(pod, work, failure, _stopping.Token);
        }
        catch (Exception second) when (second is not OperationCanceledException || !_stopping.IsCancellationRequested)
        {
            log.WorkFailed(second, work.GetType().Name, pod);
        }
    }

    private (Lane Lane, PodWork Work) Head(PodKey pod)
    {
        lock (_lock)
        {
            var lane = _lanes[pod];
            return (lane, lane.Work.Peek());
        }
    }

    private void Done(PodKey pod, Lane lane)
    {
        lock (_lock)
        {
            lane.Failures = 0;
            lane.Work.Dequeue();
            if (lane.Work.Count > 0)
            {
                _ready.Writer.TryWrite(pod);
                return;
            }

            _lanes.Remove(pod);
            if (_lanes.Count == 0)
            {
                _idle?.TrySetResult();
                _idle = null;
            }
        }
    }

    private void Retry(PodKey pod, Lane lane, PodWork work, Exception failure)
    {
        var wait = backoff.After(++lane.Failures);
        log.WorkWaits(work.GetType().Name, pod, lane.Failures, wait, failure.Message);
        var waiting = ReadyAfterAsync(pod, wait);
        _waits.TryAdd(waiting, 0);
        _ = waiting.ContinueWith(
            done => _waits.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task ReadyAfterAsync(PodKey pod, TimeSpan wait)
    {
        try
        {
            await Task.Delay(wait, clock, _stopping.Token);
            _ready.Writer.TryWrite(pod);
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }
    }

    private sealed class Lane
    {
        public Queue<PodWork> Work { get; } = new();

        public int Failures { get; set; }
    }
}
