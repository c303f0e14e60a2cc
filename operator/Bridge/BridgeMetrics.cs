using System.Diagnostics.Metrics;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>The instruments of the Kubernetes half.</summary>
internal sealed class BridgeMetrics : IDisposable
{
    private readonly Meter _meter = new(MasterMetrics.MeterName);

    public BridgeMetrics(FrameworkCatalog frameworks) => _meter.CreateObservableGauge(
        "mesosbridge_losses_held",
        () => frameworks.LossesHeld.Select(held => new Measurement<int>(held.Tasks, new KeyValuePair<string, object?>("framework", held.Framework))),
        "{task}",
        "Tasks that seem lost without their framework's being told so, by framework.");

    public void Dispose() => _meter.Dispose();
}
