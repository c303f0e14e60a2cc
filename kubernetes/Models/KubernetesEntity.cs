using System.Reflection;

namespace MesosK8sBridge.Kubernetes.Models;

/// <summary>What <see cref="KubernetesEntityAttribute"/> says of <typeparamref name="T"/>, and the URLs that follow from it.</summary>
public static class KubernetesEntity<T>
    where T : IKubernetesObject
{
    private static readonly KubernetesEntityAttribute? Attribute = typeof(T).GetCustomAttribute<KubernetesEntityAttribute>();

    /// <exception cref="InvalidOperationException">The type has no such attribute.</exception>
    public static KubernetesEntityAttribute Info =>
        Attribute ?? throw new InvalidOperationException($"{typeof(T)} has no [KubernetesEntity]: nobody knows where the API server keeps it.");

    /// <summary>As in <c>apiVersion</c>: <c>v1</c>, or <c>group/version</c>.</summary>
    public static string GroupVersion { get; } =
        Attribute is null ? "" : Attribute.Group.Length == 0 ? Attribute.ApiVersion : $"{Attribute.Group}/{Attribute.ApiVersion}";

    /// <summary>Fills in what identifies the type, where it is missing.</summary>
    public static T Named(T obj)
    {
        obj.ApiVersion ??= GroupVersion;
        obj.Kind ??= Info.Kind;
        return obj;
    }

    /// <param name="namespaceName">Null: all namespaces, or a cluster-scoped type.</param>
    /// <returns>E.g. <c>/api/v1/namespaces/default/pods</c>.</returns>
    public static string CollectionPath(string? namespaceName)
    {
        var root = Info.Group.Length == 0 ? $"/api/{Info.ApiVersion}" : $"/apis/{Info.Group}/{Info.ApiVersion}";
        return Info.Namespaced && namespaceName is not null
            ? $"{root}/namespaces/{Uri.EscapeDataString(namespaceName)}/{Info.PluralName}"
            : $"{root}/{Info.PluralName}";
    }

    /// <exception cref="ArgumentException">A namespace is missing, or the name is empty.</exception>
    public static string ObjectPath(string? namespaceName, string name, string? subresource = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (Info.Namespaced && string.IsNullOrEmpty(namespaceName))
        {
            throw new ArgumentException($"A {Info.Kind} is in a namespace: say which.", nameof(namespaceName));
        }

        var path = $"{CollectionPath(namespaceName)}/{Uri.EscapeDataString(name)}";
        return subresource is null ? path : $"{path}/{subresource}";
    }
}
