using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Tests.Bridge;

/// <summary>An API server that the bridge cannot reach, or whose answers it does not get, when the test says so.</summary>
internal sealed class UnsteadyKubernetes(IKubernetes real) : IKubernetes
{
    /// <summary>Nothing gets through.</summary>
    public volatile bool IsDown;

    /// <summary>Leases cannot be reached, everything else can.</summary>
    public volatile bool HasNoLeases;

    /// <summary>What watches bring is kept back until this is set to null.</summary>
    public volatile TaskCompletionSource? Held;

    /// <summary>Of objects of this type only; null: of all.</summary>
    public volatile Type? HeldType;

    /// <summary>Creations of Pods are on their way until this is set; whoever made them has given up by then.</summary>
    public volatile TaskCompletionSource? CreationsUnderWay;

    public volatile bool IsCreating;

    /// <summary>When the last write of anything but a lease was let through, by the system's timestamps.</summary>
    public long LastWrite;

    /// <summary>What lists leave out.</summary>
    public volatile Func<IKubernetesObject, bool>? Hides;

    /// <summary>Objects of these types cannot be asked for by name.</summary>
    public volatile Type[] Silent = [];

    /// <summary>How often an object was asked for by name.</summary>
    public int Gets;

    private CancellationTokenSource _watching = new();

    /// <summary>So many creations of Pods take effect, and their answers are lost.</summary>
    public int AnswersToLose;

    /// <summary>Where nothing is deleted together.</summary>
    public volatile string? ForbiddenNamespace;

    /// <summary>The answer to the next such write of a status is lost.</summary>
    public volatile Func<IKubernetesObject, bool>? LosesAnswer;

    public int PodCreations;

    /// <summary>Pods are refused for good, in these words.</summary>
    public volatile string? PodRefusal;

    /// <summary>After as many more writes of Pods and Secrets nothing gets through any more, not even the answer to the last.</summary>
    public int StepsToLive;

    public volatile bool IsMortal;

    /// <summary>What comes of the next deletions of Pods instead.</summary>
    public ConcurrentQueue<Exception> PodDeletionFailures { get; } = [];

    /// <summary>Ends all watches so that everything is listed again.</summary>
    public void ExpireWatches() => Interlocked.Exchange(ref _watching, new()).Cancel();

    public Task<T> GetAsync<T>(string name, string? namespaceName = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        Interlocked.Increment(ref Gets);
        return Silent.Contains(typeof(T))
            ? Task.FromException<T>(new KubernetesException(500, "InternalError", "etcd is not well"))
            : Through<T, T>(() => real.GetAsync<T>(name, namespaceName, cancellationToken));
    }

