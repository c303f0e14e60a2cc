using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Storage;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

/// <summary>What the path of a request names.</summary>
/// <param name="Namespace">Empty: cluster-scoped, or all namespaces.</param>
/// <param name="Name">Empty: the collection.</param>
/// <param name="Subresource">Empty: the object itself.</param>
internal sealed record ResourcePath(ResourceInfo Resource, string Namespace, string Name, string Subresource)
{
    public ObjectKey Key => new(Namespace, Name);

    /// <param name="segments">After <c>/api/v1</c> or <c>/apis/GROUP/VERSION</c>; at least one.</param>
    /// <exception cref="StatusException">404.</exception>
    public static ResourcePath Parse(ResourceRegistry registry, string group, string version, ReadOnlySpan<string> segments)
    {
        var namespaceName = "";
        if (segments.Length >= 3 && segments[0] == "namespaces" && !(group.Length == 0 && segments[2] is "status" or "finalize"))
        {
            namespaceName = segments[1];
            segments = segments[2..];
        }

        var resource = registry.Find(group, version, segments[0]);
        if (resource is null || segments.Length > 3 || (namespaceName.Length > 0 && !resource.Namespaced))
        {
            throw Failures.NoSuchResource();
        }

        var path = new ResourcePath(resource, namespaceName, segments.Length > 1 ? segments[1] : "", segments.Length > 2 ? segments[2] : "");
        return resource.Namespaced && namespaceName.Length == 0 && path.Name.Length > 0 ? throw Failures.NoSuchResource() : path;
    }
}
