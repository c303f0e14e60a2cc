using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Informers;

/// <summary>Everything an informer knew at one moment. Immutable; its objects are shared and must not be changed.</summary>
/// <seealso cref="Json.KubernetesJson.Clone"/>
public sealed class Snapshot<T>
    where T : IKubernetesObject
{
    private readonly ImmutableDictionary<ObjectKey, T> _objects;

    private readonly ImmutableDictionary<string, Index<T>> _indexes;

    private Snapshot(long version, string? resourceVersion, ImmutableDictionary<ObjectKey, T> objects, ImmutableDictionary<string, Index<T>> indexes)
    {
        Version = version;
        ResourceVersion = resourceVersion;
        _objects = objects;
        _indexes = indexes;
    }

    /// <summary>Grows by one with each change; 0 before the first list.</summary>
    public long Version { get; }

    /// <summary>The API server's, as of the last list, event or bookmark; null before the first list.</summary>
    public string? ResourceVersion { get; }

    public int Count => _objects.Count;

    public IEnumerable<T> Objects => _objects.Values;

    public IEnumerable<ObjectKey> Keys => _objects.Keys;

    public T? Find(ObjectKey key) => _objects.GetValueOrDefault(key);

    public T? Find(string? namespaceName, string name) => Find(new(namespaceName, name));

    /// <param name="index">One of the informer's <see cref="InformerOptions{T}.Indexers"/>.</param>
    /// <exception cref="KeyNotFoundException">There is no such index.</exception>
    public IReadOnlyCollection<T> By(string index, string value) => _indexes[index].Find(value);

    internal static Snapshot<T> Empty(ImmutableDictionary<string, Func<T, IEnumerable<string>>> indexers) =>
        new(0, null, ImmutableDictionary<ObjectKey, T>.Empty, indexers.ToImmutableDictionary(i => i.Key, i => new Index<T>(i.Value)));

    internal Snapshot<T> With(T obj)
    {
        var key = ObjectKey.Of(obj);
        var indexes = _indexes;
        foreach (var (name, index) in _indexes)
        {
            indexes = indexes.SetItem(name, index.Change(key, Find(key), obj));
        }

        return new(Version + 1, obj.ResourceVersion() ?? ResourceVersion, _objects.SetItem(key, obj), indexes);
    }

    internal Snapshot<T> Without(T obj)
    {
        var key = ObjectKey.Of(obj);
        var indexes = _indexes;
        foreach (var (name, index) in _indexes)
        {
            indexes = indexes.SetItem(name, index.Change(key, Find(key), default));
        }

        return new(Version + 1, obj.ResourceVersion() ?? ResourceVersion, _objects.Remove(key), indexes);
    }

    internal Snapshot<T> At(string resourceVersion) => new(Version, resourceVersion, _objects, _indexes);

    internal Snapshot<T> Replaced(IReadOnlyDictionary<ObjectKey, T> objects, string? resourceVersion) => new(
        Version + 1,
        resourceVersion,
        objects.ToImmutableDictionary(),
        _indexes.ToImmutableDictionary(i => i.Key, i => i.Value.Of(objects)));
}

/// <summary>Objects by the values they are found by. Immutable.</summary>
internal sealed class Index<T>(Func<T, IEnumerable<string>> values, ImmutableDictionary<string, ImmutableDictionary<ObjectKey, T>>? buckets = null)
    where T : IKubernetesObject
{
    private readonly ImmutableDictionary<string, ImmutableDictionary<ObjectKey, T>> _buckets =
        buckets ?? ImmutableDictionary<string, ImmutableDictionary<ObjectKey, T>>.Empty;

    public IReadOnlyCollection<T> Find(string value) => _buckets.TryGetValue(value, out var bucket) ? new Values(bucket) : [];

    public Index<T> Change(ObjectKey key, T? before, T? after)
    {
        var changed = _buckets;
        foreach (var value in before is null ? [] : values(before))
        {
            var bucket = changed.GetValueOrDefault(value)?.Remove(key);
            changed = bucket is null or { IsEmpty: true } ? changed.Remove(value) : changed.SetItem(value, bucket);
        }

        foreach (var value in after is null ? [] : values(after))
        {
            var bucket = changed.GetValueOrDefault(value) ?? ImmutableDictionary<ObjectKey, T>.Empty;
            changed = changed.SetItem(value, bucket.SetItem(key, after!));
        }

        return new(values, changed);
    }

    public Index<T> Of(IReadOnlyDictionary<ObjectKey, T> objects)
    {
        var fresh = new Dictionary<string, ImmutableDictionary<ObjectKey, T>.Builder>(StringComparer.Ordinal);
        foreach (var (key, obj) in objects)
        {
            foreach (var value in values(obj))
            {
                if (!fresh.TryGetValue(value, out var bucket))
                {
                    fresh.Add(value, bucket = ImmutableDictionary.CreateBuilder<ObjectKey, T>());
                }

                bucket[key] = obj;
            }
        }

        return new(values, fresh.ToImmutableDictionary(b => b.Key, b => b.Value.ToImmutable()));
    }

    /// <summary>The values of a bucket, without a copy.</summary>
    private sealed class Values(ImmutableDictionary<ObjectKey, T> bucket) : IReadOnlyCollection<T>
    {
        public int Count => bucket.Count;

        public IEnumerator<T> GetEnumerator() => bucket.Values.GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
