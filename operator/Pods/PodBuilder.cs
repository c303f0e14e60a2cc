using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
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
    /// <summary>Mesos' containers never have less memory, however little their task asks for.</summary>
    /// <remarks>Mesos: src/slave/containerizer/mesos/isolators/cgroups/constants.hpp, MIN_MEMORY.</remarks>
    private const long LeastMemoryLimit = 32_000;

    /// <remarks>Mesos: src/slave/constants.hpp, DEFAULT_KILL_POLICY_GRACE_PERIOD… of the executors.</remarks>
    public static readonly TimeSpan DefaultKillGrace = TimeSpan.FromSeconds(3);

    /// <summary>A task outlives the bad days of its node: what becomes of it then is the framework's to say.</summary>
    private static readonly V1Toleration[] Endurance =
    [
        new() { Key = "node.kubernetes.io/not-ready", OperatorProperty = "Exists", Effect = "NoExecute" },
        new() { Key = "node.kubernetes.io/unreachable", OperatorProperty = "Exists", Effect = "NoExecute" },
    ];

    /// <param name="nodeName">Of the node behind the launch's agent.</param>
    /// <param name="refusal">What the launch asks for that a Pod cannot give, in words for the framework's author.</param>
    public static bool TryBuild(
        MasterEffect.Launch launch,
        string nodeName,
        PodSettings settings,
        [NotNullWhen(true)] out V1Pod? pod,
        [NotNullWhen(false)] out string? refusal)
    {
        refusal = Refusals.Of(launch.Tasks, launch.Executor, settings);
        pod = refusal is null ? Build(launch, nodeName, settings) : null;
        return pod is not null;
    }

    public static string NameOf(MasterEffect.Launch launch) =>
        launch.Executor is null
            ? PodNames.ForTask(launch.FrameworkId, new TaskId(launch.Tasks[0].TaskId.Value))
            : PodNames.ForGroup(launch.FrameworkId, launch.Tasks.Select(task => new TaskId(task.TaskId.Value)));

    private static V1Pod Build(MasterEffect.Launch launch, string nodeName, PodSettings settings) => new()
    {
        ApiVersion = "v1",
        Kind = "Pod",
        Metadata = new V1ObjectMeta
        {
            Name = NameOf(launch),
            NamespaceProperty = settings.Namespace,
            Labels = Labels(launch, settings),
            Annotations = Annotations(launch, settings),
            Finalizers = [TaskMarks.Finalizer],
        },
        Spec = Spec(launch, nodeName, settings),
    };

    private static SortedDictionary<string, string> Labels(MasterEffect.Launch launch, PodSettings settings) => new(
        settings.Labels.SetItems(
        [
            new(TaskMarks.ManagedBy, TaskMarks.Manager),
            new(TaskMarks.FrameworkId, PodNames.LabelValue(launch.FrameworkId.Value)),
            new(TaskMarks.TaskId, PodNames.LabelValue(launch.Tasks[0].TaskId.Value)),
            new(TaskMarks.AgentId, launch.Agent.Id.Value),
        ]),
        StringComparer.Ordinal);

    private static SortedDictionary<string, string> Annotations(MasterEffect.Launch launch, PodSettings settings)
    {
        var annotations = settings.Annotations.SetItems(
        [
            new(TaskMarks.FrameworkId, launch.FrameworkId.Value),
            new(TaskMarks.TaskId, launch.Tasks[0].TaskId.Value),
            new(TaskMarks.FrameworkInfo, MesosJson.ToText(launch.Framework)),
        ]);
        annotations = launch.Executor is null
            ? annotations.SetItem(TaskMarks.TaskInfo, MesosJson.ToText(launch.Tasks[0]))
            : annotations
                .SetItem(TaskMarks.TaskGroup, MesosJson.ToText(new TaskGroupInfo { Tasks = { launch.Tasks } }))
                .SetItem(TaskMarks.ExecutorInfo, MesosJson.ToText(launch.Executor));
        return new(annotations, StringComparer.Ordinal);
    }

    private static V1PodSpec Spec(MasterEffect.Launch launch, string nodeName, PodSettings settings)
    {
        var isGroup = launch.Executor is not null;
        return new V1PodSpec
        {
            NodeName = nodeName,
            RestartPolicy = "Never",
            TerminationGracePeriodSeconds = launch.Tasks.Max(GraceSeconds),
            ActiveDeadlineSeconds = isGroup ? null : DeadlineSeconds(launch.Tasks[0]),
            AutomountServiceAccountToken = false,
            EnableServiceLinks = false,
            ServiceAccountName = settings.ServiceAccountName,
            ImagePullSecrets = settings.ImagePullSecrets is [] ? null : [.. settings.ImagePullSecrets.Select(name => new V1LocalObjectReference { Name = name })],
            Tolerations = [.. Endurance, .. settings.Tolerations],
            SecurityContext = settings.SecurityContext,
            PriorityClassName = settings.PriorityClassName,
            RuntimeClassName = settings.RuntimeClassName,
            HostNetwork = settings.Policy.HostNetwork && launch.Tasks.All(task => PodPorts.IsHostNetwork(task, launch.Executor)) ? true : null,
            Hostname = launch.Tasks.Select(Hostname).FirstOrDefault(name => name is not null),
            Containers = [.. launch.Tasks.Select(task => Container(launch, task, settings))],
            Volumes = [.. launch.Tasks.SelectMany(task => PodVolumes.Of(task, PodTasks.ContainerOf(task, isGroup)))],
        };
    }

    private static V1Container Container(MasterEffect.Launch launch, TaskInfo task, PodSettings settings)
    {
        var name = PodTasks.ContainerOf(task, isGroup: launch.Executor is not null);
        var command = ContainerCommand.Of(task);
        return new V1Container
        {
            Name = name,
            Image = ContainerImage.Of(task, settings),
            ImagePullPolicy = ContainerImage.PullPolicy(task),
            Command = command.Command,
            Args = command.Args,
            // A Docker task keeps its image's directory, as with Mesos' Docker containerizer.
            WorkingDir = task.Container is { Type: ContainerInfo.Types.Type.Docker } ? null : PodVolumes.Sandbox,
            Env = TaskEnvironment.Of(launch.Framework, launch.Agent, task, launch.Executor),
            // Ports that the executor's container maps are the Pod's: its first container carries them.
            Ports = PodPorts.Of(task, ReferenceEquals(task, launch.Tasks[0]) ? launch.Executor : null),
            Resources = Resources(task, settings),
            VolumeMounts = [.. PodVolumes.MountsOf(task, name)],
            SecurityContext = SecurityContext(task, settings),
        };
    }

    private static V1ResourceRequirements Resources(TaskInfo task, PodSettings settings)
    {
        var requests = new SortedDictionary<string, ResourceQuantity>(StringComparer.Ordinal);
        var limits = new SortedDictionary<string, ResourceQuantity>(StringComparer.Ordinal);
        if (Amounts.Thousandths(task.Resources, "cpus") is { } cpus)
        {
            requests["cpu"] = Amounts.Cores(cpus);
            SetLimit(limits, "cpu", Limit(task, "cpus", settings.LimitCpus ? cpus : null), Amounts.Cores);
        }

        if (Amounts.Thousandths(task.Resources, "mem") is { } mem)
        {
            requests["memory"] = Amounts.Mebibytes(mem);
            SetLimit(limits, "memory", Limit(task, "mem", mem) is { } most ? Math.Max(most, LeastMemoryLimit) : null, Amounts.Mebibytes);
        }

        if (Amounts.Thousandths(task.Resources, "disk") is { } disk)
        {
            requests["ephemeral-storage"] = Amounts.Mebibytes(disk);
        }

        if (Amounts.Thousandths(task.Resources, "gpus") is > 0 and { } gpus)
        {
            requests["nvidia.com/gpu"] = limits["nvidia.com/gpu"] = ResourceQuantity.FromInt64(gpus / 1000);
        }

        return new V1ResourceRequirements { Requests = requests, Limits = limits.Count == 0 ? null : limits };
    }

    /// <summary>What the task's <c>limits</c> say, of which infinity is none, else the given.</summary>
    private static long? Limit(TaskInfo task, string name, long? otherwise) =>
        !task.Limits.TryGetValue(name, out var limit) ? otherwise
        : double.IsInfinity(limit.Value) ? null
        : Amounts.Thousandths(limit.Value);

    private static void SetLimit(SortedDictionary<string, ResourceQuantity> limits, string name, long? amount, Func<long, ResourceQuantity> quantity)
    {
        if (amount is { } most)
        {
            limits[name] = quantity(most);
        }
    }

    /// <summary>Only a user given by number is followed; a name means nothing to an image that nobody has looked into.</summary>
    private static V1SecurityContext? SecurityContext(TaskInfo task, PodSettings settings)
    {
        var user = long.TryParse(task.Command?.User, out var number) ? number : (long?)null;
        var privileged = task.Container?.Docker?.Privileged is true ? true : (bool?)null;
        if (user is null && privileged is null)
        {
            return settings.ContainerSecurityContext;
        }

        var given = settings.ContainerSecurityContext ?? new V1SecurityContext();
        return new V1SecurityContext
        {
            RunAsUser = user ?? given.RunAsUser,
            RunAsGroup = given.RunAsGroup,
            RunAsNonRoot = given.RunAsNonRoot,
            Privileged = privileged ?? given.Privileged,
            AllowPrivilegeEscalation = privileged is true ? null : given.AllowPrivilegeEscalation,
            ReadOnlyRootFilesystem = given.ReadOnlyRootFilesystem,
            Capabilities = given.Capabilities,
            SeccompProfile = given.SeccompProfile,
            SeLinuxOptions = given.SeLinuxOptions,
            ProcMount = given.ProcMount,
        };
    }

    private static long GraceSeconds(TaskInfo task) =>
        task.KillPolicy?.GracePeriod is { } grace ? Seconds(grace.Nanoseconds) : (long)DefaultKillGrace.TotalSeconds;

    /// <remarks>A Pod's deadline is never 0: that is at least a second for a task that may take no time.</remarks>
    private static long? DeadlineSeconds(TaskInfo task) =>
        task.MaxCompletionTime is { } time ? Math.Max(1, Seconds(time.Nanoseconds)) : null;

    private static long Seconds(long nanoseconds) => (long)Math.Ceiling(nanoseconds / 1e9);

    private static string? Hostname(TaskInfo task) =>
        task.Container is { HasHostname: true, Hostname: var name } && !PodPorts.IsHostNetwork(task) && PodNames.DnsLabel(name, 63, "") == name && name.Length > 0
            ? name
            : null;
}
