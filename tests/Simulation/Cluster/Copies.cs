using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Frameworks;

namespace MesosK8sBridge.Simulation.Cluster;

/// <summary>Shallow copies with metadata of their own: what is in the store is shared, and changed by nobody.</summary>
internal static class Copies
{
    public static T With<T>(T obj, Action<V1ObjectMeta> change)
        where T : class, IKubernetesObject
    {
        var copy = Copy(obj);
        change(copy.Metadata);
        return copy;
    }

    public static T Copy<T>(T obj)
        where T : class, IKubernetesObject =>
        (T)(IKubernetesObject)(obj switch
        {
            V1Pod pod => new V1Pod { Metadata = Copy(pod.Metadata), Spec = pod.Spec, Status = pod.Status },
            V1Node node => new V1Node { Metadata = Copy(node.Metadata), Spec = node.Spec, Status = node.Status },
            V1Alpha1MesosFramework framework => new V1Alpha1MesosFramework
            {
                Metadata = Copy(framework.Metadata), Spec = framework.Spec, Status = framework.Status,
            },
            _ => throw new NotSupportedException($"Nobody keeps a {typeof(T).Name} here."),
        });

    public static V1Pod With(V1Pod pod, V1PodStatus status)
    {
        var copy = Copy(pod);
        copy.Status = status;
        return copy;
    }

    private static V1ObjectMeta Copy(V1ObjectMeta from) => new()
    {
        Name = from.Name,
        GenerateName = from.GenerateName,
        NamespaceProperty = from.NamespaceProperty,
        Uid = from.Uid,
        ResourceVersion = from.ResourceVersion,
        Generation = from.Generation,
        CreationTimestamp = from.CreationTimestamp,
        DeletionTimestamp = from.DeletionTimestamp,
        DeletionGracePeriodSeconds = from.DeletionGracePeriodSeconds,
        Labels = from.Labels,
        Annotations = from.Annotations,
        Finalizers = from.Finalizers,
        OwnerReferences = from.OwnerReferences,
        ExtensionData = from.ExtensionData,
    };
}
