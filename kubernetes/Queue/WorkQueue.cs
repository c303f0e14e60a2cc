using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Queue;

/// <summary>What becomes of a key whose work is done.</summary>
/// <param name="After">Work on it again after this time; null: not until somebody adds it.</param>
public readonly record struct WorkResult(TimeSpan? After)
{
    public static WorkResult Done => default;

    public static WorkResult RequeueAfter(TimeSpan delay) => new(delay);
}

public sealed record WorkQueueOptions
{
    /// <summary>Keys worked on at the same time. Default 4.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>After a key's first failure; doubles from there. Default 200 ms.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest wait after failures. Default 5 min.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>
/// Keys to be worked on, each at most once at a time: what is added while it waits is one, what is added while it is worked on comes
/// again afterwards. Thread-safe.
/// </summary>
/// <remarks>
/// It has no other bound than the number of keys there are: a key takes one place however often it is added.
/// Kubernetes: client-go/util/workqueue.
/// </remarks>
public sealed class WorkQueue<TKey> : IDisposable
    where TKey : notnull
{
    private readonly Lock _lock = new();

    /// <summary>Unbounded because <see cref="_dirty"/> lets each key in but once.</summary>
    private readonly Channel<TKey> _ready = Channel.CreateUnbounded<TKey>();

    /// <summary>Has work to be done: waits in <see cref="_ready"/>, or will after the work that is going on.</summary>
    private readonly HashSet<TKey> _dirty = [];

    private readonly HashSet<TKey> _busy = [];

    private readonly Dictionary<TKey, int> _failures = [];

    /// <summary>When each postponed key is due; older entries of <see cref="_later"/> for it are void.</summary>
    private readonly Dictionary<TKey, long> _due = [];

    private readonly PriorityQueue<TKey, long> _later = new();

    private readonly WorkQueueOptions _options;

    private readonly Backoff _backoff;

    private readonly TimeProvider _clock;

    private readonly ILogger _logger;

    private readonly ITimer _timer;

    private TaskCompletionSource? _idle;

    private bool _closed;

    /// <param name="random">Spreads repeated work.</param>
    public WorkQueue(WorkQueueOptions options, TimeProvider clock, Random random, ILogger logger)
    {
        _options = options.Workers >= 1 ? options : throw new ArgumentException("At least one worker is needed.", nameof(options));
        _backoff = new(options.FirstDelay, options.LongestDelay, random);
        _clock = clock;
        _logger = logger;
        _timer = clock.CreateTimer(_ => ReleaseDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keys that wait, those postponed included.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _dirty.Count + _due.Count;
            }
        }
    }

    /// <summary>Entries of the list of postponed keys, void ones included.</summary>
    internal int Postponed
    {
        get
        {
            lock (_lock)
            {
                return _later.Count;
            }
        }
    }

    /// <summary>Work on the key as soon as a worker is free. Ignored after <see cref="RunAsync"/> has ended.</summary>
    public void Add(TKey key)
    {
        lock (_lock)
        {
            AddLocked(key);
        }
    }

