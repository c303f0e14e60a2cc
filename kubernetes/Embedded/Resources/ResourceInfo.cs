using System.Collections.Immutable;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Tables;
using MesosK8sBridge.Kubernetes.Embedded.Types;

namespace MesosK8sBridge.Kubernetes.Embedded.Resources;

/// <summary>One resource in one version, as discovery shows it and as requests are served.</summary>
internal sealed record ResourceInfo
{
    /// <summary>Empty for the core group.</summary>
    public string Group { get; init; } = "";

    public required string Version { get; init; }

    public required string Plural { get; init; }

    public required string Kind { get; init; }

    /// <summary>Empty in discovery for built-in resources.</summary>
    public string Singular { get; init; } = "";

    public string ListKind { get => field ?? Kind + "List"; init; }

    public ImmutableArray<string> ShortNames { get; init; } = [];

    public ImmutableArray<string> Categories { get; init; } = [];

    public bool Namespaced { get; init; } = true;

    public bool HasStatus { get; init; }

    public ScalePaths? Scale { get; init; }

    /// <summary><c>metadata.generation</c> counts changes of what is wanted.</summary>
    public bool HasGeneration { get; init; }

    /// <summary>A deletion at once answers with the object instead of a Status.</summary>
    public bool ReturnsDeleted { get; init; }

    public bool CanDeleteCollection { get; init; } = true;

    /// <summary>A replacement may leave the resource version out.</summary>
    public bool AllowsBlindUpdate { get; init; } = true;

    /// <summary>Never stored: its creation is a question.</summary>
    public bool CreateOnly { get; init; }

    /// <summary>Defined by a CustomResourceDefinition.</summary>
    public bool Custom { get; init; }

    public required TypeNode.Struct Type { get; init; }

    /// <summary>The OpenAPI v3 schema of a custom resource.</summary>
    public JsonObject? Schema { get; init; }

    public required ResourceRules Rules { get; init; }

    /// <summary>As tables show it.</summary>
    public IReadOnlyList<Column> Columns { get => field ?? BuiltInColumns.Of(Kind); init; }

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Plural and group, as messages name it; also the name it is stored under, in whatever version.</summary>
    public string Qualified => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}

/// <summary>Where the scale subresource finds its numbers, as dotted paths.</summary>
internal sealed record ScalePaths(string SpecReplicas, string StatusReplicas, string? LabelSelector);
