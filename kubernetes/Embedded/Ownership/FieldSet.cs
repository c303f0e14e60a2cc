using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;

namespace MesosK8sBridge.Kubernetes.Embedded.Ownership;

/// <summary>A set of field paths, as a tree of path elements; immutable.</summary>
/// <remarks>Kubernetes: sigs.k8s.io/structured-merge-diff, fieldpath; its JSON form is FieldsV1.</remarks>
internal sealed class FieldSet
{
    public static readonly FieldSet Empty = new(false, []);

    /// <summary>The set of the path that has no elements.</summary>
    public static readonly FieldSet Self = new(true, []);

    private readonly KeyValuePair<string, FieldSet>[] _children;

    /// <param name="children">In order, none of them empty.</param>
    private FieldSet(bool isMember, KeyValuePair<string, FieldSet>[] children)
    {
        IsMember = isMember;
        _children = children;
    }

    /// <summary>Whether this path itself is in the set.</summary>
    public bool IsMember { get; }

    public bool IsEmpty => !IsMember && _children.Length == 0;

    public IReadOnlyList<KeyValuePair<string, FieldSet>> Children => _children;

    public FieldSet Child(string element)
    {
        var (low, high) = (0, _children.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            switch (string.CompareOrdinal(_children[middle].Key, element))
            {
                case 0:
                    return _children[middle].Value;
                case < 0:
                    low = middle + 1;
                    break;
                default:
                    high = middle - 1;
                    break;
            }
        }

        return Empty;
    }

    public static FieldSet Of(bool isMember, IEnumerable<KeyValuePair<string, FieldSet>> children)
    {
        var kept = children.Where(child => !child.Value.IsEmpty).ToArray();
        Array.Sort(kept, (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return kept.Length > 0 ? new FieldSet(isMember, kept) : isMember ? Self : Empty;
    }

    public FieldSet Union(FieldSet other) =>
        IsEmpty ? other
        : other.IsEmpty ? this
        : Of(
            IsMember || other.IsMember,
            _children.Select(c => KeyValuePair.Create(c.Key, c.Value.Union(other.Child(c.Key)))).Concat(other._children.Where(c => Child(c.Key).IsEmpty)));

    public FieldSet Intersect(FieldSet other) =>
        IsEmpty || other.IsEmpty
            ? Empty
            : Of(IsMember && other.IsMember, _children.Select(c => KeyValuePair.Create(c.Key, c.Value.Intersect(other.Child(c.Key)))));

    public FieldSet Except(FieldSet other) =>
        IsEmpty || other.IsEmpty
            ? this
            : Of(IsMember && !other.IsMember, _children.Select(c => KeyValuePair.Create(c.Key, c.Value.Except(other.Child(c.Key)))));

    /// <summary>Every path, in order.</summary>
    public IEnumerable<IReadOnlyList<string>> Paths()
    {
        if (IsMember)
        {
            yield return [];
        }

        foreach (var (element, child) in _children)
        {
            foreach (var path in child.Paths())
            {
                yield return [element, .. path];
            }
        }
    }

    public JsonObject ToJson()
    {
        var result = new JsonObject();
        if (IsMember && _children.Length > 0)
        {
            result["."] = new JsonObject();
        }

        foreach (var (element, child) in _children)
        {
            result[element] = child.ToJson();
        }

        return result;
    }

    public static FieldSet FromJson(JsonObject? json) => json is null ? Empty : FromJson(json, isRoot: true);

    private static FieldSet FromJson(JsonObject json, bool isRoot) => Of(
        json.ContainsKey(".") || (!isRoot && json.Count == 0),
        json.Where(m => m.Key != ".").Select(m => KeyValuePair.Create(m.Key, FromJson(m.Value as JsonObject ?? [], isRoot: false))));

    /// <summary>A path as messages show it, e.g. <c>.spec.containers[name="a"].image</c>.</summary>
    public static string Show(IReadOnlyList<string> path) => string.Concat(path.Select(Show));

    private static string Show(string element) => element[..2] switch
    {
        "k:" => $"[{string.Join(",", ((JsonObject)JsonReading.Parse(element[2..])!).Select(m => $"{m.Key}={JsonTree.ToText(m.Value)}"))}]",
        "v:" => $"[={element[2..]}]",
        "i:" => $"[{element[2..]}]",
        _ => "." + element[2..],
    };
}
