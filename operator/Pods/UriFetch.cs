using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>A task's URIs, fetched into its sandbox by the bridge's own image before the task starts.</summary>
/// <remarks>Mesos: src/launcher/fetcher.cpp, which runs beside the task's container and not within its limits.</remarks>
internal static class UriFetch
{
    public const string ContainerPrefix = "fetch";

    /// <summary>What the fetcher may use where the task itself may use less.</summary>
    private const long LeastMemory = 256L << 20;

    /// <summary>What Kubernetes reads a container's last words from.</summary>
    private const string TerminationMessage = "/dev/termination-log";

    /// <summary>Where the fetcher finds files of the node.</summary>
    private const string NodeFiles = "/mnt/mesos/node";

    public static string ContainerOf(string taskContainer) =>
        taskContainer == PodNames.SingleContainer ? ContainerPrefix : PodNames.DnsLabel($"{ContainerPrefix}-{taskContainer}", 63, ContainerPrefix);

    public static bool IsFetcher(string? container) =>
        container is not null && (container == ContainerPrefix || container.StartsWith(ContainerPrefix + "-", StringComparison.Ordinal));

    public static Refusal? Problem(TaskInfo task, PodSettings settings)
    {
        foreach (var uri in Uris(task, settings))
        {
            if (settings.Fetcher is null)
            {
                return Refusal.Invalid($"URI '{Shown(uri.Value)}' cannot be fetched: the bridge has no '--fetcher-image'");
            }

            if (Problem(uri, settings.Policy) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    /// <returns>Null if there is nothing to fetch.</returns>
    public static V1Container? InitContainer(TaskDraft draft, V1ResourceRequirements resources, V1SecurityContext? security, PodSettings settings)
    {
        var uris = Uris(draft.Task, settings).ToList();
        return uris.Count == 0 ? null : new V1Container
        {
            Name = ContainerOf(draft.Container),
            Image = settings.Fetcher!.Image,
            ImagePullPolicy = "IfNotPresent",
            Command = [.. settings.Fetcher.Command, "fetch", "--directory", PodVolumes.Sandbox, "--failure-file", TerminationMessage, .. uris.SelectMany((uri, i) => Arguments(uri, i))],
            // Of what comes with the image, the diagnostics of .NET would want to write files where nobody may.
            Env = [new V1EnvVar { Name = "DOTNET_EnableDiagnostics", Value = "0" }],
            WorkingDir = PodVolumes.Sandbox,
            Resources = WithRoom(resources),
            SecurityContext = Unprivileged(security),
            TerminationMessagePolicy = "FallbackToLogsOnError",
            VolumeMounts =
            [
                new V1VolumeMount { Name = PodVolumes.SandboxName(draft.Container), MountPath = PodVolumes.Sandbox },
                .. uris.Select((uri, i) => (Path: NodePath(uri.Value), Index: i)).Where(file => file.Path is not null)
                    .Select(file => new V1VolumeMount { Name = VolumeName(draft, file.Index), MountPath = MountPath(file.Path!, file.Index), ReadOnlyProperty = true }),
            ],
        };
    }

    /// <summary>The files of the node that are to be fetched.</summary>
    public static IEnumerable<V1Volume> Volumes(TaskDraft draft, PodSettings settings) => Uris(draft.Task, settings)
        .Select((uri, i) => (Path: NodePath(uri.Value), Index: i)).Where(file => file.Path is not null)
        .Select(file => new V1Volume { Name = VolumeName(draft, file.Index), HostPath = new V1HostPathVolumeSource { Path = file.Path } });

    /// <summary>Without the user and password that a URI may carry, and without its query, which may be a signature.</summary>
    public static string Shown(string uri)
    {
        var cut = uri.IndexOfAny(['?', '#']);
        var text = cut < 0 ? uri : uri[..cut];
        var (scheme, host) = (text.IndexOf("://", StringComparison.Ordinal), text.IndexOf('@', StringComparison.Ordinal));
        return scheme >= 0 && host > scheme && text.IndexOf('/', scheme + 3) is var path && (path < 0 || host < path)
            ? text[..(scheme + 3)] + text[(host + 1)..]
            : text;
    }

    /// <summary>Where they are to be found from here: agents of Mesos may have known of stores that Pods reach in another way.</summary>
    private static IEnumerable<CommandInfo.Types.URI> Uris(TaskInfo task, PodSettings settings)
    {
        var uris = task.Command?.Uris ?? Enumerable.Empty<CommandInfo.Types.URI>();
        return settings.UriRewrites.IsEmpty ? uris : uris.Select(uri => Rewritten(uri, settings.UriRewrites));
    }

    /// <summary>By the longest prefix that fits.</summary>
    private static CommandInfo.Types.URI Rewritten(CommandInfo.Types.URI uri, ImmutableArray<UriRewrite> rewrites)
    {
        if (rewrites.Where(rewrite => uri.Value.StartsWith(rewrite.Prefix, StringComparison.Ordinal)).MaxBy(rewrite => rewrite.Prefix.Length) is not { } found)
        {
            return uri;
        }

        var moved = uri.Clone();
        moved.Value = found.Replacement + uri.Value[found.Prefix.Length..];
        return moved;
    }

    private static Refusal? Problem(CommandInfo.Types.URI uri, PodPolicy policy)
    {
        if (NodePath(uri.Value) is { } path)
        {
            return path.Split('/').Contains("..") || !policy.AllowsHostPath(path, readOnly: true) ? Refusal.Forbidden($"Host path '{path}' of a URI") : null;
        }

        return uri.Value.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || uri.Value.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            ? null
            : Refusal.Invalid($"URI '{Shown(uri.Value)}' is not supported: only http, https and file are, and what the framework's 'uriRewrites' make such");
    }

    /// <summary>Of a file on the node; null if it is none.</summary>
    /// <remarks>Mesos: an absolute path is a file of the agent, with or without <c>file://</c>, with or without <c>localhost</c>.</remarks>
    private static string? NodePath(string uri) =>
        uri.StartsWith("file://localhost/", StringComparison.Ordinal) ? uri[16..]
        : uri.StartsWith("file:///", StringComparison.Ordinal) ? uri[7..]
        : uri.StartsWith('/') ? uri
        : null;

    private static string[] Arguments(CommandInfo.Types.URI uri, int index)
    {
        string[] argument = ["--uri", ContainerCommand.Literal(MesosJson.ToText(uri))];
        return NodePath(uri.Value) is { } path ? [.. argument, "--file", $"{index}={MountPath(path, index)}"] : argument;
    }

    private static string MountPath(string path, int index) => $"{NodeFiles}/{index}/{path[(path.LastIndexOf('/') + 1)..]}";

    private static string VolumeName(TaskDraft draft, int index) =>
        draft.Container == PodNames.SingleContainer ? $"uri-{index}" : $"uri-{index}-{PodNames.Hash(10, draft.Container)}";

    /// <summary>Requests as the task's own cost the Pod nothing: they do not add up.</summary>
    private static V1ResourceRequirements WithRoom(V1ResourceRequirements task)
    {
        var limits = task.Limits is null ? null : new SortedDictionary<string, ResourceQuantity>(task.Limits, StringComparer.Ordinal);
        if (limits is not null && limits.TryGetValue("memory", out var memory) && memory.Value < LeastMemory)
        {
            limits["memory"] = Amounts.Bytes(LeastMemory);
        }

        return new V1ResourceRequirements { Requests = task.Requests, Limits = limits };
    }

    /// <summary>
    /// Whose files they are, and nothing else of what the task may do. Of what the task gives up, it gives up all: a namespace that enforces
    /// Pod Security looks at both.
    /// </summary>
    private static V1SecurityContext? Unprivileged(V1SecurityContext? task) => task is null ? null : new V1SecurityContext
    {
        RunAsUser = task.RunAsUser,
        RunAsGroup = task.RunAsGroup,
        RunAsNonRoot = task.RunAsNonRoot,
        AllowPrivilegeEscalation = false,
        Capabilities = task.Capabilities is { Drop: not null } dropped ? new V1Capabilities { Drop = dropped.Drop } : null,
        SeccompProfile = task.SeccompProfile is { Type: "RuntimeDefault" or "Localhost" } ? new V1SeccompProfile { Type = "RuntimeDefault" } : null,
    };
}
