using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Cli;
using MesosK8sBridge.Protocol.V1;
using Capability = MesosK8sBridge.Protocol.V1.FrameworkInfo.Types.Capability.Types.Type;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Source = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Source;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>Decides whether and how the tasks of a Pod have ended. Its outcomes are the table of docs/pod-status.md.</summary>
/// <param name="node">Null: nobody has said anything of it.</param>
internal sealed class PodEnd(V1Pod pod, PodTasks tasks, PodPatience patience, PodNode? node, DateTimeOffset now)
{
    /// <summary>Set by <see cref="Of"/> and <see cref="Vanished"/> when they would decide otherwise later.</summary>
    public DateTimeOffset? RecheckAt { get; private set; }

    private string PodName => $"{pod.Namespace()}/{pod.Name()}";

    private string? PodReason => pod.Status?.Reason;

    private bool IsPodOver => pod.Status?.Phase is "Failed" or "Succeeded";

    /// <summary>What Mesos' agents say of tasks that do not fit any more.</summary>
    /// <remarks>Mesos: src/slave/slave.cpp, Slave::__run.</remarks>
    public static string Outdated(string why) => $"Task assumes outdated resource state: {why}";

    /// <returns>Null while the task may still be alive.</returns>
    public TaskEnd? Of(TaskInfo task)
    {
        var container = tasks.ContainerOf(task);
        var status = PodContainers.StatusOf(pod, container);
        if (WasRefused())
        {
            return Refused($"{PodReason}: {pod.Status!.Message}");
        }

        if (!HasEnded(status))
        {
            return ForcedAway(status) ? Gone() : null;
        }

        return LaunchFailed(container)
            ?? Killed(task, container, status)
            ?? EndedByLimit(task, status?.State?.Terminated)
            ?? Drained(task, status)
            ?? Preempted(status?.State?.Terminated)
            ?? EndedByKubelet(status?.State?.Terminated)
            ?? DeletedByOthers(task, status?.State?.Terminated)
            ?? (status?.State?.Terminated is { } end ? Terminated(task, status, end) : WithoutTrace(task));
    }

    /// <summary>
    /// Nobody will tell any more how a task ended that has not, as far as <see cref="Of"/> knows: what is to be said of it. Null while somebody may.
    /// </summary>
    public string? Vanished(TaskInfo task) =>
        ForcedAway(PodContainers.StatusOf(pod, tasks.ContainerOf(task))) ? Unseen(task)
        : EndIsOverdue() ? $"Pod {PodName} has not ended {DurationText.Format(patience.End)} after its grace period: the end of task '{task.TaskId.Value}' was not seen"
        : null;

    /// <summary>The Pod is no more, and its end was wished: by the framework, or for the node's sake.</summary>
    /// <returns>Null if nobody wished it: see <see cref="Unseen"/>.</returns>
    public TaskEnd? Gone() =>
        PodContainers.KillRequestedAt(pod) is not null ? new TaskEnd(TaskState.TaskKilled, $"Pod {PodName} is gone", EndTime(null), Source.Agent)
        : PodDrain.Of(pod) is { } drain ? new TaskEnd(TaskState.TaskKilled, WordsOf(drain), EndTime(null), Source.Agent, Reason.AgentDraining)
        : null;

    /// <summary>What is to be said of a task whose end nobody has seen, and nobody wished.</summary>
    public string Unseen(TaskInfo task) => $"Pod {PodName} was deleted before the end of task '{task.TaskId.Value}' was seen";

    /// <remarks>
    /// Kubernetes: pkg/kubelet/kubelet.go, rejectPod; pkg/kubelet/lifecycle/predicate.go (OutOf…, NodePorts, …), pkg/kubelet/cm/topologymanager,
    /// pkg/kubelet/nodeshutdown, pkg/kubelet/eviction ("The node had condition"). From 1.26 on the message says that it was a refusal. The
    /// kubelet had other Pods in mind than we did, or its machine is in trouble: the framework may try another offer.
    /// </remarks>
    private bool WasRefused() =>
        pod.Status is { Phase: "Failed", Reason: { } reason } && PodContainers.All(pod).All(status => !PodContainers.HasRun(status) && status.State?.Terminated is null)
        && (reason.StartsWith("OutOf", StringComparison.Ordinal)
            || reason is "NodePorts" or "HostPortConflict" or "PodFitsHostPorts" or "NodeAffinity" or "MatchNodeSelector" or "NodeName" or "HostName"
                or "UnexpectedAdmissionError" or "TopologyAffinityError" or "AppArmor" or "SysctlForbidden" or "NodeShutdown"
                or "PodOSSelectorNodeLabelDoesNotMatch" or "TaintToleration" or "InvalidNodeInfo" or "UnknownReason"
            || pod.Status.Message is { } message && (message.StartsWith("Pod was rejected: ", StringComparison.Ordinal)
                || (reason == "Evicted" && message.Contains("The node had condition: [", StringComparison.Ordinal))));

