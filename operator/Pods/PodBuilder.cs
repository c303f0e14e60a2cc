using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>
/// Makes the Pod of a launch: one for a command task, one for a whole task group with a container for each task.
/// A function of its arguments: the same launch is the same Pod.
/// </summary>
public static class PodBuilder
{
    /// <remarks>Mesos: src/slave/constants.hpp, DEFAULT_KILL_POLICY_GRACE_PERIOD… of the executors.</remarks>
    public static readonly TimeSpan DefaultKillGrace = TimeSpan.FromSeconds(3);

    /// <summary>A task outlives the bad days of its node: what becomes of it then is the framework's to say.</summary>
    private static readonly V1Toleration[] Endurance =
    [
        new() { Key = "node.kubernetes.io/not-ready", OperatorProperty = "Exists", Effect = "NoExecute" },
        new() { Key = "node.kubernetes.io/unreachable", OperatorProperty = "Exists", Effect = "NoExecute" },
    ];

    private static readonly ImmutableSortedDictionary<string, string> Nothing = ImmutableSortedDictionary<string, string>.Empty;

    /// <param name="launch">Secrets that it carries by value are in none of what is made, but in the plan's Secrets.</param>
    /// <param name="nodeName">Of the node behind the launch's agent.</param>
    /// <param name="settings">Of the launch's framework.</param>
    public static PodPlan Plan(MasterEffect.Launch launch, string nodeName, PodSettings settings)
    {
        var drafts = launch.Tasks.Select(task => TaskDraft.Of(task, launch, settings)).ToArray();
        if (Refusals.Of(launch, drafts, settings) is { } refusal)
        {
            return new PodPlan.Refused(refusal);
        }

        var name = NameOf(launch);
        var bare = TaskSecrets.TakeOut(launch, name, out var values);
        if (!ReferenceEquals(bare, launch))
        {
            drafts = [.. bare.Tasks.Select(task => TaskDraft.Of(task, bare, settings))];
        }

        var pulls = PullSecrets.Of(drafts, name, values);
        var pod = Build(bare, drafts, name, pulls, settings);
        pod = settings.Overlay?.Over(pod) ?? pod;
        PodBinding.Bind(pod, nodeName, settings.Binding);
        return new PodPlan.Made(
            pod,
            [.. SecretsOf(pod, values, pulls)],
            settings.DiscoveryServices ? [.. DiscoveryService.Of(drafts, pod)] : [],
            settings.Claims.IsEmpty ? [] : [.. PodVolumes.Claims(drafts, nodeName, settings)]);
    }

    public static string NameOf(MasterEffect.Launch launch) =>
        launch.Executor is null
            ? PodNames.ForTask(launch.FrameworkId, new TaskId(launch.Tasks[0].TaskId.Value))
            : PodNames.ForGroup(launch.FrameworkId, launch.Tasks.Select(task => new TaskId(task.TaskId.Value)));

    private static V1Pod Build(MasterEffect.Launch launch, TaskDraft[] drafts, string name, PullSecrets pulls, PodSettings settings) => new()
    {
        ApiVersion = "v1",
        Kind = "Pod",
        Metadata = new V1ObjectMeta
        {
            Name = name,
            NamespaceProperty = settings.Namespace,
            Labels = Labels(launch, drafts, settings),
            Annotations = Annotations(launch, drafts, settings),
            Finalizers = [TaskMarks.Finalizer],
        },
        Spec = Spec(launch, drafts, pulls, settings),
    };

    private static SortedDictionary<string, string> Labels(MasterEffect.Launch launch, TaskDraft[] drafts, PodSettings settings)
    {
        var labels = new SortedDictionary<string, string>(settings.Labels, StringComparer.Ordinal);
        foreach (var (key, value) in drafts.SelectMany(TaskLabels.Of))
        {
            labels[key] = value;
        }

        labels[TaskMarks.ManagedBy] = TaskMarks.Manager;
        labels[TaskMarks.FrameworkId] = PodNames.LabelValue(launch.FrameworkId.Value);
        labels[TaskMarks.TaskId] = PodNames.LabelValue(launch.Tasks[0].TaskId.Value);
        labels[TaskMarks.AgentId] = launch.Agent.Id.Value;
        return labels;
    }

