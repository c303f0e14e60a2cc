using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Operator.Tests.Bridge;

/// <summary>An API server without controllers and kubelets: tests play those.</summary>
public abstract class TestCluster(ApiServerFixture server) : IAsyncLifetime
{
    private KubernetesClient? _client;

    public KubernetesClient Kubernetes
    {
        get
        {
            Assert.SkipWhen(_client is null, server.SkipReason ?? "");
            return _client!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (server.SkipReason is null)
        {
            var configuration = KubernetesClientConfiguration.Load((await server.AccessAsync()).Kubeconfig);
            _client = new KubernetesClient(configuration, new KubernetesClientOptions { Json = TestObjects.Json });
            await CustomResources.InstallAsync(_client, TimeProvider.System, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

public sealed class EmbeddedTestCluster() : TestCluster(new EmbeddedServer());

public sealed class RealTestCluster : TestCluster
{
    private readonly RealApiServer _server;

    public RealTestCluster()
        : this(new RealApiServer())
    {
    }

    private RealTestCluster(RealApiServer server)
        : base(server) =>
        _server = server;

    /// <summary>With the rights of an administrator, for what the client has no types for.</summary>
    public async Task<HttpClient> HttpAsync() => (await _server.AccessAsync()).Http;

    /// <summary>Skips the test where there is none.</summary>
    public RealScheduler StartScheduler()
    {
        _ = Kubernetes;
        var scheduler = _server.StartScheduler();
        Assert.SkipWhen(scheduler is null, "No kube-scheduler beside kube-apiserver: tests/cluster/kube-assets builds it.");
        return scheduler!;
    }
}

/// <summary>A process has one real API server: the tests on it share it, and take turns.</summary>
[CollectionDefinition(nameof(RealTestCluster))]
public sealed class RealTestCollection : ICollectionFixture<RealTestCluster>;