    private TaskEnd Refused(string why) => new(
        PartitionAware(TaskState.TaskDropped),
        Outdated(why.Trim()),
        EndTime(null),
        Source.Agent,
        Reason.InvalidOffers,
        WasRefused: true);

    private bool HasEnded(V1ContainerStatus? status) =>
        status?.State?.Terminated is not null || ((IsPodOver || PodContainers.IsLetGo(pod)) && !PodContainers.IsRunning(status)) || IsOutOfSight();

    /// <summary>The kubelet has ended the Pod for its deadline, and will not tell any more how containers are that it last called running.</summary>
    /// <remarks>Kubernetes before 1.22: pkg/kubelet/kubelet.go, dispatchWork, passes over a Pod whose phase is told as Failed.</remarks>
    private bool IsOutOfSight()
    {
        if (!IsPodOver || PodReason != "DeadlineExceeded" || Deadline() is not { } deadline)
        {
            return false;
        }

        var until = deadline + Spans.OfSeconds(pod.Spec!.TerminationGracePeriodSeconds ?? 0) + patience.ForcedDeletion;
        RecheckAt = now < until ? until : null;
        return now >= until;
    }

    /// <summary>Somebody forced the deletion, and the kubelet is silent about a container it last called running.</summary>
    private bool ForcedAway(V1ContainerStatus? status)
    {
        if (!PodContainers.IsLetGo(pod) || !PodContainers.IsRunning(status))
        {
            return false;
        }

        var until = pod.Metadata.DeletionTimestamp!.Value + patience.ForcedDeletion;
        RecheckAt = now < until ? until : null;
        return now >= until;
    }

    /// <summary>The Pod is to be deleted since long ago, its kubelet is there, and has not told the end of its containers.</summary>
    private bool EndIsOverdue()
    {
        if (PodContainers.IsLetGo(pod) || pod.Metadata.DeletionTimestamp is not { } due || node?.WellSince is not { } well)
        {
            return false;
        }

        var until = (well > due ? well : due) + patience.End;
        RecheckAt = now < until ? until : RecheckAt;
        return now >= until;
    }

    /// <summary>It never got a node: nothing was tried. Else a container of it could not be started.</summary>
    private TaskEnd? LaunchFailed(string container) =>
        pod.GetAnnotation(TaskMarks.LaunchFailed) is not { } message || PodContainers.WasSpared(pod, container) ? null
        : string.IsNullOrEmpty(pod.Spec?.NodeName) ? Refused(message)
        : FailedToLaunch(message, EndTime(null));

    private static TaskEnd FailedToLaunch(string? message, DateTimeOffset at) => new(
        TaskState.TaskFailed, $"Failed to launch container: {message}", at, Source.Agent, Reason.ContainerLaunchFailed);

    private TaskEnd? Killed(TaskInfo task, string container, V1ContainerStatus? status)
    {
        if (PodContainers.KillRequestedAt(pod) is null || PodContainers.WasSpared(pod, container))
        {
            return null;
        }

        var stopped = PodContainers.Stopped(pod);
        var (state, reason) = stopped is (StopCause.OutOfTime, var late) && late == container
            ? (TaskState.TaskFailed, Reason.MaxCompletionTimeReached)
            : (TaskState.TaskKilled, (Reason?)null);
        // Mesos: after one task was killed for its health, every end that its executor tells of says so (src/launcher/default_executor.cpp).
        var healthy = stopped is (StopCause.Unhealthy, _) ? false : (bool?)null;
        return status?.State?.Terminated is { } end && !PodContainers.FailedToStart(end)
            ? new TaskEnd(state, ExitStatus.Describe(end, Subject(task)), EndTime(end), Source.Executor, reason, Healthy: healthy)
            : PodContainers.HasRun(status)
            ? new TaskEnd(state, status!.State?.Terminated?.Message ?? $"Pod {PodName} is gone", EndTime(null), Source.Agent, reason, Healthy: healthy)
            : new TaskEnd(
                TaskState.TaskKilled,
                tasks.Executor is null
                    ? "Killed before delivery to the executor"
                    : "A task within the task group was killed before delivery to the executor",
                EndTime(null),
                Source.Agent,
                Reason.TaskKilledDuringLaunch);
    }