    private static SortedDictionary<string, string> Annotations(MasterEffect.Launch launch, TaskDraft[] drafts, PodSettings settings)
    {
        var annotations = new SortedDictionary<string, string>(settings.Annotations, StringComparer.Ordinal);
        foreach (var network in drafts.SelectMany(draft => PodPorts.Networks(draft.Task, draft.Executor)))
        {
            foreach (var (key, value) in settings.Networks?.GetValueOrDefault(network.Name) ?? Nothing)
            {
                annotations[key] = value;
            }
        }

        annotations[TaskMarks.FrameworkId] = launch.FrameworkId.Value;
        annotations[TaskMarks.TaskId] = launch.Tasks[0].TaskId.Value;
        annotations[TaskMarks.FrameworkInfo] = MesosJson.ToText(launch.Framework);
        if (launch.Executor is null)
        {
            annotations[TaskMarks.TaskInfo] = MesosJson.ToText(launch.Tasks[0]);
        }
        else
        {
            annotations[TaskMarks.TaskGroup] = MesosJson.ToText(new TaskGroupInfo { Tasks = { launch.Tasks } });
            annotations[TaskMarks.ExecutorInfo] = MesosJson.ToText(launch.Executor);
        }

        return annotations;
    }

    private static V1PodSpec Spec(MasterEffect.Launch launch, TaskDraft[] drafts, PullSecrets pulls, PodSettings settings)
    {
        var isHostNetwork = settings.Policy.HostNetwork && drafts.All(draft => draft.IsHostNetwork);
        var containers = drafts.Select(draft => Container(launch, draft, drafts, settings)).ToList();
        var fetchers = drafts.Zip(containers, (draft, container) => UriFetch.InitContainer(draft, container.Resources!, container.SecurityContext, settings))
            .OfType<V1Container>().ToList();
        return new V1PodSpec
        {
            RestartPolicy = "Never",
            TerminationGracePeriodSeconds = launch.Tasks.Max(GraceSeconds),
            ActiveDeadlineSeconds = launch.Executor is null ? DeadlineSeconds(launch.Tasks[0]) : null,
            AutomountServiceAccountToken = false,
            EnableServiceLinks = false,
            ServiceAccountName = settings.ServiceAccountName,
            ImagePullSecrets = NullIfEmpty([.. settings.ImagePullSecrets.Concat(pulls.Names).Select(name => new V1LocalObjectReference { Name = name })]),
            Tolerations = [.. Endurance, .. settings.Tolerations],
            SecurityContext = settings.SecurityContext,
            PriorityClassName = settings.PriorityClassName,
            RuntimeClassName = settings.RuntimeClassName,
            HostNetwork = isHostNetwork ? true : null,
            HostPID = drafts.Any(draft => draft.Wishes.HostPid) ? true : null,
            HostIPC = drafts.Any(draft => draft.Wishes.HostIpc) ? true : null,
            ShareProcessNamespace = drafts.Any(draft => draft.Wishes.SharesPid) ? true : null,
            Hostname = isHostNetwork ? null : drafts.Select(draft => draft.Wishes.Hostname).FirstOrDefault(name => name is not null),
            DnsPolicy = drafts.Any(draft => draft.Wishes.DnsServers.Count > 0) ? "None" : isHostNetwork ? "ClusterFirstWithHostNet" : null,
            DnsConfig = Dns(drafts),
            HostAliases = NullIfEmpty([.. drafts.SelectMany(draft => draft.Wishes.Hosts).Select(host => new V1HostAlias { Ip = host.Address, Hostnames = [host.Host] })]),
            InitContainers = NullIfEmpty(fetchers),
            Containers = containers,
            Volumes = [.. PodVolumes.Of(drafts, settings), .. drafts.SelectMany(draft => UriFetch.Volumes(draft, settings))],
        };
    }

