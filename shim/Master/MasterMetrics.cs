using System.Diagnostics.Metrics;

namespace MesosK8sBridge.Shim.Master;

/// <summary>The instruments of the master loop.</summary>
public sealed class MasterMetrics : IDisposable
{
    /// <summary>The name all meters of the bridge share.</summary>
    public const string MeterName = "MesosK8sBridge";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _inputs;
    private readonly Counter<long> _effects;
    private readonly Histogram<double> _handling;

    public MasterMetrics()
    {
        _inputs = _meter.CreateCounter<long>("mesosbridge_master_inputs", "{input}", "Inputs handled, by kind.");
        _effects = _meter.CreateCounter<long>("mesosbridge_master_effects", "{effect}", "Effects handed out, by kind.");
        _handling = _meter.CreateHistogram<double>(
            "mesosbridge_master_handling_seconds", "s", "Time to handle one input and hand its effects out.");
    }

    /// <summary>Several masters may live in one process, as in tests; their instruments differ by their meter alone.</summary>
    internal bool Owns(Instrument instrument) => ReferenceEquals(instrument.Meter, _meter);

    internal void WatchInbox(Func<int> depth) =>
        _meter.CreateObservableGauge("mesosbridge_master_inbox_depth", depth, "{input}", "Inputs waiting for the master.");

    internal void Handled(MasterInput input, TimeSpan duration)
    {
        var kind = new KeyValuePair<string, object?>("input", input.GetType().Name);
        _inputs.Add(1, kind);
        _handling.Record(duration.TotalSeconds, kind);
    }

    internal void HandedOut(MasterEffect effect) =>
        _effects.Add(1, new KeyValuePair<string, object?>("effect", effect.GetType().Name));

    public void Dispose() => _meter.Dispose();
}
