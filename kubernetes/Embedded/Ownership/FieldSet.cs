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

    private readonly SortedDictionary<string, FieldSet> _children;

    private FieldSet(bool isMember, IEnumerable<KeyValuePair<string, FieldSet>> children)
    {
        IsMember = isMember;
        _children = new SortedDictionary<string, FieldSet>(StringComparer.Ordinal);
        foreach (var (element, child) in children)
        {
            if (!child.IsEmpty)
            {
                _children[element] = child;
            }
        }
    }

    /// <summary>Whether this path itself is in the set.</summary>
    public bool IsMember { get; }

    public bool IsEmpty => !IsMember && _children.Count == 0;

    public IReadOnlyDictionary<string, FieldSet> Children => _children;

    public FieldSet Child(string element) => _children.GetValueOrDefault(element) ?? Empty;

    public FieldSet With(string element, FieldSet child)
    {
        var children = new Dictionary<string, FieldSet>(_children, StringComparer.Ordinal) { [element] = child };
        return new FieldSet(IsMember, children);
    }

    public static FieldSet Of(bool isMember, IEnumerable<KeyValuePair<string, FieldSet>> children) => new(isMember, children);

    public FieldSet Union(FieldSet other) => new(
        IsMember || other.IsMember,
        _children.Keys.Union(other._children.Keys).Select(e => KeyValuePair.Create(e, Child(e).Union(other.Child(e)))));

    public FieldSet Intersect(FieldSet other) => new(
        IsMember && other.IsMember, _children.Keys.Select(e => KeyValuePair.Create(e, Child(e).Intersect(other.Child(e)))));

    public FieldSet Except(FieldSet other) => new(
        IsMember && !other.IsMember, _children.Select(c => KeyValuePair.Create(c.Key, c.Value.Except(other.Child(c.Key)))));

    /// <summary>As <see cref="Except"/>, and what lies under a path of the other set goes as well.</summary>
    public FieldSet ExceptTrees(FieldSet other) => other.IsMember ? Empty : new(
        IsMember, _children.Select(c => KeyValuePair.Create(c.Key, c.Value.ExceptTrees(other.Child(c.Key)))));

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
        if (IsMember && _children.Count > 0)
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

    private static FieldSet FromJson(JsonObject json, bool isRoot) => new(
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
