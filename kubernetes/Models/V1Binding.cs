namespace MesosK8sBridge.Kubernetes.Models;

/// <summary>Puts the Pod of this name on a node; only ever created, by schedulers.</summary>
[KubernetesEntity(ApiVersion = "v1", Kind = "Binding", PluralName = "bindings")]
public sealed class V1Binding : KubernetesObject
{
    public V1ObjectReference? Target { get; set; }
}
