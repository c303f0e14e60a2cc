using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;

namespace MesosK8sBridge.Kubernetes.Embedded.Storage;

/// <summary>Where an object lives within its resource. Ordered as etcd orders keys.</summary>
/// <param name="Namespace">Empty for what is cluster-scoped.</param>
internal readonly record struct ObjectKey(string Namespace, string Name) : IComparable<ObjectKey>
{
    public int CompareTo(ObjectKey other) =>
        string.CompareOrdinal(Namespace, other.Namespace) is not 0 and var byNamespace ? byNamespace : string.CompareOrdinal(Name, other.Name);
}

/// <summary>One version of one object. The document must not be changed.</summary>
internal sealed class StoredObject(ObjectKey key, JsonObject document, long version)
{
    private byte[]? _bytes;

    public ObjectKey Key { get; } = key;

    public JsonObject Document { get; } = document;

    public long Version { get; } = version;

    public string Uid => Document.Text("metadata", "uid") ?? "";

    /// <summary>The document as compact JSON, made once.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes ??= JsonTree.ToBytes(Document);
}

internal enum ChangeKind
{
    Added,
    Modified,
    Deleted,
}

/// <param name="Previous">Null if <see cref="ChangeKind.Added"/>.</param>
/// <param name="Current">The new version; of a deletion the last one, with the deletion's own resource version.</param>
internal sealed record Change(ChangeKind Kind, StoredObject? Previous, StoredObject Current)
{
    public long Version => Current.Version;
}
