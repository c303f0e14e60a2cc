namespace MesosK8sBridge.Kubernetes.Models;

[KubernetesEntity(ApiVersion = "v1", Kind = "PersistentVolumeClaim", PluralName = "persistentvolumeclaims")]
public sealed class V1PersistentVolumeClaim : KubernetesObject
{
    public V1PersistentVolumeClaimSpec? Spec { get; set; }

    public V1PersistentVolumeClaimStatus? Status { get; set; }
}

public sealed class V1PersistentVolumeClaimSpec : KubernetesModel
{
    public IList<string>? AccessModes { get; set; }

    /// <summary>Null: the cluster's default. Empty: none, a volume that somebody has made is used.</summary>
    public string? StorageClassName { get; set; }

    public V1ResourceRequirements? Resources { get; set; }

    public string? VolumeName { get; set; }
}

public sealed class V1PersistentVolumeClaimStatus : KubernetesModel
{
    /// <summary><c>Pending</c>, <c>Bound</c> or <c>Lost</c>.</summary>
    public string? Phase { get; set; }
}
