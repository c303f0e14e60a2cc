using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Informers;

/// <summary>Names one object of a type.</summary>
/// <param name="Namespace">Null for a cluster-scoped object.</param>
public readonly record struct ObjectKey(string? Namespace, string Name)
{
    public static ObjectKey Of(IKubernetesObject obj) => new(obj.Namespace(), obj.Name());

    public override string ToString() => Namespace is null ? Name : $"{Namespace}/{Name}";
}