    /// <remarks>Kubernetes: pkg/kubelet/eviction/helpers.go, pkg/kubelet/active_deadline.go.</remarks>
    private TaskEnd? EndedByLimit(TaskInfo task, V1ContainerStateTerminated? end) => PodReason switch
    {
        "DeadlineExceeded" when !EndedBefore(end, Deadline()) => new TaskEnd(
            TaskState.TaskFailed, pod.Status!.Message, LatestFinish() ?? Deadline() ?? EndTime(null), Source.Executor, Reason.MaxCompletionTimeReached),
        "Evicted" when !EndedBefore(end, PodDrain.DisruptedAt(pod)) => Evicted(task, pod.Status!.Message ?? ""),
        _ => null,
    };

    private DateTimeOffset? Deadline() =>
        pod.Spec?.ActiveDeadlineSeconds is { } seconds && pod.Status?.StartTime is { } start ? start + Spans.OfSeconds(seconds) : null;

    /// <summary>By itself, before the Pod had to. Of older clusters nothing is known of the time: not before, then.</summary>
    private static bool EndedBefore(V1ContainerStateTerminated? end, DateTimeOffset? time) =>
        PodContainers.Known(end?.FinishedAt) is { } finished && finished < time;

    /// <remarks>
    /// Mesos: src/slave/slave.cpp, Slave::statusUpdate: an agent that is being drained kills its tasks, and puts this reason in place of
    /// that of their executors.
    /// </remarks>
    private TaskEnd? Drained(TaskInfo task, V1ContainerStatus? status)
    {
        var end = status?.State?.Terminated;
        if (PodDrain.Of(pod) is not { } drain || EndedBefore(end, drain.Since))
        {
            return null;
        }

        return end is null || PodContainers.FailedToStart(end)
            ? new TaskEnd(
                TaskState.TaskKilled,
                PodContainers.HasRun(status) ? WordsOf(drain) : $"Killed before delivery to the executor: {WordsOf(drain)}",
                EndTime(null),
                Source.Agent,
                Reason.AgentDraining)
            : new TaskEnd(
                TaskState.TaskKilled,
                $"{ExitStatus.Describe(end, Subject(task))}: {WordsOf(drain)}",
                EndTime(end),
                Source.Executor,
                Reason.AgentDraining);
    }

    private string WordsOf(PodDrain drain) => $"Pod {PodName} was drained from its node ({drain.Why})";

    /// <remarks>Mesos: src/slave/slave.cpp, Slave::_qosCorrections.</remarks>
    private TaskEnd? Preempted(V1ContainerStateTerminated? end) =>
        PodDrain.Preemption(pod) is { } words && !EndedBefore(end, PodDrain.DisruptedAt(pod))
            ? new TaskEnd(
                PartitionAware(TaskState.TaskGone), $"Pod {PodName} was preempted: {words}", EndTime(end), Source.Agent, Reason.ContainerPreempted)
            : null;

    /// <summary>For a reason of its own, which stands for the whole Pod.</summary>
    private TaskEnd? EndedByKubelet(V1ContainerStateTerminated? end) =>
        pod.Status is { Phase: "Failed", Reason: { Length: > 0 } and not ("Evicted" or "DeadlineExceeded" or "Preempting") } && !EndedBefore(end, PodDrain.DisruptedAt(pod))
            ? new TaskEnd(TaskState.TaskFailed, $"{PodReason}: {pod.Status.Message}", EndTime(null), Source.Agent, Reason.ExecutorTerminated)
            : null;

    private TaskEnd Evicted(TaskInfo task, string message)
    {
        var (reason, resource) =
            message.Contains("ephemeral", StringComparison.Ordinal) || message.Contains("EmptyDir", StringComparison.OrdinalIgnoreCase)
            || message.Contains("disk", StringComparison.OrdinalIgnoreCase) || message.Contains("inodes", StringComparison.Ordinal) ? (Reason.ContainerLimitationDisk, "disk")
            : message.Contains("memory", StringComparison.Ordinal) ? (Reason.ContainerLimitationMemory, "mem")
            : (Reason.ContainerLimitation, null);
        return new TaskEnd(TaskState.TaskFailed, $"Evicted: {message.Trim()}", EndTime(null), Source.Agent, reason, Exceeded(task, resource));
    }

    private TaskEnd? DeletedByOthers(TaskInfo task, V1ContainerStateTerminated? end)
    {
        if (PodContainers.KillRequestedAt(pod) is not null
            || PodContainers.DeletionRequestedAt(pod) is not { } requested
            || EndedBefore(end, requested))
        {
            return null;
        }

        var how = end is null || PodContainers.FailedToStart(end) ? "" : $": {ExitStatus.Describe(end, Subject(task))}";
        var by = PodDrain.Collection(pod) is { } words ? $"the garbage collector ({words})" : "somebody other than the framework";
        return new TaskEnd(
            TaskState.TaskFailed, $"Pod {PodName} was deleted by {by}{how}", EndTime(end), Source.Agent, Reason.ExecutorTerminated);
    }

