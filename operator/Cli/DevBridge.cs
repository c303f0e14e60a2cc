using System.CommandLine;
using System.Security.Cryptography;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded;
using MesosK8sBridge.Kubernetes.Embedded.Nodes;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Pods;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>An embedded cluster and a bridge in front of it. Disposing it ends all its processes.</summary>
internal sealed class DevBridge : IAsyncDisposable
{
    /// <summary>Only a name: the embedded cluster has no images.</summary>
    public const string DefaultImage = "local";

    // What was started, to be stopped in the opposite order.
    private readonly Stack<Func<ValueTask>> _stops = [];

    private EmbeddedCluster? _cluster;
    private KubernetesClient? _kubernetes;
    private BridgeHost? _bridge;

    private DevBridge()
    {
    }

    public HostPort Master => new(_bridge!.Address.Address.ToString(), _bridge.Address.Port);

    public Uri ApiServer => _cluster!.Uri;

    public string Kubeconfig => _cluster!.Kubeconfig;

    public int Nodes => _cluster!.Nodes.Length;

    public IKubernetes Kubernetes => _kubernetes!;

    /// <returns>When frameworks may connect.</returns>
    public static async Task<DevBridge> StartAsync(
        DevSettings settings, BridgeOptions options, ParseResult result, CommandContext process, ILoggerFactory loggers, CancellationToken stop)
    {
        var dev = new DevBridge();
        try
        {
            await dev.StartClusterAsync(settings, result, process, loggers, stop);
            await dev.StartBridgeAsync(options, process, loggers, stop);
            return dev;
        }
        catch
        {
            await dev.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the world outside may do to us, as opposed to bugs.</summary>
    public static bool IsUnavailable(Exception e) =>
        e is KubernetesConfigurationException or KubernetesException or IOException or UnauthorizedAccessException or TimeoutException or HttpRequestException
            or CryptographicException;

    public async ValueTask DisposeAsync()
    {
        while (_stops.TryPop(out var stop))
        {
            await stop();
        }
    }

    private async Task StartClusterAsync(
        DevSettings settings, ParseResult result, CommandContext process, ILoggerFactory loggers, CancellationToken stop)
    {
        var listen = settings.KubeListen(result);
        _cluster = await EmbeddedCluster.StartAsync(
            new EmbeddedClusterOptions
            {
                Directory = settings.WorkFolder(result) ?? NewFolder(),
                Nodes = [.. settings.Nodes(result)],
                ApiServer = new EmbeddedApiServerOptions { Address = listen.Address!, Port = listen.Port },
                Random = new Random(process.Random.Next()),
            },
            loggers,
            process.Clock,
            stop);
        _stops.Push(_cluster.DisposeAsync);
    }

    private async Task StartBridgeAsync(BridgeOptions options, CommandContext process, ILoggerFactory loggers, CancellationToken stop)
    {
        _kubernetes = new KubernetesClient(
            new KubernetesClientConfiguration { Server = _cluster!.Uri },
            new KubernetesClientOptions { Json = CustomResources.Json },
            process.Clock,
            new Random(process.Random.Next()));
        _stops.Push(() =>
        {
            _kubernetes.Dispose();
            return ValueTask.CompletedTask;
        });
        _bridge = await BridgeHost.StartAsync(
            _kubernetes, options with { InstallCustomResources = true, Instance = "dev", Fetcher = FetcherSettings.OfProcess(DefaultImage) }, process.Clock, loggers, cancellationToken: stop);
        _stops.Push(_bridge.DisposeAsync);
        await _bridge.Recovered.WaitAsync(stop);
    }

    private string NewFolder()
    {
        var folder = Directory.CreateTempSubdirectory("mesos-bridge-").FullName;
        _stops.Push(() =>
        {
            Directory.Delete(folder, recursive: true);
            return ValueTask.CompletedTask;
        });
        return folder;
    }
}
