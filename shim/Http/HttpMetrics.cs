using System.Diagnostics.Metrics;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Shim.Http;

/// <summary>The instruments of the HTTP front end.</summary>
internal sealed class HttpMetrics : IDisposable
{
    private readonly Meter _meter = new(MasterMetrics.MeterName);
    private readonly Counter<long> _calls;
    private readonly Counter<long> _events;
    private readonly UpDownCounter<long> _streams;
    private readonly Counter<long> _cuts;

    public HttpMetrics()
    {
        _calls = _meter.CreateCounter<long>("mesosbridge_http_calls", "{call}", "Scheduler calls answered, by type and status.");
        _events = _meter.CreateCounter<long>("mesosbridge_http_events", "{event}", "Events written to frameworks, by type.");
        _streams = _meter.CreateUpDownCounter<long>("mesosbridge_http_streams", "{stream}", "Live event streams.");
        _cuts = _meter.CreateCounter<long>("mesosbridge_http_streams_cut", "{stream}", "Streams cut because the framework read too slowly.");
    }

    /// <param name="call">Null if the request did not get as far as being one.</param>
    public void Answered(Call? call, int status) => _calls.Add(
        1,
        new KeyValuePair<string, object?>("call", call is { HasType: true } ? call.Type.ToString() : "none"),
        new KeyValuePair<string, object?>("status", status));

    public void Sent(Event @event) => _events.Add(1, new KeyValuePair<string, object?>("event", @event.Type.ToString()));

    public void StreamOpened() => _streams.Add(1);

    public void StreamGone() => _streams.Add(-1);

    public void StreamCut() => _cuts.Add(1);

    public void Dispose() => _meter.Dispose();
}
