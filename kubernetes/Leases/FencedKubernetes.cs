using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Leases;

/// <summary>
/// An API server as one leader may use it: nothing is written without the lease. No write begins unless the lease is held by the clock,
/// and one under way is broken off when the lease is lost. Reading is free.
/// </summary>
/// <remarks>
/// A write that was sent in the last moment still has the time between <see cref="LeaderElectionOptions.RenewDeadline"/> and
/// <see cref="LeaderElectionOptions.LeaseDuration"/> to arrive before another leads.
/// </remarks>
public sealed class FencedKubernetes(IKubernetes kubernetes, HeldLease lease) : IKubernetes
{
    public Task<T> GetAsync<T>(string name, string? namespaceName = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => kubernetes.GetAsync<T>(name, namespaceName, cancellationToken);

    public Task<KubernetesList<T>> ListAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => kubernetes.ListAsync<T>(namespaceName, options, cancellationToken);

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => kubernetes.WatchAsync<T>(namespaceName, options, cancellationToken);

    /// <exception cref="OperationCanceledException">The lease is not held; so of all that write.</exception>
    public Task<T> CreateAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => WriteAsync(token => kubernetes.CreateAsync(obj, token), cancellationToken);

    public Task<T> ReplaceAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => WriteAsync(token => kubernetes.ReplaceAsync(obj, token), cancellationToken);

    public Task<T> ReplaceStatusAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => WriteAsync(token => kubernetes.ReplaceStatusAsync(obj, token), cancellationToken);

    public Task<T> PatchAsync<T>(
        V1Patch patch, string name, string? namespaceName = null, string? subresource = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        WriteAsync(token => kubernetes.PatchAsync<T>(patch, name, namespaceName, subresource, token), cancellationToken);

    public Task DeleteAsync<T>(string name, string? namespaceName = null, V1DeleteOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => WriteAsync(
            async token =>
            {
                await kubernetes.DeleteAsync<T>(name, namespaceName, options, token);
                return true;
            },
            cancellationToken);

    public Task DeleteCollectionAsync<T>(string namespaceName, string labelSelector, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => WriteAsync(
            async token =>
            {
                await kubernetes.DeleteCollectionAsync<T>(namespaceName, labelSelector, token);
                return true;
            },
            cancellationToken);

    public Task<Stream> ReadPodLogAsync(string name, string namespaceName, PodLogOptions? options = null, CancellationToken cancellationToken = default) =>
        kubernetes.ReadPodLogAsync(name, namespaceName, options, cancellationToken);

    public Task EvictAsync(string name, string namespaceName, V1DeleteOptions? options = null, CancellationToken cancellationToken = default) => WriteAsync(
        async token =>
        {
            await kubernetes.EvictAsync(name, namespaceName, options, token);
            return true;
        },
        cancellationToken);

    public Task<string> GetRawAsync(string path, CancellationToken cancellationToken = default) => kubernetes.GetRawAsync(path, cancellationToken);

    private async Task<T> WriteAsync<T>(Func<CancellationToken, Task<T>> write, CancellationToken cancellationToken)
    {
        if (!lease.IsHeld)
        {
            throw new OperationCanceledException("The lease is no longer held: nothing is written.", lease.Lost);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lease.Lost);
        return await write(either.Token);
    }
}
