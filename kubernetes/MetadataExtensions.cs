using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes;

/// <summary>Short ways to what every object carries.</summary>
public static class MetadataExtensions
{
    public static string Name(this IKubernetesObject obj) => obj.Metadata.Name ?? "";

    /// <summary>Null for a cluster-scoped object.</summary>
    public static string? Namespace(this IKubernetesObject obj) => obj.Metadata.NamespaceProperty;

    public static string Uid(this IKubernetesObject obj) => obj.Metadata.Uid ?? "";

    public static string? ResourceVersion(this IKubernetesObject obj) => obj.Metadata.ResourceVersion;

    public static string? GetLabel(this IKubernetesObject obj, string key) =>
        obj.Metadata.Labels is { } labels && labels.TryGetValue(key, out var value) ? value : null;

    public static string? GetAnnotation(this IKubernetesObject obj, string key) =>
        obj.Metadata.Annotations is { } annotations && annotations.TryGetValue(key, out var value) ? value : null;

    public static bool HasFinalizer(this IKubernetesObject obj, string finalizer) => obj.Metadata.Finalizers?.Contains(finalizer) ?? false;

    /// <summary>Deletion has been asked for.</summary>
    public static bool IsDeleting(this IKubernetesObject obj) => obj.Metadata.DeletionTimestamp is not null;

    /// <summary>For owner references and events.</summary>
    public static V1ObjectReference ToReference(this IKubernetesObject obj) => new()
    {
        ApiVersion = obj.ApiVersion,
        Kind = obj.Kind,
        Name = obj.Metadata.Name,
        NamespaceProperty = obj.Metadata.NamespaceProperty,
        Uid = obj.Metadata.Uid,
        ResourceVersion = obj.Metadata.ResourceVersion,
    };
}
