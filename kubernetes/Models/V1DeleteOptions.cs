using System.Text.Json.Serialization;

namespace MesosK8sBridge.Kubernetes.Models;

public sealed class V1DeleteOptions : KubernetesModel
{
    [JsonPropertyOrder(-2)]
    public string? ApiVersion { get; set; }

    [JsonPropertyOrder(-1)]
    public string? Kind { get; set; }

    /// <summary>Null: the object's own. 0: at once.</summary>
    public long? GracePeriodSeconds { get; set; }

    public V1Preconditions? Preconditions { get; set; }

    /// <summary><c>Orphan</c>, <c>Background</c> or <c>Foreground</c>.</summary>
    public string? PropagationPolicy { get; set; }

    public IList<string>? DryRun { get; set; }
}

/// <summary>What must hold of the object, or else the answer is 409.</summary>
public sealed class V1Preconditions : KubernetesModel
{
    public string? Uid { get; set; }

    public string? ResourceVersion { get; set; }
}

/// <summary>Asks that a Pod be deleted if its disruption budgets allow.</summary>
[KubernetesEntity(Group = "policy", ApiVersion = "v1beta1", Kind = "Eviction", PluralName = "evictions")]
public sealed class V1Eviction : KubernetesObject
{
    public V1DeleteOptions? DeleteOptions { get; set; }
}
