using System.Runtime.CompilerServices;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Simulation.Faults;
using MesosK8sBridge.Simulation.Time;

namespace MesosK8sBridge.Simulation.Cluster;

/// <summary>One process's way to the API server. What it has sent may arrive after its death, and what it is answered may not.</summary>
internal sealed class Link(World world, VirtualProcess process, ApiServer server, Weather weather, Random random) : IKubernetes
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly List<Action> _cuts = [];

    /// <summary>Set once the process leads no more: from then on the API server lets nothing of it through.</summary>
    public bool IsFenced { get; set; }

    /// <summary>Told of every write that arrives, with the words for a story.</summary>
    public Action<string>? Wrote { get; set; }

    public Task<T> GetAsync<T>(string name, string? namespaceName = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        CallAsync(null, () => Typed<T>.Get(server, new ObjectKey(namespaceName, name)), cancellationToken);

    public Task<KubernetesList<T>> ListAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        CallAsync(null, () => Typed<T>.List(server), cancellationToken);

    public Task<T> CreateAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        CallAsync($"create {obj.Name()}", () => Typed<T>.Create(server, obj), cancellationToken);

    public Task<T> ReplaceAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        throw new NotSupportedException();

    public Task<T> ReplaceStatusAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        CallAsync($"status {obj.Name()}", () => Typed<T>.ReplaceStatus(server, obj), cancellationToken);

    public Task<T> PatchAsync<T>(
        V1Patch patch, string name, string? namespaceName = null, string? subresource = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        CallAsync($"patch {name}", () => Typed<T>.Patch(server, new ObjectKey(namespaceName, name), patch), cancellationToken);

    public Task DeleteAsync<T>(string name, string? namespaceName = null, V1DeleteOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        CallAsync(
            $"delete {name} grace {options?.GracePeriodSeconds?.ToString() ?? "its own"}",
            () => Typed<T>.Delete(server, new ObjectKey(namespaceName, name), options),
            cancellationToken);

    public Task DeleteCollectionAsync<T>(string namespaceName, string labelSelector, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => throw new NotSupportedException();

    public Task<Stream> ReadPodLogAsync(string name, string namespaceName, PodLogOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task EvictAsync(string name, string namespaceName, V1DeleteOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<string> GetRawAsync(string path, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        Typed<T>.Watch(this, options ?? new ListOptions(), cancellationToken);

    /// <summary>All watches break.</summary>
    public void CutWatches()
    {
        var cuts = _cuts.ToArray();
        _cuts.Clear();
        foreach (var cut in cuts)
        {
            cut();
        }
    }

    private async IAsyncEnumerable<WatchEvent<T>> OpenAsync<T>(ListOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        var ends = world.Now + (options.Timeout ?? TimeSpan.FromMinutes(5));
        var feed = new WatchFeed<T>(world, weather, random, ends);
        await CallAsync(
            null,
            () => server.Shelf<T>().TryWatch(long.Parse(options.ResourceVersion ?? "0"), feed) ? feed : throw new KubernetesException(410, "Expired", "too old resource version"),
            cancellationToken);
        Action cut = () => feed.Close(new IOException("The connection broke."));
        _cuts.Add(cut);
        await using var cancelled = cancellationToken.UnsafeRegister(_ => feed.Close(new OperationCanceledException(cancellationToken)), null);
        try
        {
            await foreach (var happened in feed.ReadAsync())
            {
                yield return happened;
            }
        }
        finally
        {
            feed.Close(null);
            _cuts.Remove(cut);
        }
    }

    private Task<T> CallAsync<T>(string? write, Func<T> act, CancellationToken cancellationToken)
    {
        var call = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (cancellationToken.CanBeCanceled)
        {
            var cancelled = cancellationToken.UnsafeRegister(static (call, token) => ((TaskCompletionSource<T>)call!).TrySetCanceled(token), call);
            _ = call.Task.ContinueWith(_ => cancelled.Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        var fate = weather.OfCall(random);
        switch (fate)
        {
            case CallFate.Refused:
                Answer(call, weather.Latency(random), new KubernetesException(random.Is(0.5) ? 503 : 500, "InternalError", "etcdserver: request timed out"));
                break;
            case CallFate.Lost:
                Answer(call, weather.Latency(random), new IOException("The connection broke."));
                break;
            case CallFate.Hung:
                Answer(call, Patience, new TimeoutException("No answer in time."));
                break;
            default:
                world.After(weather.Latency(random), () => Arrive(write, act, call, fate));
                break;
        }

        return call.Task;
    }

    private void Arrive<T>(string? write, Func<T> act, TaskCompletionSource<T> call, CallFate fate)
    {
        if (process.IsDead && (write is null || random.Is(0.5)))
        {
            return; // It died with the request half sent.
        }

        if (IsFenced)
        {
            Answer(call, weather.Latency(random), new KubernetesException(403, "Forbidden", "not the leader"));
            return;
        }

        try
        {
            var result = act();
            if (write is not null)
            {
                Wrote?.Invoke(write);
            }

            switch (fate)
            {
                case CallFate.AnswerLost:
                    Answer(call, weather.Latency(random), new IOException("The connection broke."));
                    break;
                case CallFate.TimedOut:
                    Answer(call, Patience, new TimeoutException("No answer in time."));
                    break;
                default:
                    world.After(weather.Latency(random), () => call.TrySetResult(result));
                    break;
            }
        }
        catch (KubernetesException no)
        {
            Answer(call, weather.Latency(random), no);
        }
    }

    private void Answer<T>(TaskCompletionSource<T> call, TimeSpan wait, Exception failure) => world.After(wait, () => call.TrySetException(failure));

    /// <summary>From the interface's types to the shelves', which are classes: once for each type.</summary>
    private static class Typed<T>
        where T : IKubernetesObject
    {
        private static readonly ITyped<T> Way = (ITyped<T>)Activator.CreateInstance(typeof(Way<>).MakeGenericType(typeof(T)))!;

        public static T Get(ApiServer server, ObjectKey key) => Way.Get(server, key);

        public static KubernetesList<T> List(ApiServer server) => Way.List(server);

        public static T Create(ApiServer server, T obj) => Way.Create(server, obj);

        public static T ReplaceStatus(ApiServer server, T obj) => Way.ReplaceStatus(server, obj);

        public static T Patch(ApiServer server, ObjectKey key, V1Patch patch) => Way.Patch(server, key, patch);

        public static bool Delete(ApiServer server, ObjectKey key, V1DeleteOptions? options) => Way.Delete(server, key, options);

        public static IAsyncEnumerable<WatchEvent<T>> Watch(Link link, ListOptions options, CancellationToken stop) => Way.Watch(link, options, stop);
    }

    private interface ITyped<T>
    {
        T Get(ApiServer server, ObjectKey key);

        KubernetesList<T> List(ApiServer server);

        T Create(ApiServer server, T obj);

        T ReplaceStatus(ApiServer server, T obj);

        T Patch(ApiServer server, ObjectKey key, V1Patch patch);

        bool Delete(ApiServer server, ObjectKey key, V1DeleteOptions? options);

        IAsyncEnumerable<WatchEvent<T>> Watch(Link link, ListOptions options, CancellationToken stop);
    }

    private sealed class Way<T> : ITyped<T>
        where T : class, IKubernetesObject
    {
        public T Get(ApiServer server, ObjectKey key) => server.Get<T>(key);

        public KubernetesList<T> List(ApiServer server) => server.List<T>();

        public T Create(ApiServer server, T obj) => server.Create(obj);

        public T ReplaceStatus(ApiServer server, T obj) => server.ReplaceStatus(obj);

        public T Patch(ApiServer server, ObjectKey key, V1Patch patch) => server.Patch<T>(key, patch);

        public bool Delete(ApiServer server, ObjectKey key, V1DeleteOptions? options)
        {
            server.Delete<T>(key, options);
            return true;
        }

        public IAsyncEnumerable<WatchEvent<T>> Watch(Link link, ListOptions options, CancellationToken stop) => link.OpenAsync<T>(options, stop);
    }
}
