using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Informers;

/// <summary>What an informer learned. The snapshot already contains it when a handler hears of it.</summary>
public abstract record InformerEvent<T>
    where T : IKubernetesObject
{
    private InformerEvent()
    {
    }

    /// <summary>A whole list is here. The changes it brought follow one by one.</summary>
    /// <param name="Before">Objects known before; 0 at the first list.</param>
    /// <param name="Count">Objects in the list.</param>
    /// <param name="Missing">Objects known before that the list does not have: each follows as <see cref="Deleted"/>.</param>
    public sealed record Relisted(int Before, int Count, int Missing) : InformerEvent<T>;

    public sealed record Added(T Object) : InformerEvent<T>;

    public sealed record Updated(T Previous, T Object) : InformerEvent<T>;

    /// <param name="Last">The last that was seen of it.</param>
    /// <param name="Witnessed">
    /// The API server said so; false: the object was missing in a complete list, or has a successor of the same name. Under a selector
    /// it also says so when an object no longer matches.
    /// </param>
    public sealed record Deleted(T Last, bool Witnessed) : InformerEvent<T>;
}