    private TaskEnd Terminated(TaskInfo task, V1ContainerStatus status, V1ContainerStateTerminated end)
    {
        if (PodContainers.FailedToStart(end))
        {
            return !PodContainers.IsUnknown(end) ? FailedToLaunch(end.Message ?? end.Reason, EndTime(end))
                : FailedInit() is { } init && !PodContainers.HasRun(status) ? init
                : new TaskEnd(TaskState.TaskFailed, end.Message ?? end.Reason, EndTime(end), Source.Agent, Reason.ExecutorTerminated);
        }

        if (IsUnwatched(end))
        {
            return new TaskEnd(
                TaskState.TaskFailed, "Executor terminated: the container runtime does not know how", EndTime(end), Source.Agent, Reason.ExecutorTerminated);
        }

        if (end.Reason == "OOMKilled" && end.ExitCode != 0)
        {
            return OutOfMemory(task, end);
        }

        var state = end is { ExitCode: 0, Signal: null or 0 } ? TaskState.TaskFinished : TaskState.TaskFailed;
        return new TaskEnd(state, ExitStatus.Describe(end, Subject(task)), EndTime(end));
    }

    /// <remarks>Mesos: src/slave/containerizer/mesos/isolators/cgroups/subsystems/memory.cpp, oomWaited. How much was used is not known here.</remarks>
    private TaskEnd OutOfMemory(TaskInfo task, V1ContainerStateTerminated end)
    {
        var exceeded = Exceeded(task, "mem");
        var requested = exceeded is null ? "" : $": Requested: {exceeded.Scalar.Value}MB";
        return new TaskEnd(
            TaskState.TaskFailed, $"Memory limit exceeded{requested}", EndTime(end), Source.Agent, Reason.ContainerLimitationMemory, exceeded);
    }

    /// <summary>The Pod is over, and its container has left no status.</summary>
    private TaskEnd WithoutTrace(TaskInfo task) =>
        pod.Status?.Phase == "Succeeded"
            ? new TaskEnd(TaskState.TaskFinished, $"{Subject(task)} exited with status 0", EndTime(null))
            : FailedInit() ?? new TaskEnd(
                TaskState.TaskFailed, pod.Status?.Message ?? "Executor terminated", EndTime(null), Source.Agent, Reason.ExecutorTerminated);

    private TaskEnd? FailedInit()
    {
        var failed = pod.Status?.InitContainerStatuses?.FirstOrDefault(init => init.State?.Terminated is { ExitCode: not 0 } && !PodContainers.IsSidecar(pod, init));
        return failed?.State?.Terminated is { } end ? FailedToLaunch(WordsOfInit(failed.Name, end), EndTime(end)) : null;
    }

    private static string WordsOfInit(string? container, V1ContainerStateTerminated end) =>
        UriFetch.IsFetcher(container) && end.Message is { Length: > 0 } words && !PodContainers.FailedToStart(end) ? words.Trim()
        : PodContainers.FailedToStart(end) ? $"init container '{container}': {end.Message ?? end.Reason}"
        : $"init container '{container}' {ExitStatus.Describe(end, "")[1..]}";

    /// <summary>As after the machine was restarted: the runtime finds that a container is not there any more.</summary>
    /// <remarks>containerd: pkg/cri/server/restart.go, unknownContainerStatus.</remarks>
    private static bool IsUnwatched(V1ContainerStateTerminated end) => end is { Reason: "Unknown", ExitCode: 255 };

    private static Resource? Exceeded(TaskInfo task, string? name) =>
        name is not null && Amounts.Thousandths(task.Resources, name) is { } amount
            ? new Resource { Name = name, Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = amount / 1000.0 } }
            : null;

    /// <summary>The best known time; of all readings of one Pod the same.</summary>
    private DateTimeOffset EndTime(V1ContainerStateTerminated? end) =>
        PodContainers.Known(end?.FinishedAt)
        ?? LatestFinish() ?? PodDrain.DisruptedAt(pod) ?? pod.Metadata.DeletionTimestamp ?? LatestStart() ?? pod.Status?.StartTime ?? pod.Metadata.CreationTimestamp ?? now;

    private DateTimeOffset? LatestFinish() =>
        PodContainers.All(pod).Select(status => PodContainers.Known(status.State?.Terminated?.FinishedAt)).Max();

    private DateTimeOffset? LatestStart() => PodContainers.All(pod).Select(status => PodContainers.StartedAt(pod, status)).Max();

    private static string Subject(TaskInfo task) => task.Container is { Type: ContainerInfo.Types.Type.Docker } ? "Container" : "Command";

    /// <summary>What frameworks without PARTITION_AWARE are told in its place.</summary>
    private TaskState PartitionAware(TaskState state) => tasks.HasCapability(Capability.PartitionAware) ? state : TaskState.TaskLost;
}