    /// <summary>As <see cref="Add"/>, after a time; of several times the earliest counts.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        lock (_lock)
        {
            AddAfterLocked(key, delay);
        }
    }

    /// <summary>Completes when no key waits, is postponed or is worked on.</summary>
    public Task WhenIdle()
    {
        lock (_lock)
        {
            return IsIdle() ? Task.CompletedTask : (_idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Works on keys until cancelled, then waits for the work that is going on. Once in a queue's life.</summary>
    /// <param name="work">Throws to try again later. Its token is cancelled when the queue's is.</param>
    public async Task RunAsync(Func<TKey, CancellationToken, Task<WorkResult>> work, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(Enumerable.Range(0, _options.Workers).Select(_ => WorkAsync(work, cancellationToken)));
        }
        finally
        {
            Close();
        }
    }

    public void Dispose()
    {
        Close();
        _timer.Dispose();
    }

    private async Task WorkAsync(Func<TKey, CancellationToken, Task<WorkResult>> work, CancellationToken cancellationToken)
    {
        while (await TakeAsync(cancellationToken) is { Found: true, Key: var key })
        {
            try
            {
                var result = await work(key, cancellationToken);
                Finish(key, result);
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The edge of a controller: whatever it throws, the key comes again and the others go on.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Fail(key, e);
            }
        }
    }

    private async Task<(bool Found, TKey Key)> TakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            var key = await _ready.Reader.ReadAsync(cancellationToken);
            lock (_lock)
            {
                _dirty.Remove(key);
                _busy.Add(key);
                return (true, key);
            }
        }
        catch (OperationCanceledException)
        {
            return (false, default!);
        }
    }

    private void Finish(TKey key, WorkResult result)
    {
        lock (_lock)
        {
            _failures.Remove(key);
            Free(key);
            if (result.After is { } delay)
            {
                AddAfterLocked(key, delay);
            }

            if (IsIdle())
            {
                _idle?.TrySetResult();
                _idle = null;
            }
        }
    }

    private void Fail(TKey key, Exception failure)
    {
        int failures;
        TimeSpan delay;
        lock (_lock)
        {
            failures = _failures.GetValueOrDefault(key) + 1;
            _failures[key] = failures;
            var addedMeanwhile = _dirty.Remove(key); // What has changed may help, but not so much as to try at once.
            delay = _backoff.After(addedMeanwhile ? 1 : failures);
            delay = failure is KubernetesException { RetryAfter: { } asked } && asked > delay ? _backoff.AtLeast(asked) : delay;
            _busy.Remove(key);
            AddAfterLocked(key, delay);
        }

        _logger.WorkFailed(failure, key, failures, delay);
    }

    private bool IsIdle() => _dirty.Count + _busy.Count + _due.Count == 0;

    private void Free(TKey key)
    {
        _busy.Remove(key);
        if (_dirty.Contains(key))
        {
            _ready.Writer.TryWrite(key);
        }
    }

    private void AddLocked(TKey key)
    {
        if (_closed || !_dirty.Add(key))
        {
            return;
        }

        _due.Remove(key);
        if (!_busy.Contains(key))
        {
            _ready.Writer.TryWrite(key);
        }
    }

    private void AddAfterLocked(TKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            AddLocked(key);
            return;
        }

        var due = _clock.GetTimestamp() + (long)(delay.TotalSeconds * _clock.TimestampFrequency);
        if (_closed || _dirty.Contains(key) || (_due.TryGetValue(key, out var earlier) && earlier <= due))
        {
            return;
        }

        _due[key] = due;
        _later.Enqueue(key, due);
        DropVoid();
        SetTimer();
    }

    /// <summary>Entries for times that no longer count go as soon as they are the majority.</summary>
    private void DropVoid()
    {
        if (_later.Count <= 64 + (2 * _due.Count))
        {
            return;
        }

        _later.Clear();
        _later.EnqueueRange(_due.Select(d => (d.Key, d.Value)));
    }

    private void ReleaseDue()
    {
        lock (_lock)
        {
            var now = _clock.GetTimestamp();
            while (!_closed && _later.TryPeek(out var key, out var due) && due <= now)
            {
                _later.Dequeue();
                if (_due.TryGetValue(key, out var current) && current == due)
                {
                    AddLocked(key);
                }
            }

            SetTimer();
        }
    }

    private void SetTimer()
    {
        if (_closed)
        {
            return;
        }

        var wait = Timeout.InfiniteTimeSpan;
        if (_later.TryPeek(out _, out var due))
        {
            // Rounded up, or a timer that counts milliseconds would fire just too early, again and again.
            var left = _clock.GetElapsedTime(_clock.GetTimestamp(), due);
            wait = left <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds));
        }

        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Close()
    {
        lock (_lock)
        {
            _closed = true;
        }
    }
}
