using System.Collections.Immutable;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Cli;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Credentials;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Frameworks;

/// <summary>What the spec of a <see cref="V1Alpha1MesosFramework"/> means. Functions of their arguments.</summary>
internal static class FrameworkSpecs
{
    private static readonly string[] BeginningsOfPlaces = ["http://", "https://", "file:///", "/"];

    /// <summary>Annotation: anything new in it confirms that what seems lost is lost.</summary>
    public const string ConfirmLosses = "mesosbridge.io/confirm-losses";

    private static readonly TimeSpan LongestRetention = TimeSpan.FromDays(30);

    public static string KeyOf(V1Alpha1MesosFramework resource) => $"{resource.Namespace()}/{resource.Name()}";

    public static string NameOf(V1Alpha1MesosFramework resource) =>
        string.IsNullOrEmpty(resource.Spec.Name) ? resource.Name() : resource.Spec.Name;

    /// <summary>
    /// One for each resource, except that of several sound ones for the same framework only the oldest counts. One that is not sound, is
    /// being deleted, or whose Secret holds no credential admits nobody, and keeps its name from others.
    /// </summary>
    /// <param name="credentials">Null for a resource that names no Secret.</param>
    public static ImmutableArray<FrameworkPolicy> Policies(
        IEnumerable<V1Alpha1MesosFramework> resources, Func<V1Alpha1MesosFramework, CredentialFinding?> credentials) =>
    [
        .. resources
            .GroupBy(Counts)
            .SelectMany(same => same.Key
                ? same.GroupBy(Identity).Select(Oldest).Select(resource => PolicyOf(resource, credentials(resource)))
                : same.Select(resource => PolicyOf(resource, credential: null) with { AdmitsNobody = true }))
            .OrderBy(policy => policy.Key, StringComparer.Ordinal),
    ];

