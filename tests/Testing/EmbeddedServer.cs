using MesosK8sBridge.Kubernetes.Embedded;

namespace MesosK8sBridge.Testing;

/// <summary>The embedded API server, without nodes.</summary>
public sealed class EmbeddedServer : ApiServerFixture
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mkb-").FullName;

    private EmbeddedApiServer? _server;

    public override string? SkipReason => null;

    /// <summary>Null until it has been started.</summary>
    public EmbeddedApiServer? Server => _server;

    protected override async Task<ApiAccess> StartAsync()
    {
        _server = await EmbeddedApiServer.StartAsync();
        var kubeconfig = Path.Combine(_folder, "kubeconfig");
        _server.WriteKubeconfig(kubeconfig);
        return new ApiAccess(new HttpClient { BaseAddress = _server.Uri, Timeout = TimeSpan.FromMinutes(1) }, kubeconfig);
    }

    protected override async ValueTask StopAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
