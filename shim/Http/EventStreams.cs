using System.Collections.Concurrent;
using MesosK8sBridge.Protocol.V1.Scheduler;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Shim.Http;

/// <summary>All live streams.</summary>
internal sealed class EventStreams(HttpMetrics metrics, ILogger logger)
{
    private readonly ConcurrentDictionary<StreamId, EventStream> _streams = new();

    public int Count => _streams.Count;

    /// <param name="id">As a framework writes it.</param>
    public bool IsLive(string id) => Guid.TryParseExact(id, "D", out var uuid) && _streams.ContainsKey(new StreamId(uuid));

    public void Add(EventStream stream)
    {
        _streams[stream.Id] = stream;
        metrics.StreamOpened();
    }

    public void Remove(EventStream stream)
    {
        if (_streams.TryRemove(stream.Id, out _))
        {
            metrics.StreamGone();
        }
    }

    public void Send(StreamId id, Event @event)
    {
        if (_streams.TryGetValue(id, out var stream) && !stream.TrySend(@event))
        {
            metrics.StreamCut();
            logger.StreamCut(id, stream.WaitingEvents, stream.WaitingBytes);
        }
    }

    public void End(StreamId id)
    {
        if (_streams.TryGetValue(id, out var stream))
        {
            stream.End();
        }
    }

    public void EndAll()
    {
        foreach (var stream in _streams.Values)
        {
            stream.End();
        }
    }
}
