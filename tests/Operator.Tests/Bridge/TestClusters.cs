using System.Diagnostics;
using System.Runtime.CompilerServices;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded;
using MesosK8sBridge.Operator.Bridge;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Tests.Bridge;

/// <summary>An API server without controllers and kubelets: tests play those.</summary>
public interface ITestCluster : IAsyncLifetime
{
    KubernetesClient Kubernetes { get; }
}

public sealed class EmbeddedCluster : ITestCluster
{
    private EmbeddedApiServer? _server;

    public KubernetesClient Kubernetes { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await EmbeddedApiServer.StartAsync(loggers: LoggerFactory.Create(logging => logging.AddConsole().SetMinimumLevel(LogLevel.Warning)));
        Kubernetes = new KubernetesClient(
            new KubernetesClientConfiguration { Server = _server.Uri }, new KubernetesClientOptions { Json = CustomResources.Json });
        await CustomResources.InstallAsync(Kubernetes, TimeProvider.System, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        Kubernetes.Dispose();
        await _server!.DisposeAsync();
    }
}

/// <summary>A real etcd and kube-apiserver, where their programs are at hand.</summary>
public sealed class RealCluster : ITestCluster
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"mesos-bridge-tests-{Environment.ProcessId}");
    private KubernetesClient? _client;
    private bool _started;

    public KubernetesClient Kubernetes
    {
        get
        {
            Assert.SkipWhen(_client is null, "Neither MESOS_BRIDGE_TEST_KUBECONFIG nor KUBE_ASSETS is set: no real API server to ask.");
            return _client!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        var kubeconfig = Environment.GetEnvironmentVariable("MESOS_BRIDGE_TEST_KUBECONFIG");
        if (string.IsNullOrEmpty(kubeconfig) && !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("KUBE_ASSETS")))
        {
            _started = true;
            kubeconfig = (await RunAsync("kube-up", "--apiserver-only", _folder)).TrimEnd().Split('\n')[^1];
        }

        if (!string.IsNullOrEmpty(kubeconfig))
        {
            _client = new KubernetesClient(KubernetesClientConfiguration.Load(kubeconfig), new KubernetesClientOptions { Json = CustomResources.Json });
            await CustomResources.InstallAsync(_client, TimeProvider.System, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_started)
        {
            await RunAsync("kube-down", "--delete", _folder);
        }
    }

    private static async Task<string> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Scripts(), script), arguments) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{script} ended with {process.ExitCode}.");
    }

    private static string Scripts([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../../cluster");
}
