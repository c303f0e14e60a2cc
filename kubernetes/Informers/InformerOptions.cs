using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Informers;

/// <summary>What an informer keeps, and how it keeps up.</summary>
public sealed record InformerOptions<T>
    where T : IKubernetesObject
{
    /// <summary>Null: all namespaces, or a cluster-scoped type.</summary>
    public string? Namespace { get; init; }

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    /// <summary>Ways to find objects besides their names: for each, the values an object is found by.</summary>
    public ImmutableDictionary<string, Func<T, IEnumerable<string>>> Indexers { get; init; } = ImmutableDictionary<string, Func<T, IEnumerable<string>>>.Empty;

    /// <summary>
    /// Keep what each manager wrote. Off by default: it is often half of an object, and the API server keeps its own when it is left
    /// out of a write.
    /// </summary>
    public bool KeepManagedFields { get; init; }

    /// <summary>Objects a page of a list has.</summary>
    public int PageSize { get; init; } = Listing.PageSize;

    /// <summary>Shortest life of a watch; the longest is twice that. Default 5 min.</summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>After the first failure; doubles from there. Default 500 ms.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait between attempts. Default 30 s.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Adds the index <paramref name="name"/> to those there are.</summary>
    public InformerOptions<T> IndexedBy(string name, Func<T, IEnumerable<string>> values) => this with { Indexers = Indexers.Add(name, values) };

    /// <summary>Adds the index <paramref name="name"/>: objects by one value, those with null not at all.</summary>
    public InformerOptions<T> IndexedBy(string name, Func<T, string?> value) => IndexedBy(name, obj => value(obj) is { } found ? [found] : Array.Empty<string>());

    /// <summary>Adds an index named like a label: objects by its value.</summary>
    public InformerOptions<T> IndexedByLabel(string label) => IndexedBy(label, obj => obj.GetLabel(label));
}