    /// <summary>The resource that counts instead of this one; null if this one does.</summary>
    public static V1Alpha1MesosFramework? Precedence(V1Alpha1MesosFramework resource, IEnumerable<V1Alpha1MesosFramework> all)
    {
        var identity = Identity(resource);
        var first = Oldest(all.Where(other => Identity(other) == identity && Counts(other)).Append(resource));
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
            LimitDisk = resource.Spec.LimitDisk ?? false,
            Extended = resource.Spec.GpuResource is { } gpus ? defaults.Extended.With(ExtendedResources.Gpus, gpus) : defaults.Extended,
            Binding = Enum.TryParse<Binding>(resource.Spec.Binding, out var binding) ? binding : defaults.Binding,
            Users = (resource.Spec.Users ?? []).ToImmutableDictionary(user => user.Name!, user => new UserIdentity(user.Uid, user.Gid)),
            Networks = resource.Spec.Networks?.ToImmutableDictionary(network => network.Name!, network => Sorted(network.Annotations)),
            Claims = (resource.Spec.VolumeClaims ?? []).ToImmutableDictionary(claims => claims.Driver!, Claims),
            UriRewrites = [.. (resource.Spec.UriRewrites ?? []).Select(rewrite => new UriRewrite(rewrite.Prefix!, rewrite.Replacement ?? ""))],
            DiscoveryServices = resource.Spec.DiscoveryServices ?? false,
            Fetcher = defaults.Fetcher,
            Policy = resource.Spec.PodPolicy is { } policy ? PodPolicy(policy) : Operator.Pods.PodPolicy.Baseline,
            Labels = Sorted(template?.Metadata?.Labels),
            Annotations = Sorted(template?.Metadata?.Annotations),
            ServiceAccountName = template?.Spec?.ServiceAccountName,
            ImagePullSecrets = [.. (template?.Spec?.ImagePullSecrets ?? []).Select(secret => secret.Name).OfType<string>()],
            Tolerations = [.. defaults.Tolerations, .. template?.Spec?.Tolerations ?? []],
            SecurityContext = template?.Spec?.SecurityContext,
            ContainerSecurityContext = template?.Spec?.ContainerSecurityContext,
            PriorityClassName = template?.Spec?.PriorityClassName,
            RuntimeClassName = template?.Spec?.RuntimeClassName,
            Overlay = Overlay(template?.Spec) is { } overlay ? new PodOverlay(overlay) : null,
        };
    }

    /// <summary>The same checks as in the CustomResourceDefinition, for API servers that do not know all of its rules.</summary>
    /// <returns>Null if there is nothing to complain about.</returns>
    public static string? Problem(V1Alpha1MesosFrameworkSpec spec) =>
        (spec.Roles ?? []).FirstOrDefault(role => !IsRole(role)) is { } bad ? $"spec.roles: '{bad}' is no role"
        : HostPaths(spec).FirstOrDefault(path => !path.StartsWith('/')) is { } relative ? $"spec.podPolicy.hostPaths: '{relative}' is not absolute"
        : HostPaths(spec).FirstOrDefault(path => path.Contains("..", StringComparison.Ordinal)) is { } up
            ? $"spec.podPolicy.hostPaths: '{up}' cannot contain '..'"
        : Twice((spec.Users ?? []).Select(user => user.Name)) is { } user ? $"spec.users: '{user}' is there twice, or without a name"
        : Twice((spec.Networks ?? []).Select(network => network.Name)) is { } network ? $"spec.networks: '{network}' is there twice, or without a name"
        : Twice((spec.VolumeClaims ?? []).Select(claims => claims.Driver)) is { } driver ? $"spec.volumeClaims: '{driver}' is there twice, or without a name"
        : (spec.VolumeClaims ?? []).FirstOrDefault(claims => claims.Size is { } size && !IsSize(size)) is { } unsized
            ? $"spec.volumeClaims: '{unsized.Size}' is no size of a volume"
        : (spec.VolumeClaims ?? []).FirstOrDefault(claims => claims.Size is null && (claims.StorageClassName is not null || claims.AccessModes is not null)) is { } made
            ? $"spec.volumeClaims: '{made.Driver}' needs a size if claims are to be made"
        : Twice((spec.UriRewrites ?? []).Select(rewrite => rewrite.Prefix)) is { } prefix ? $"spec.uriRewrites: '{prefix}' is there twice, or without a prefix"
        : (spec.UriRewrites ?? []).FirstOrDefault(rewrite => !IsPlace(rewrite.Replacement)) is { } nowhere
            ? $"spec.uriRewrites: '{nowhere.Replacement}' is neither http, https nor file"
        : spec.PodRetention?.Time is { } keep && !(DurationText.TryParse(keep, out var time) && time <= LongestRetention)
            ? $"spec.podRetention.time: '{keep}' is no duration of at most 30d, e.g. 2h30m"
        : spec.PodRetention?.Pods is < 0 or > 100_000 ? "spec.podRetention.pods: must be between 0 and 100000"
        : Overlay(spec.PodTemplate?.Spec) is { } overlay && PodOverlay.Problem(overlay) is { } problem ? $"spec.podTemplate.spec: {problem}"
        : Reserved(spec.PodTemplate?.Metadata?.Labels) is { } label ? $"spec.podTemplate.metadata.labels: '{label}' is set by the bridge"
        : Reserved(spec.PodTemplate?.Metadata?.Annotations) is { } annotation ? $"spec.podTemplate.metadata.annotations: '{annotation}' is set by the bridge"
        : spec.Binding is not (null or "Direct" or "Scheduler") ? $"spec.binding: '{spec.Binding}' is neither Direct nor Scheduler"
        : spec.RemovalPolicy is not (null or "Retain" or "Teardown") ? $"spec.removalPolicy: '{spec.RemovalPolicy}' is neither Retain nor Teardown"
        : null;

    /// <summary>How long, and how many of, its ended tasks' Pods are kept.</summary>
    public static RetentionSettings Retention(V1Alpha1MesosFramework resource, RetentionSettings otherwise) => resource.Spec.PodRetention is not { } own
        ? otherwise
        : otherwise with
        {
            Time = own.Time is { } text && DurationText.TryParse(text, out var time) ? time : otherwise.Time,
            Most = own.Pods ?? otherwise.Most,
        };

    public static bool TearsDown(V1Alpha1MesosFramework resource) => resource.Spec.RemovalPolicy == "Teardown";

    private static VolumeClaims Claims(V1Alpha1VolumeClaims claims) => new(
        claims.ClaimPrefix ?? "",
        claims.Size is { } size ? new ClaimTemplate(new ResourceQuantity(size), claims.StorageClassName, claims.AccessModes is { Count: > 0 } modes ? [.. modes] : ClaimTemplate.OneNode) : null);

    private static bool IsPlace(string? text) =>
        text is not null && BeginningsOfPlaces.Any(start => text.StartsWith(start, StringComparison.Ordinal));

    private static bool IsSize(string text) => ResourceQuantity.TryParse(text, out var quantity) && quantity.Value > 0;

    private static PodPolicy PodPolicy(V1Alpha1PodPolicy policy) => new()
    {
        HostNetwork = policy.HostNetwork ?? false,
        HostPid = policy.HostPID ?? false,
        HostIpc = policy.HostIPC ?? false,
        Privileged = policy.Privileged ?? false,
        SeccompUnconfined = policy.SeccompUnconfined ?? false,
        HostPaths = [.. (policy.HostPaths ?? []).Select(path => new HostPathRule(path.Path ?? "", path.ReadOnlyProperty ?? false))],
        Capabilities = [.. policy.Capabilities ?? []],
        Users = policy.Users is { } users ? [.. users] : null,
        Devices = policy.Devices is { } devices ? [.. devices] : null,
        Registries = policy.Registries is { } registries ? [.. registries] : null,
        Secrets = [.. policy.Secrets ?? []],
        IgnoredParameters = [.. policy.IgnoredDockerParameters ?? []],
    };

    /// <summary>What the template says beyond the fields that the bridge fills in by itself.</summary>
    private static JsonObject? Overlay(V1Alpha1PodTemplateSpec? template) =>
        template?.ExtensionData is { Count: > 0 } rest
            ? new JsonObject(rest.Select(field => KeyValuePair.Create(field.Key, JsonNode.Parse(field.Value.GetRawText()))))
            : null;

    private static IEnumerable<string> HostPaths(V1Alpha1MesosFrameworkSpec spec) => (spec.PodPolicy?.HostPaths ?? []).Select(path => path.Path ?? "");

    /// <returns>A name that is there twice, or empty if one is missing; null if all is well.</returns>
    private static string? Twice(IEnumerable<string?> names) =>
        names.GroupBy(name => name ?? "").FirstOrDefault(same => same.Key.Length == 0 || same.Skip(1).Any())?.Key;

    private static bool Counts(V1Alpha1MesosFramework resource) => !resource.IsDeleting() && Problem(resource.Spec) is null;

    private static FrameworkPolicy PolicyOf(V1Alpha1MesosFramework resource, CredentialFinding? credential) => new(
        KeyOf(resource),
        NameOf(resource),
        credential?.Principal ?? resource.Spec.Principal,
        [.. resource.Spec.Roles ?? []],
        Sorted(resource.Spec.NodeSelector).SetItems(Sorted(resource.Spec.PodTemplate?.Spec?.NodeSelector)))
    {
        AdmitsNobody = credential is { IsReady: false },
        Passes = [.. (resource.Spec.PodTemplate?.Spec?.Tolerations ?? []).Select(NodeTaints.PassOf).OfType<BarrierPass>()],
    };

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