    public async Task<KubernetesList<T>> ListAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        var page = await Through<T, KubernetesList<T>>(() => real.ListAsync<T>(namespaceName, options, cancellationToken));
        page.Items = [.. page.Items.Where(item => Hides?.Invoke(item) is not true)];
        return page;
    }

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        HeldAsync(real.WatchAsync<T>(namespaceName, options, cancellationToken), cancellationToken);

    public async Task<T> CreateAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        if (obj is V1Pod && CreationsUnderWay is { } underWay)
        {
            IsCreating = true;
            _ = underWay.Task.ContinueWith(_ => real.CreateAsync(obj, CancellationToken.None), TaskScheduler.Default);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        if (obj is V1Pod && PodRefusal is { } words)
        {
            throw new KubernetesException(403, "Forbidden", words);
        }

        var made = await WriteAsync<T, T>(() => real.CreateAsync(obj, cancellationToken));
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
        WriteAsync<T, T>(() => real.ReplaceAsync(obj, cancellationToken));

    public Task<T> ReplaceStatusAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        WriteAsync<T, T>(async () =>
        {
            var written = await real.ReplaceStatusAsync(obj, cancellationToken);
            if (LosesAnswer is { } loses && loses(obj))
            {
                LosesAnswer = null;
                throw new HttpRequestException("The connection was lost.");
            }

            return written;
        });

    public Task<T> PatchAsync<T>(
        V1Patch patch, string name, string? namespaceName = null, string? subresource = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        WriteAsync<T, T>(() => real.PatchAsync<T>(patch, name, namespaceName, subresource, cancellationToken));

    public async Task DeleteAsync<T>(string name, string? namespaceName = null, V1DeleteOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        await WriteAsync<T, bool>(async () =>
        {
            if (typeof(T) == typeof(V1Pod) && PodDeletionFailures.TryDequeue(out var failure))
            {
                throw failure;
            }

            await real.DeleteAsync<T>(name, namespaceName, options, cancellationToken);
            return true;
        });

    public Task DeleteCollectionAsync<T>(string namespaceName, string labelSelector, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => WriteAsync<T, bool>(async () =>
        {
            if (namespaceName == ForbiddenNamespace)
            {
                throw new KubernetesException(403, "Forbidden", "no role");
            }

            await real.DeleteCollectionAsync<T>(namespaceName, labelSelector, cancellationToken);
            return true;
        });

    public Task<Stream> ReadPodLogAsync(string name, string namespaceName, PodLogOptions? options = null, CancellationToken cancellationToken = default) =>
        Through(() => real.ReadPodLogAsync(name, namespaceName, options, cancellationToken));

    public Task EvictAsync(string name, string namespaceName, V1DeleteOptions? options = null, CancellationToken cancellationToken = default) =>
        real.EvictAsync(name, namespaceName, options, cancellationToken);

    public Task<string> GetRawAsync(string path, CancellationToken cancellationToken = default) => Through(() => real.GetRawAsync(path, cancellationToken));

    private async IAsyncEnumerable<WatchEvent<T>> HeldAsync<T>(
        IAsyncEnumerable<WatchEvent<T>> events, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : IKubernetesObject
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _watching.Token);
        await using var next = events.GetAsyncEnumerator(end.Token);
        while (await MoveAsync(next, cancellationToken))
        {
            await ((HeldType ?? typeof(T)) == typeof(T) && Held is { } held ? held.Task.WaitAsync(cancellationToken) : Task.CompletedTask);
            if (end.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new KubernetesException(410, "Expired", "too old resource version");
            }

            yield return next.Current;
        }
    }

    private static async Task<bool> MoveAsync<T>(IAsyncEnumerator<WatchEvent<T>> events, CancellationToken cancellationToken)
        where T : IKubernetesObject
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KubernetesException(410, "Expired", "too old resource version");
        }
    }

    private Task<TResult> WriteAsync<T, TResult>(Func<Task<TResult>> call) => Through<T, TResult>(() =>
    {
        if (typeof(T) != typeof(V1Lease) && typeof(T) != typeof(Corev1Event))
        {
            Interlocked.Exchange(ref LastWrite, TimeProvider.System.GetTimestamp());
        }

        return IsMortal && (typeof(T) == typeof(V1Pod) || typeof(T) == typeof(V1Secret)) ? StepAsync(call) : call();
    });

    private async Task<TResult> StepAsync<TResult>(Func<Task<TResult>> call)
    {
        if (Interlocked.Decrement(ref StepsToLive) is var left && left >= 0)
        {
            var result = await call();
            if (left > 0)
            {
                return result;
            }
        }

        IsDown = true;
        throw new HttpRequestException("Nobody is there.");
    }

    private Task<TResult> Through<T, TResult>(Func<Task<TResult>> call) =>
        typeof(T) == typeof(V1Lease) && HasNoLeases ? Task.FromException<TResult>(new HttpRequestException("Nobody is there.")) : Through(call);

    private Task<T> Through<T>(Func<Task<T>> call) => IsDown ? Task.FromException<T>(new HttpRequestException("Nobody is there.")) : call();
}
