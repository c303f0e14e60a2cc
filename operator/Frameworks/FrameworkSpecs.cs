using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Frameworks;

/// <summary>What the spec of a <see cref="V1Alpha1MesosFramework"/> means. Functions of their arguments.</summary>
internal static class FrameworkSpecs
{
    public static string KeyOf(V1Alpha1MesosFramework resource) => $"{resource.Namespace()}/{resource.Name()}";

    public static string NameOf(V1Alpha1MesosFramework resource) =>
        string.IsNullOrEmpty(resource.Spec.Name) ? resource.Name() : resource.Spec.Name;

    /// <summary>One for each resource that is sound, except that of several for the same framework only the oldest counts.</summary>
    public static ImmutableArray<FrameworkPolicy> Policies(IEnumerable<V1Alpha1MesosFramework> resources) =>
    [
        .. resources
            .Where(resource => !resource.IsDeleting() && Problem(resource.Spec) is null)
            .GroupBy(Identity)
            .Select(same => PolicyOf(Oldest(same)))
            .OrderBy(policy => policy.Key, StringComparer.Ordinal),
    ];

    /// <summary>The resource that counts instead of this one; null if this one does.</summary>
    public static V1Alpha1MesosFramework? Precedence(V1Alpha1MesosFramework resource, IEnumerable<V1Alpha1MesosFramework> all)
    {
        var first = Oldest(all.Where(other => !other.IsDeleting() && Problem(other.Spec) is null && Identity(other) == Identity(resource)).Append(resource));
        return first.Uid() == resource.Uid() ? null : first;
    }

    public static PodSettings PodSettings(V1Alpha1MesosFramework resource, FrameworkDefaults defaults)
    {
        var template = resource.Spec.PodTemplate;
        return new PodSettings
        {
            Namespace = resource.Namespace() ?? defaults.Namespace,
            DefaultImage = resource.Spec.DefaultImage ?? defaults.Image,
            LimitCpus = resource.Spec.LimitCpus ?? false,
            Policy = resource.Spec.PodPolicy is { } policy
                ? new PodPolicy(policy.HostNetwork ?? false, policy.Privileged ?? false, [.. policy.HostPaths ?? []])
                : PodPolicy.Baseline,
            Labels = Sorted(template?.Metadata?.Labels),
            Annotations = Sorted(template?.Metadata?.Annotations),
            ServiceAccountName = template?.Spec?.ServiceAccountName,
            ImagePullSecrets = [.. (template?.Spec?.ImagePullSecrets ?? []).Select(secret => secret.Name).OfType<string>()],
            Tolerations = [.. defaults.Tolerations, .. template?.Spec?.Tolerations ?? []],
            SecurityContext = template?.Spec?.SecurityContext,
            ContainerSecurityContext = template?.Spec?.ContainerSecurityContext,
            PriorityClassName = template?.Spec?.PriorityClassName,
            RuntimeClassName = template?.Spec?.RuntimeClassName,
        };
    }

    /// <summary>The same checks as in the CustomResourceDefinition, for API servers that do not know all of its rules.</summary>
    /// <returns>Null if there is nothing to complain about.</returns>
    public static string? Problem(V1Alpha1MesosFrameworkSpec spec) =>
        (spec.Roles ?? []).FirstOrDefault(role => !IsRole(role)) is { } bad ? $"spec.roles: '{bad}' is no role"
        : (spec.PodPolicy?.HostPaths ?? []).FirstOrDefault(path => !path.StartsWith('/')) is { } relative ? $"spec.podPolicy.hostPaths: '{relative}' is not absolute"
        : (spec.PodPolicy?.HostPaths ?? []).FirstOrDefault(path => path.Contains("..", StringComparison.Ordinal)) is { } up
            ? $"spec.podPolicy.hostPaths: '{up}' cannot contain '..'"
        : Reserved(spec.PodTemplate?.Metadata?.Labels) is { } label ? $"spec.podTemplate.metadata.labels: '{label}' is set by the bridge"
        : Reserved(spec.PodTemplate?.Metadata?.Annotations) is { } annotation ? $"spec.podTemplate.metadata.annotations: '{annotation}' is set by the bridge"
        : spec.RemovalPolicy is not (null or "Retain" or "Teardown") ? $"spec.removalPolicy: '{spec.RemovalPolicy}' is neither Retain nor Teardown"
        : null;

    public static bool TearsDown(V1Alpha1MesosFramework resource) => resource.Spec.RemovalPolicy == "Teardown";

    private static FrameworkPolicy PolicyOf(V1Alpha1MesosFramework resource) => new(
        KeyOf(resource),
        NameOf(resource),
        resource.Spec.Principal,
        [.. resource.Spec.Roles ?? []],
        Sorted(resource.Spec.NodeSelector).SetItems(Sorted(resource.Spec.PodTemplate?.Spec?.NodeSelector)));

    private static (string Name, string? Principal) Identity(V1Alpha1MesosFramework resource) => (NameOf(resource), resource.Spec.Principal);

    private static V1Alpha1MesosFramework Oldest(IEnumerable<V1Alpha1MesosFramework> resources) =>
        resources.OrderBy(resource => resource.Metadata.CreationTimestamp).ThenBy(KeyOf, StringComparer.Ordinal).First();

    private static ImmutableSortedDictionary<string, string> Sorted(IDictionary<string, string>? map) =>
        (map ?? new Dictionary<string, string>()).ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static string? Reserved(IDictionary<string, string>? map) =>
        map?.Keys.FirstOrDefault(key => key.StartsWith("mesosbridge.io/", StringComparison.Ordinal));

    /// <remarks>Mesos: src/common/roles.cpp, validate.</remarks>
    private static bool IsRole(string role) =>
        role == "*"
        || (role.Length > 0 && !role.Any(char.IsWhiteSpace) && role.Split('/').All(part => part is not ("" or "." or ".." or "*") && part[0] != '-'));
}
