using System.Runtime.CompilerServices;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Tests.Client;

/// <summary>
/// An API server in a few lines: resource versions, conflicts, pages, watches from a version, and a memory that can be lost. For one thread.
/// </summary>
internal sealed class FakeKubernetes : IKubernetes
{
    private readonly SortedDictionary<string, IKubernetesObject> _objects = new(StringComparer.Ordinal);

    private readonly List<(long Version, WatchEventType Type, IKubernetesObject Object)> _history = [];

    private TaskCompletionSource _changed = new();

    private long _forgotten;

    private Exception? _cut;

    private int _cuts;

    public long Version { get; private set; } = 100;

    /// <summary>Runs before each call is looked at; may wait or throw.</summary>
    public Func<string, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Runs after each call was performed, before its answer is given; may wait or throw.</summary>
    public Func<string, CancellationToken, Task> After { get; set; } = (_, _) => Task.CompletedTask;

    public List<string> Calls { get; } = [];

    public T? Find<T>(string ns, string name)
        where T : class, IKubernetesObject => _objects.GetValueOrDefault($"{typeof(T).Name} {ns}/{name}") as T;

    public IEnumerable<T> All<T>()
        where T : IKubernetesObject => _objects.Values.OfType<T>();

    /// <summary>Creates or changes, as somebody else.</summary>
    public T Put<T>(T obj)
        where T : IKubernetesObject
    {
        var key = Key<T>(obj.Namespace(), obj.Name());
        var known = _objects.TryGetValue(key, out var old);
        var stored = KubernetesJson.Default.Clone(KubernetesEntity<T>.Named(obj));
        stored.Metadata.Uid = known ? old!.Metadata.Uid : obj.Metadata.Uid ?? $"uid-{Version + 1}";
        return Commit(key, stored, known ? WatchEventType.Modified : WatchEventType.Added);
    }

    public void Remove<T>(string? ns, string name)
        where T : IKubernetesObject
    {
        var key = Key<T>(ns, name);
        var last = KubernetesJson.Default.Clone((T)_objects[key]);
        _objects.Remove(key);
        Remember(last, WatchEventType.Deleted);
    }

    /// <summary>Ends all watches, with an error or as the server does by itself.</summary>
    public void CutWatches(Exception? why = null)
    {
        _cut = why;
        _cuts++;
        Pulse();
    }

    /// <summary>Who watches from before now is told 410.</summary>
    public void Forget()
    {
        _forgotten = Version;
        _history.Clear();
    }

    public void SendBookmark<T>()
        where T : IKubernetesObject, new()
    {
        Version++;
        _history.Add((Version, WatchEventType.Bookmark, new T { Metadata = new() { ResourceVersion = $"{Version}" } }));
        Pulse();
    }

    public async Task<T> GetAsync<T>(string name, string? namespaceName = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        await EnterAsync("get", cancellationToken);
        var found = KubernetesJson.Default.Clone(Existing<T>(namespaceName, name));
        await After("get", cancellationToken);
        return found;
    }

    public async Task<KubernetesList<T>> ListAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        await EnterAsync("list", cancellationToken);
        var skip = options?.Continue is { Length: > 0 } token ? int.Parse(token) : 0;
        var limit = options?.Limit is > 0 and var most ? most : int.MaxValue;
        var all = All<T>().Skip(skip).ToList();
        return new([.. all.Take(limit).Select(KubernetesJson.Default.Clone)])
        {
            Metadata = new() { ResourceVersion = $"{Version}", Continue = all.Count > limit ? $"{skip + limit}" : null },
        };
    }

    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? namespaceName = null, ListOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        await EnterAsync($"watch {options?.ResourceVersion}", cancellationToken);
        var cuts = _cuts;
        var version = long.Parse(options?.ResourceVersion ?? $"{Version}");
        while (_cuts == cuts)
        {
            var changed = _changed.Task; // Taken before looking, so that nothing slips in between.
            if (version < _forgotten)
            {
                throw new KubernetesException(410, "Expired", $"too old resource version: {version}");
            }

            foreach (var happened in _history.Where(h => h.Version > version && h.Object is T).ToList())
            {
                yield return new(happened.Type, KubernetesJson.Default.Clone((T)happened.Object));
                version = happened.Version;
            }

            if (_cuts == cuts)
            {
                await changed.WaitAsync(cancellationToken);
            }
        }

        if (_cut is not null)
        {
            throw _cut;
        }
    }

    public async Task<T> CreateAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        await EnterAsync("create", cancellationToken);
        if (_objects.ContainsKey(Key<T>(obj.Namespace(), obj.Name())))
        {
            throw new KubernetesException(409, "AlreadyExists", $"\"{obj.Name()}\" already exists");
        }

        var made = Put(obj);
        await After("create", cancellationToken);
        return made;
    }

    public async Task<T> ReplaceAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        await EnterAsync("replace", cancellationToken);
        if (Existing<T>(obj.Namespace(), obj.Name()).ResourceVersion() != obj.ResourceVersion())
        {
            throw new KubernetesException(409, "Conflict", "the object has been modified");
        }

        var made = Put(obj);
        await After("replace", cancellationToken);
        return made;
    }

    public Task<T> ReplaceStatusAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => ReplaceAsync(obj, cancellationToken);

    public async Task<T> PatchAsync<T>(
        V1Patch patch, string name, string? namespaceName = null, string? subresource = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        await EnterAsync("patch", cancellationToken);
        var target = System.Text.Json.Nodes.JsonNode.Parse(KubernetesJson.Default.SerializeToUtf8Bytes(Existing<T>(namespaceName, name)))!.AsObject();
        foreach (var (field, value) in System.Text.Json.Nodes.JsonNode.Parse(patch.Content.Span)!.AsObject())
        {
            target[field] = value?.DeepClone();
        }

        return Put(KubernetesJson.Default.Deserialize<T>(target.ToJsonString()));
    }

    public async Task DeleteAsync<T>(string name, string? namespaceName = null, V1DeleteOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        await EnterAsync("delete", cancellationToken);
        Existing<T>(namespaceName, name);
        Remove<T>(namespaceName, name);
    }

    public Task DeleteCollectionAsync<T>(string namespaceName, string labelSelector, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => throw new NotSupportedException();

    public Task<Stream> ReadPodLogAsync(string name, string namespaceName, PodLogOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task EvictAsync(string name, string namespaceName, V1DeleteOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<string> GetRawAsync(string path, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    private static string Key<T>(string? ns, string name) => $"{typeof(T).Name} {ns}/{name}";

    private async Task EnterAsync(string call, CancellationToken cancellationToken)
    {
        Calls.Add(call);
        await Before(call, cancellationToken);
    }

    private T Existing<T>(string? ns, string name) =>
        _objects.TryGetValue(Key<T>(ns, name), out var obj) ? (T)obj : throw new KubernetesException(404, "NotFound", $"\"{name}\" not found");

    private T Commit<T>(string key, T stored, WatchEventType type)
        where T : IKubernetesObject
    {
        _objects[key] = stored;
        Remember(stored, type);
        return KubernetesJson.Default.Clone(stored);
    }

    private void Remember(IKubernetesObject obj, WatchEventType type)
    {
        obj.Metadata.ResourceVersion = $"{++Version}";
        _history.Add((Version, type, obj));
        Pulse();
    }

    private void Pulse()
    {
        var changed = _changed;
        _changed = new();
        changed.SetResult();
    }
}
