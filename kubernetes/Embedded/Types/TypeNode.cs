using System.Collections.Immutable;

namespace MesosK8sBridge.Kubernetes.Embedded.Types;

/// <summary>The shape of a value: what the built-in types and the schemas of custom resources have in common.</summary>
internal abstract class TypeNode
{
    private TypeNode()
    {
    }

    /// <summary>Anything at all, kept as it is.</summary>
    public static readonly Scalar Any = new(ScalarKind.Any);

    public sealed class Scalar(ScalarKind kind) : TypeNode
    {
        public ScalarKind Kind { get; } = kind;
    }

    public sealed class List(TypeNode element, ListKind kind, ImmutableArray<string> keys) : TypeNode
    {
        public TypeNode Element { get; } = element;

        public ListKind Kind { get; } = kind;

        /// <summary>What tells the items of a <see cref="ListKind.Map"/> apart.</summary>
        public ImmutableArray<string> Keys { get; } = keys;
    }

    public sealed class Map(TypeNode element, bool atomic = false) : TypeNode
    {
        public TypeNode Element { get; } = element;

        public bool Atomic { get; } = atomic;
    }

    public sealed class Struct(string name) : TypeNode
    {
        /// <summary>E.g. <c>core.v1.PodSpec</c>; empty in a custom resource.</summary>
        public string Name { get; } = name;

        public OrderedDictionary<string, TypeField> Fields { get; } = new(StringComparer.Ordinal);

        /// <summary>One owner for the whole object.</summary>
        public bool Atomic { get; init; }

        /// <summary>Fields that are not listed stay.</summary>
        public bool PreserveUnknown { get; init; }

        /// <summary><c>group/version/kind</c>, or empty.</summary>
        public string GroupVersionKind { get; init; } = "";
    }
}

internal enum ScalarKind
{
    Any,
    String,
    Boolean,
    Int32,
    Int64,
    Number,
    Quantity,
    IntOrString,
    Time,
    MicroTime,
    Bytes,
}

internal enum ListKind
{
    Atomic,
    Set,
    Map,
}

/// <param name="Required">Written even when empty.</param>
/// <param name="Pointer">A zero value differs from an absent one.</param>
/// <param name="Merge">A strategic merge patch merges the list.</param>
/// <param name="MergeKey">By which member; empty for scalars.</param>
/// <param name="RetainKeys">A strategic merge patch may name the keys that stay.</param>
/// <param name="Number">In the API's protobuf messages; 0: in none.</param>
/// <param name="Default">What an absent key of a list's item counts as; empty: it may not be absent.</param>
/// <param name="Within">The number of the message around it, of which JSON knows nothing; 0: none.</param>
internal sealed record TypeField(
    string Name, TypeNode Type, bool Required = false, bool Pointer = false, bool Merge = false, string MergeKey = "", bool RetainKeys = false, int Number = 0, int Within = 0, string Default = "");
