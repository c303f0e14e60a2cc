using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Tests.Bridge;

/// <summary>An API server that the bridge cannot reach, or whose answers it does not get, when the test says so.</summary>
internal sealed class UnsteadyKubernetes(IKubernetes real) : IKubernetes
{
    /// <summary>Nothing gets through.</summary>
    public volatile bool IsDown;

    /// <summary>So many creations of Pods take effect, and their answers are lost.</summary>
    public int AnswersToLose;

    public int PodCreations;

    public Task<T> GetAsync<T>(string name, string? namespaceName = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        Through(() => real.GetAsync<T>(name, namespaceName, cancellationToken));

    public Task<KubernetesList<T>> ListAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        Through(() => real.ListAsync<T>(namespaceName, options, cancellationToken));

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        real.WatchAsync<T>(namespaceName, options, cancellationToken);

    public async Task<T> CreateAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        var made = await Through(() => real.CreateAsync(obj, cancellationToken));
        if (obj is V1Pod)
        {
            Interlocked.Increment(ref PodCreations);
            if (Interlocked.Decrement(ref AnswersToLose) >= 0)
            {
                throw new HttpRequestException("The connection was lost.");
            }
        }

        return made;
    }

    public Task<T> ReplaceAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        Through(() => real.ReplaceAsync(obj, cancellationToken));

    public Task<T> ReplaceStatusAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        Through(() => real.ReplaceStatusAsync(obj, cancellationToken));

    public Task<T> PatchAsync<T>(
        V1Patch patch, string name, string? namespaceName = null, string? subresource = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        Through(() => real.PatchAsync<T>(patch, name, namespaceName, subresource, cancellationToken));

    public async Task DeleteAsync<T>(string name, string? namespaceName = null, V1DeleteOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        await Through(async () =>
        {
            await real.DeleteAsync<T>(name, namespaceName, options, cancellationToken);
            return true;
        });

    public Task<Stream> ReadPodLogAsync(string name, string namespaceName, PodLogOptions? options = null, CancellationToken cancellationToken = default) =>
        Through(() => real.ReadPodLogAsync(name, namespaceName, options, cancellationToken));

    public Task EvictAsync(string name, string namespaceName, V1DeleteOptions? options = null, CancellationToken cancellationToken = default) =>
        real.EvictAsync(name, namespaceName, options, cancellationToken);

    public Task<string> GetRawAsync(string path, CancellationToken cancellationToken = default) => Through(() => real.GetRawAsync(path, cancellationToken));

    private Task<T> Through<T>(Func<Task<T>> call) => IsDown ? Task.FromException<T>(new HttpRequestException("Nobody is there.")) : call();
}
