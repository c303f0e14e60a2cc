using System.Net;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Benchmarks.Framework;

/// <summary>Bridges with their defaults, on any free port of the loopback address.</summary>
internal static class Bridges
{
    public static BridgeOptions Options { get; } = new()
    {
        Listener = new ListenerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) },
        Master = new MasterOptions { Admission = Admission.Open },
        DefaultImage = "busybox",
        InstallCustomResources = true,
    };

    /// <summary>Errors only: where one is, a figure is worth nothing.</summary>
    public static ILoggerFactory Loggers { get; } = LoggerFactory.Create(logging => logging
        .SetMinimumLevel(LogLevel.Error)
        .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));

    /// <returns>When it takes frameworks.</returns>
    public static async Task<BridgeHost> StartAsync(IKubernetes kubernetes, CancellationToken cancellationToken)
    {
        var bridge = await BridgeHost.StartAsync(kubernetes, Options, Time.Clock, Loggers, cancellationToken: cancellationToken);
        await bridge.Recovered.WaitAsync(cancellationToken);
        return bridge;
    }
}
