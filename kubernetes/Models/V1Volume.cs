using System.Text.Json;
using System.Text.Json.Serialization;

namespace MesosK8sBridge.Kubernetes.Models;

/// <summary>A name and one source. Sources that are not named here are in <see cref="KubernetesModel.ExtensionData"/>.</summary>
public sealed class V1Volume : KubernetesModel
{
    public string? Name { get; set; }

    public V1EmptyDirVolumeSource? EmptyDir { get; set; }

    public V1HostPathVolumeSource? HostPath { get; set; }

    public V1SecretVolumeSource? Secret { get; set; }

    public V1ConfigMapVolumeSource? ConfigMap { get; set; }

    public V1PersistentVolumeClaimVolumeSource? PersistentVolumeClaim { get; set; }

    public JsonElement? Projected { get; set; }

    [JsonPropertyName("downwardAPI")]
    public JsonElement? DownwardAPI { get; set; }
}

public sealed class V1EmptyDirVolumeSource : KubernetesModel
{
    /// <summary><c>Memory</c>, or null for the node's disk.</summary>
    public string? Medium { get; set; }

    public ResourceQuantity? SizeLimit { get; set; }
}

public sealed class V1HostPathVolumeSource : KubernetesModel
{
    public string? Path { get; set; }

    /// <summary>E.g. <c>DirectoryOrCreate</c>; null checks nothing.</summary>
    public string? Type { get; set; }
}

public sealed class V1SecretVolumeSource : KubernetesModel
{
    public string? SecretName { get; set; }

    public IList<V1KeyToPath>? Items { get; set; }

    /// <summary>Permission bits, in decimal as JSON has no octal.</summary>
    public int? DefaultMode { get; set; }

    public bool? Optional { get; set; }
}

public sealed class V1ConfigMapVolumeSource : KubernetesModel
{
    public string? Name { get; set; }

    public IList<V1KeyToPath>? Items { get; set; }

    /// <summary>Permission bits, in decimal as JSON has no octal.</summary>
    public int? DefaultMode { get; set; }

    public bool? Optional { get; set; }
}

public sealed class V1KeyToPath : KubernetesModel
{
    public string? Key { get; set; }

    public string? Path { get; set; }

    public int? Mode { get; set; }
}

public sealed class V1PersistentVolumeClaimVolumeSource : KubernetesModel
{
    public string? ClaimName { get; set; }

    [JsonPropertyName("readOnly")]
    public bool? ReadOnlyProperty { get; set; }
}

public sealed class V1VolumeMount : KubernetesModel
{
    public string? Name { get; set; }

    public string? MountPath { get; set; }

    public string? SubPath { get; set; }

    public string? SubPathExpr { get; set; }

    [JsonPropertyName("readOnly")]
    public bool? ReadOnlyProperty { get; set; }

    /// <summary><c>None</c>, <c>HostToContainer</c> or <c>Bidirectional</c>.</summary>
    public string? MountPropagation { get; set; }
}
