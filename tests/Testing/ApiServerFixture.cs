namespace MesosK8sBridge.Testing;

/// <summary>An API server that tests share. Started by the first test that asks for it, stopped when the run ends.</summary>
public abstract class ApiServerFixture : IAsyncDisposable
{
    private readonly Lazy<Task<ApiAccess>> _access;

    protected ApiServerFixture() => _access = new(StartAsync);

    /// <summary>Why there can be no such server here; null if there can.</summary>
    public abstract string? SkipReason { get; }

    /// <exception cref="InvalidOperationException">The server did not start.</exception>
    public Task<ApiAccess> AccessAsync() => _access.Value;

    public async ValueTask DisposeAsync()
    {
        if (_access.IsValueCreated)
        {
            (await _access.Value).Http.Dispose();
        }

        await StopAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<ApiAccess> StartAsync();

    /// <summary>Called even if the server was never started.</summary>
    protected abstract ValueTask StopAsync();
}

/// <param name="Http">With the server's address as its base, and the rights of an administrator.</param>
/// <param name="Kubeconfig">Path of a file for clients.</param>
public sealed record ApiAccess(HttpClient Http, string Kubeconfig);
