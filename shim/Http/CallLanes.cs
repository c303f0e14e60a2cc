namespace MesosK8sBridge.Shim.Http;

/// <summary>
/// Lets each framework have only so many calls under way, so that one that sends thousands at a time does not fill the master's
/// inbox before the others. Its further calls wait in line, unread, each on its own connection: Mesos' clients take a refusal
/// for the end of their subscription, except 503, which they get when the wait has been too long.
/// </summary>
/// <remarks>Mesos: src/scheduler/scheduler.cpp, how answers other than 200, 202, 307, 404 and 503 become ERROR events.</remarks>
internal sealed class CallLanes(int width)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lane> _lanes = [];

    /// <summary>Callers that wait or are under way.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _lanes.Values.Sum(lane => lane.Users);
            }
        }
    }

    /// <summary>First come, first served. What is returned ends the call.</summary>
    /// <param name="key">Whose calls these are.</param>
    /// <exception cref="OperationCanceledException">It was not to be waited for any longer.</exception>
    public async ValueTask<IDisposable> EnterAsync(string key, CancellationToken ct)
    {
        var lane = Join(key);
        try
        {
            await lane.Slots.WaitAsync(ct);
            return new Place(this, key, lane);
        }
        catch
        {
            Leave(key, lane);
            throw;
        }
    }

    private Lane Join(string key)
    {
        lock (_lock)
        {
            if (!_lanes.TryGetValue(key, out var lane))
            {
                _lanes.Add(key, lane = new Lane(width));
            }

            lane.Users++;
            return lane;
        }
    }

    private void Leave(string key, Lane lane)
    {
        lock (_lock)
        {
            if (--lane.Users == 0)
            {
                _lanes.Remove(key);
                lane.Slots.Dispose();
            }
        }
    }

    private sealed class Lane(int width)
    {
        public SemaphoreSlim Slots { get; } = new(width, width);

        public int Users { get; set; }
    }

    private sealed class Place(CallLanes lanes, string key, Lane lane) : IDisposable
    {
        public void Dispose()
        {
            lane.Slots.Release();
            lanes.Leave(key, lane);
        }
    }
}
