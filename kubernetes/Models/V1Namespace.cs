namespace MesosK8sBridge.Kubernetes.Models;

[KubernetesEntity(ApiVersion = "v1", Kind = "Namespace", PluralName = "namespaces", Namespaced = false)]
public sealed class V1Namespace : KubernetesObject
{
    public V1NamespaceSpec? Spec { get; set; }

    public V1NamespaceStatus? Status { get; set; }
}

public sealed class V1NamespaceSpec : KubernetesModel
{
    public IList<string>? Finalizers { get; set; }
}

public sealed class V1NamespaceStatus : KubernetesModel
{
    /// <summary><c>Active</c> or <c>Terminating</c>.</summary>
    public string? Phase { get; set; }

    public IList<V1Condition>? Conditions { get; set; }
}
