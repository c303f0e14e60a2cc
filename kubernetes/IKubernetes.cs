using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes;

/// <summary>A Kubernetes API server, as far as the bridge needs one. Thread-safe.</summary>
/// <remarks>
/// All calls throw <see cref="KubernetesException"/> for an answer that is not a success, and honour <c>Retry-After</c>
/// of 429 and 503 answers by themselves, within a bound.
/// </remarks>
public interface IKubernetes
{
    /// <exception cref="KubernetesException">404 if it does not exist.</exception>
    Task<T> GetAsync<T>(string name, string? namespaceName = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject;

    /// <summary>One page; see <see cref="ListOptions.Limit"/> and <see cref="KubernetesList{T}"/>'s continue token.</summary>
    /// <param name="namespaceName">Null: all namespaces, or a cluster-scoped resource.</param>
    Task<KubernetesList<T>> ListAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject;

    /// <summary>Changes after <see cref="ListOptions.ResourceVersion"/> until the server ends the watch.</summary>
    /// <exception cref="KubernetesException">410 when the resource version is too old: list again.</exception>
    IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject;

    /// <exception cref="KubernetesException">409 if the name is taken.</exception>
    Task<T> CreateAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject;

    /// <exception cref="KubernetesException">409 if <c>metadata.resourceVersion</c> is not the current one.</exception>
    Task<T> ReplaceAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject;

    /// <summary>As <see cref="ReplaceAsync"/>, of the status subresource only.</summary>
    Task<T> ReplaceStatusAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject;

    /// <param name="subresource">E.g. <c>status</c>; null for the object itself.</param>
    Task<T> PatchAsync<T>(
        V1Patch patch, string name, string? namespaceName = null, string? subresource = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject;

    /// <summary>Asks for deletion; with finalizers or a grace period the object stays for a while.</summary>
    /// <exception cref="KubernetesException">404 if it does not exist; 409 if a precondition does not hold.</exception>
    Task DeleteAsync<T>(string name, string? namespaceName = null, V1DeleteOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject;

    /// <summary>Asks for the deletion of all in a namespace that the selector chooses.</summary>
    /// <param name="labelSelector">Never empty.</param>
    Task DeleteCollectionAsync<T>(string namespaceName, string labelSelector, CancellationToken cancellationToken = default)
        where T : IKubernetesObject;

    /// <summary>What a container has written so far, or goes on writing with <see cref="PodLogOptions.Follow"/>.</summary>
    Task<Stream> ReadPodLogAsync(string name, string namespaceName, PodLogOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Asks that a Pod be deleted if its disruption budgets allow.</summary>
    /// <exception cref="KubernetesException">404 if it does not exist; 429 if a budget does not allow it now.</exception>
    Task EvictAsync(string name, string namespaceName, V1DeleteOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The body of a GET, e.g. of <c>/version</c> or <c>/readyz</c>.</summary>
    /// <param name="path">Begins with a slash; may carry a query.</param>
    Task<string> GetRawAsync(string path, CancellationToken cancellationToken = default);
}
