using System.Net;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded.Nodes;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Operator.Tests.Bridge;

/// <summary>A bridge in front of an embedded cluster with one node, which runs tasks as processes of this machine.</summary>
public abstract class EmbeddedNodeTest : IAsyncLifetime
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(90));
    private readonly string _folder = Directory.CreateTempSubdirectory("node-").FullName;
    private EmbeddedCluster _cluster = null!;
    private KubernetesClient _kubernetes = null!;

    private protected BridgeHost Bridge { get; private set; } = null!;

    private protected IKubernetes Kubernetes => _kubernetes;

    private protected CancellationToken Deadline => _timeout.Token;

    public async ValueTask InitializeAsync()
    {
        _cluster = await EmbeddedCluster.StartAsync(
            new EmbeddedClusterOptions { Directory = _folder, Nodes = [new NodeOptions { Name = "node-1" }] }, cancellationToken: _timeout.Token);
        _kubernetes = new KubernetesClient(
            new KubernetesClientConfiguration { Server = _cluster.Uri }, new KubernetesClientOptions { Json = CustomResources.Json });
        Bridge = await BridgeHost.StartAsync(
            _kubernetes,
            new BridgeOptions
            {
                Listener = new ListenerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) },
                Master = new MasterOptions { Admission = Admission.Open, AllocationInterval = TimeSpan.FromMilliseconds(50) },
                InstallCustomResources = true,
                DefaultImage = "local",
                Fetcher = FetcherSettings.OfProcess("local"),
            },
            TimeProvider.System,
            NullLoggerFactory.Instance,
            cancellationToken: _timeout.Token);
        await Bridge.Recovered.WaitAsync(_timeout.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Bridge.DisposeAsync();
        _kubernetes.Dispose();
        await _cluster.DisposeAsync();
        _timeout.Dispose();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
