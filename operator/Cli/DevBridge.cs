using System.CommandLine;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded;
using MesosK8sBridge.Kubernetes.Embedded.Nodes;
using MesosK8sBridge.Operator.Bridge;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>An embedded cluster and a bridge in front of it. Disposing it ends all its processes.</summary>
internal sealed class DevBridge : IAsyncDisposable
{
    /// <summary>Only a name: the embedded cluster has no images.</summary>
    public const string DefaultImage = "local";

    private readonly EmbeddedCluster _cluster;
    private readonly KubernetesClient _kubernetes;
    private readonly BridgeHost _bridge;
    private readonly string? _folderToRemove;

    private DevBridge(EmbeddedCluster cluster, KubernetesClient kubernetes, BridgeHost bridge, string? folderToRemove) =>
        (_cluster, _kubernetes, _bridge, _folderToRemove) = (cluster, kubernetes, bridge, folderToRemove);

    public HostPort Master => new(_bridge.Address.Address.ToString(), _bridge.Address.Port);

    public Uri ApiServer => _cluster.Uri;

    public string Kubeconfig => _cluster.Kubeconfig;

    public int Nodes => _cluster.Nodes.Length;

    public IKubernetes Kubernetes => _kubernetes;

    /// <returns>When frameworks may connect.</returns>
    public static async Task<DevBridge> StartAsync(
        DevSettings settings, BridgeOptions options, ParseResult result, CommandContext process, ILoggerFactory loggers, CancellationToken stop)
    {
        var given = settings.WorkFolder(result);
        var folder = given ?? Directory.CreateTempSubdirectory("mesos-bridge-").FullName;
        var listen = settings.KubeListen(result);
        var cluster = await EmbeddedCluster.StartAsync(
            new EmbeddedClusterOptions
            {
                Directory = folder,
                Nodes = [.. settings.Nodes(result)],
                ApiServer = new EmbeddedApiServerOptions { Address = listen.Address!, Port = listen.Port },
                Random = new Random(process.Random.Next()),
            },
            loggers,
            process.Clock,
            stop);
        var configuration = new KubernetesClientConfiguration { Server = cluster.Uri };
        var kubernetes = new KubernetesClient(
            configuration, new KubernetesClientOptions { Json = CustomResources.Json }, process.Clock, new Random(process.Random.Next()));
        try
        {
            var bridge = await BridgeHost.StartAsync(
                kubernetes, options with { InstallCustomResources = true, Instance = "dev" }, process.Clock, loggers, cancellationToken: stop);
            var dev = new DevBridge(cluster, kubernetes, bridge, given is null ? folder : null);
            await bridge.Recovered.WaitAsync(stop);
            return dev;
        }
        catch
        {
            kubernetes.Dispose();
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the world outside may do to us, as opposed to bugs.</summary>
    public static bool IsUnavailable(Exception e) =>
        e is KubernetesConfigurationException or KubernetesException or IOException or UnauthorizedAccessException or TimeoutException or HttpRequestException;

    public async ValueTask DisposeAsync()
    {
        await _bridge.DisposeAsync();
        _kubernetes.Dispose();
        await _cluster.DisposeAsync();
        if (_folderToRemove is not null)
        {
            Directory.Delete(_folderToRemove, recursive: true);
        }
    }
}