    private static V1Container Container(MasterEffect.Launch launch, TaskDraft draft, TaskDraft[] all, PodSettings settings)
    {
        var command = ContainerCommand.Of(draft.Task, draft.Wishes);
        return new V1Container
        {
            Name = draft.Container,
            Image = ContainerImage.Of(draft.Task, settings),
            ImagePullPolicy = ContainerImage.PullPolicy(draft.Task),
            Command = command.Command,
            Args = command.Args,
            // A Docker task keeps its image's directory, as with Mesos' Docker containerizer.
            WorkingDir = draft.Wishes.WorkingDirectory ?? (draft.IsDocker ? null : PodVolumes.Sandbox),
            Env = TaskEnvironment.Of(launch.Framework, launch.Agent, draft.Task, launch.Executor, draft.Wishes),
            // Ports that the executor's container maps are the Pod's: its first container carries them.
            Ports = PodPorts.Of(draft.Task, ReferenceEquals(draft, all[0]) ? launch.Executor : null),
            Resources = TaskResources.Of(draft, all, settings),
            VolumeMounts = [.. PodVolumes.MountsOf(draft, settings)],
            ReadinessProbe = TaskProbe.Of(draft.Task),
            SecurityContext = TaskSecurity.Of(draft, settings),
        };
    }

    private static JsonElement? Dns(TaskDraft[] drafts)
    {
        var servers = drafts.SelectMany(draft => draft.Wishes.DnsServers).Distinct().ToList();
        var searches = drafts.SelectMany(draft => draft.Wishes.DnsSearches).Distinct().ToList();
        var options = drafts.SelectMany(draft => draft.Wishes.DnsOptions).Distinct().ToList();
        if (servers.Count + searches.Count + options.Count == 0)
        {
            return null;
        }

        var config = new JsonObject();
        Add("nameservers", servers.Select(server => (JsonNode?)server));
        Add("searches", searches.Select(search => (JsonNode?)search));
        Add("options", options.Select(option => option.Split(':', 2)).Select(Option));
        return JsonElement.Parse(config.ToJsonString());

        void Add(string name, IEnumerable<JsonNode?> items)
        {
            if (items.ToArray() is { Length: > 0 } all)
            {
                config[name] = new JsonArray(all);
            }
        }

        static JsonNode? Option(string[] parts) => parts is [var name, var value] ? new JsonObject { ["name"] = name, ["value"] = value } : new JsonObject { ["name"] = parts[0] };
    }

    private static IEnumerable<V1Secret> SecretsOf(V1Pod pod, ImmutableSortedDictionary<string, byte[]> values, PullSecrets pulls)
    {
        var own = values.RemoveRange(pulls.Made.Values);
        if (own.Count > 0)
        {
            yield return Secret(pod, pod.Metadata.Name!, "Opaque", own.ToDictionary());
        }

        foreach (var (name, key) in pulls.Made)
        {
            yield return Secret(pod, name, "kubernetes.io/dockerconfigjson", new() { [".dockerconfigjson"] = values[key] });
        }
    }

    private static V1Secret Secret(V1Pod pod, string name, string type, Dictionary<string, byte[]> data) => new()
    {
        ApiVersion = "v1",
        Kind = "Secret",
        Metadata = new V1ObjectMeta
        {
            Name = name,
            NamespaceProperty = pod.Metadata.NamespaceProperty,
            Labels = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                [TaskMarks.ManagedBy] = TaskMarks.Manager, [TaskMarks.FrameworkId] = pod.Metadata.Labels![TaskMarks.FrameworkId],
            },
        },
        Type = type,
        Immutable = true,
        Data = data,
    };

    /// <remarks>Never 0: the API server would not wait for the kubelet to tell how the containers have ended.</remarks>
    private static long GraceSeconds(TaskInfo task) =>
        task.KillPolicy?.GracePeriod is { } grace
            ? Math.Max(1, Spans.WholeSeconds(grace.Nanoseconds, (long)Spans.Longest.TotalSeconds))
            : (long)DefaultKillGrace.TotalSeconds;

    /// <remarks>A Pod's deadline is never 0: that is at least a second for a task that may take no time. Nor is it beyond 2³¹-1.</remarks>
    private static long? DeadlineSeconds(TaskInfo task) =>
        task.MaxCompletionTime is { } time ? Math.Max(1, Spans.WholeSeconds(time.Nanoseconds, int.MaxValue)) : null;

    private static List<T>? NullIfEmpty<T>(List<T> list) => list.Count == 0 ? null : list;
}
