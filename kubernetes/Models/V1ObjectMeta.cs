using System.Text.Json;
using System.Text.Json.Serialization;

namespace MesosK8sBridge.Kubernetes.Models;

public sealed class V1ObjectMeta : KubernetesModel
{
    public string? Name { get; set; }

    public string? GenerateName { get; set; }

    [JsonPropertyName("namespace")]
    public string? NamespaceProperty { get; set; }

    public string? Uid { get; set; }

    public string? ResourceVersion { get; set; }

    public long? Generation { get; set; }

    public DateTimeOffset? CreationTimestamp { get; set; }

    /// <summary>Set once deletion has been asked for; the object stays until its finalizers and its grace period are done.</summary>
    public DateTimeOffset? DeletionTimestamp { get; set; }

    public long? DeletionGracePeriodSeconds { get; set; }

    public IDictionary<string, string>? Labels { get; set; }

    public IDictionary<string, string>? Annotations { get; set; }

    public IList<string>? Finalizers { get; set; }

    public IList<V1OwnerReference>? OwnerReferences { get; set; }

    public IList<V1ManagedFieldsEntry>? ManagedFields { get; set; }
}

public sealed class V1OwnerReference : KubernetesModel
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public string? Name { get; set; }

    public string? Uid { get; set; }

    public bool? Controller { get; set; }

    public bool? BlockOwnerDeletion { get; set; }
}

public sealed class V1ManagedFieldsEntry : KubernetesModel
{
    public string? ApiVersion { get; set; }

    public string? FieldsType { get; set; }

    /// <summary>The set of fields, as the server wrote it.</summary>
    public JsonElement? FieldsV1 { get; set; }

    public string? Manager { get; set; }

    public string? Operation { get; set; }

    public string? Subresource { get; set; }

    public DateTimeOffset? Time { get; set; }
}

public sealed class V1ObjectReference : KubernetesModel
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public string? Name { get; set; }

    [JsonPropertyName("namespace")]
    public string? NamespaceProperty { get; set; }

    public string? Uid { get; set; }

    public string? ResourceVersion { get; set; }

    public string? FieldPath { get; set; }
}

public sealed class V1LocalObjectReference : KubernetesModel
{
    public string? Name { get; set; }
}

public sealed class V1LabelSelector : KubernetesModel
{
    public IDictionary<string, string>? MatchLabels { get; set; }

    public IList<V1LabelSelectorRequirement>? MatchExpressions { get; set; }
}

public sealed class V1LabelSelectorRequirement : KubernetesModel
{
    public string? Key { get; set; }

    /// <summary><c>In</c>, <c>NotIn</c>, <c>Exists</c> or <c>DoesNotExist</c>.</summary>
    [JsonPropertyName("operator")]
    public string? OperatorProperty { get; set; }

    public IList<string>? Values { get; set; }
}

/// <summary>The condition of most custom resources.</summary>
public sealed class V1Condition : KubernetesModel
{
    public string? Type { get; set; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public string? Status { get; set; }

    public long? ObservedGeneration { get; set; }

    public DateTimeOffset? LastTransitionTime { get; set; }

    public string? Reason { get; set; }

    public string? Message { get; set; }
}
