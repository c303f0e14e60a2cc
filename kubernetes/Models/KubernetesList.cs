namespace MesosK8sBridge.Kubernetes.Models;

/// <summary>One page of a list.</summary>
public sealed class KubernetesList<T>
{
    public KubernetesList()
    {
    }

    public KubernetesList(IList<T> items, V1ListMeta? metadata = null)
    {
        Items = items;
        Metadata = metadata ?? new V1ListMeta();
    }

    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    /// <summary>Its resource version is where a watch of this list begins; its continue token asks for the next page.</summary>
    public V1ListMeta Metadata { get; set; } = new();

    public IList<T> Items { get; set; } = [];
}

/// <summary>One line of a watch. An ERROR line is never one of these: it is thrown as <see cref="KubernetesException"/>.</summary>
/// <param name="Object">For a bookmark only its <c>metadata.resourceVersion</c> means anything.</param>
public readonly record struct WatchEvent<T>(WatchEventType Type, T Object);

public enum WatchEventType
{
    Added,
    Modified,
    Deleted,
    Bookmark,
    Error,
}
