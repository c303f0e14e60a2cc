using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Simulation.Faults;
using MesosK8sBridge.Simulation.Time;

namespace MesosK8sBridge.Simulation.Cluster;

/// <summary>The way of one watch's events to their reader: they take time, and what a bad network does to them.</summary>
internal sealed class WatchFeed<T>(World world, Weather weather, Random random, DateTimeOffset ends)
    where T : class, IKubernetesObject
{
    private readonly Queue<WatchEvent<T>> _arrived = new();
    private TaskCompletionSource? _waiting;
    private DateTimeOffset _last = world.Now;
    private Exception? _end;

    public bool IsClosed { get; private set; }

    /// <summary>Once an event was lost, nothing after a list is to be believed: this watch ends with 410.</summary>
    public bool IsHoled { get; private set; }

    public void Offer(WatchEvent<T> happened)
    {
        if (IsClosed)
        {
            return;
        }

        var fate = weather.OfWatch(random);
        if (fate == WatchFate.Lost)
        {
            IsHoled = true;
            world.After(random.Between(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)), () => Close(new KubernetesException(410, "Expired", "too old resource version")));
            return;
        }

        Deliver(happened, fate);
        if (fate == WatchFate.Twice)
        {
            Deliver(happened, WatchFate.Well);
        }
    }

    public void Close(Exception? reason)
    {
        if (!IsClosed)
        {
            IsClosed = true;
            _end = reason;
            Wake();
        }
    }

    public async IAsyncEnumerable<WatchEvent<T>> ReadAsync()
    {
        world.At(ends, () => Close(null));
        while (true)
        {
            while (_arrived.TryDequeue(out var happened))
            {
                yield return happened;
            }

            if (IsClosed)
            {
                if (_end is not null)
                {
                    throw _end;
                }

                yield break;
            }

            _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await _waiting.Task;
        }
    }

    /// <summary>One behind the other, unless the weather lets this one overtake.</summary>
    private void Deliver(WatchEvent<T> happened, WatchFate fate)
    {
        var due = world.Now + weather.Latency(random);
        if (fate == WatchFate.Late)
        {
            due += random.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        }

        if (fate != WatchFate.Early)
        {
            _last = due = due > _last ? due : _last;
        }

        world.At(due, () => Arrive(happened));
    }

    private void Arrive(WatchEvent<T> happened)
    {
        if (!IsClosed)
        {
            _arrived.Enqueue(happened);
            Wake();
        }
    }

    private void Wake()
    {
        var waiting = _waiting;
        _waiting = null;
        waiting?.TrySetResult();
    }
}
