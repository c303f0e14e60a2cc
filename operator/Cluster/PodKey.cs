using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>Names a Pod, whichever of that name.</summary>
internal readonly record struct PodKey(string Namespace, string Name) : IComparable<PodKey>
{
    public static PodKey Of(V1Pod pod) => new(pod.Namespace() ?? "", pod.Name());

    public int CompareTo(PodKey other) =>
        string.CompareOrdinal(Namespace, other.Namespace) is not 0 and var order ? order : string.CompareOrdinal(Name, other.Name);

    public override string ToString() => $"{Namespace}/{Name}";
}
