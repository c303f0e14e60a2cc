using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;

namespace MesosK8sBridge.Benchmarks.Framework;

/// <summary>When a task's Pod came how far; 0: not yet.</summary>
internal sealed class PodTimes
{
    public long CreateCalled { get; set; }

    public long Created { get; set; }

    public long SeenRunning { get; set; }
}

/// <summary>Notes when the bridge creates Pods and sees them run, by their task; passes everything on.</summary>
internal sealed class WatchedKubernetes(IKubernetes inner) : IKubernetes
{
    private int _created;

    public ConcurrentDictionary<string, PodTimes> Times { get; } = new();

    /// <summary>As they were sent, for another to create the same.</summary>
    public ConcurrentQueue<V1Pod> Pods { get; } = new();

    /// <summary>Called with how many Pods have been created.</summary>
    public Action<int>? OnCreated { get; set; }

    /// <summary>Called with each of our Pods that a watch brings, and when.</summary>
    public Action<V1Pod, long>? OnSeen { get; set; }

    public async Task<T> CreateAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        if (obj is not V1Pod pod)
        {
            return await inner.CreateAsync(obj, cancellationToken);
        }

        Pods.Enqueue(pod);
        var times = TimesOf(pod);
        times.CreateCalled = Time.Now;
        var created = await inner.CreateAsync(obj, cancellationToken);
        times.Created = Time.Now;
        OnCreated?.Invoke(Interlocked.Increment(ref _created));
        return created;
    }

    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? namespaceName = null, ListOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        await foreach (var happened in inner.WatchAsync<T>(namespaceName, options, cancellationToken))
        {
            if (happened.Object is V1Pod pod && PodTasks.IsOurs(pod))
            {
                OnSeen?.Invoke(pod, Time.Now);
                if (pod is { Status.Phase: "Running" or "Succeeded" } && TimesOf(pod) is { SeenRunning: 0 } times)
                {
                    times.SeenRunning = Time.Now;
                }
            }

            yield return happened;
        }
    }

    public Task<T> GetAsync<T>(string name, string? namespaceName = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.GetAsync<T>(name, namespaceName, cancellationToken);

    public Task<KubernetesList<T>> ListAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.ListAsync<T>(namespaceName, options, cancellationToken);

    public Task<T> ReplaceAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.ReplaceAsync(obj, cancellationToken);

    public Task<T> ReplaceStatusAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.ReplaceStatusAsync(obj, cancellationToken);

    public Task<T> PatchAsync<T>(
        V1Patch patch, string name, string? namespaceName = null, string? subresource = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.PatchAsync<T>(patch, name, namespaceName, subresource, cancellationToken);

    public Task DeleteAsync<T>(
        string name, string? namespaceName = null, V1DeleteOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.DeleteAsync<T>(name, namespaceName, options, cancellationToken);

    public Task DeleteCollectionAsync<T>(string namespaceName, string labelSelector, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.DeleteCollectionAsync<T>(namespaceName, labelSelector, cancellationToken);

    public Task<Stream> ReadPodLogAsync(
        string name, string namespaceName, PodLogOptions? options = null, CancellationToken cancellationToken = default) =>
        inner.ReadPodLogAsync(name, namespaceName, options, cancellationToken);

    public Task EvictAsync(
        string name, string namespaceName, V1DeleteOptions? options = null, CancellationToken cancellationToken = default) =>
        inner.EvictAsync(name, namespaceName, options, cancellationToken);

    public Task<string> GetRawAsync(string path, CancellationToken cancellationToken = default) => inner.GetRawAsync(path, cancellationToken);

    private PodTimes TimesOf(V1Pod pod) => Times.GetOrAdd(pod.GetAnnotation(TaskMarks.TaskId) ?? pod.Name(), _ => new PodTimes());
}
