using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;
using Capability = MesosK8sBridge.Protocol.V1.FrameworkInfo.Types.Capability.Types.Type;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Source = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Source;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>Decides whether and how the tasks of a Pod have ended. The table of docs/pods.md, in order.</summary>
internal sealed class PodEnd(V1Pod pod, PodTasks tasks, PodPatience patience, DateTimeOffset now)
{
    /// <summary>Set by <see cref="Of"/> when it would decide otherwise later.</summary>
    public DateTimeOffset? RecheckAt { get; private set; }

    private string PodName => $"{pod.Namespace()}/{pod.Name()}";

    private string? PodReason => pod.Status?.Reason;

    private bool IsPodOver => pod.Status?.Phase is "Failed" or "Succeeded";

    /// <returns>Null while the task may still be alive.</returns>
    public TaskEnd? Of(TaskInfo task)
    {
        var container = tasks.ContainerOf(task);
        var status = PodContainers.StatusOf(pod, container);
        if (WasRefused())
        {
            return Refused();
        }

        if (!HasEnded(status))
        {
            return ForcedAway(status) ? Gone() ?? Lost(task) : null;
        }

        return LaunchFailed()
            ?? Killed(task, container, status)
            ?? EndedByLimit(task)
            ?? Drained(task, status?.State?.Terminated)
            ?? Preempted(status?.State?.Terminated)
            ?? EndedByKubelet()
            ?? DeletedByOthers(task, status?.State?.Terminated)
            ?? (status?.State?.Terminated is { } end ? Terminated(task, end) : WithoutTrace());
    }

    /// <summary>The Pod is no more, and its end was wished: by the framework, or for the node's sake.</summary>
    /// <returns>Null if nobody wished it: see <see cref="Unseen"/>.</returns>
    public TaskEnd? Gone() =>
        PodContainers.KillRequestedAt(pod) is not null ? new TaskEnd(TaskState.TaskKilled, $"Pod {PodName} is gone", EndTime(null), Source.Agent)
        : PodDrain.Of(pod) is { } drain ? new TaskEnd(TaskState.TaskKilled, WordsOf(drain), EndTime(null), Source.Agent, Reason.AgentDraining)
        : null;

    /// <summary>What is to be said of a task whose end nobody has seen, and nobody wished.</summary>
    public string Unseen(TaskInfo task) => $"Pod {PodName} was deleted before the end of task '{task.TaskId.Value}' was seen";

    private TaskEnd Lost(TaskInfo task) =>
        new(PartitionAware(TaskState.TaskGone), Unseen(task), EndTime(null), Source.Agent, Reason.ExecutorTerminated);

    /// <remarks>
    /// Kubernetes: pkg/kubelet/lifecycle/predicate.go (OutOf…, NodePorts, …), pkg/kubelet/cm/topologymanager,
    /// pkg/kubelet/nodeshutdown. The kubelet had other Pods in mind than we did: the framework may try another offer.
    /// </remarks>
    private bool WasRefused() =>
        pod.Status is { Phase: "Failed", Reason: { } reason } && pod.Status.ContainerStatuses is null or { Count: 0 }
        && (reason.StartsWith("OutOf", StringComparison.Ordinal)
            || reason is "NodePorts" or "HostPortConflict" or "PodFitsHostPorts" or "NodeAffinity" or "MatchNodeSelector" or "NodeName" or "HostName"
                or "UnexpectedAdmissionError" or "TopologyAffinityError" or "AppArmor" or "SysctlForbidden" or "NodeShutdown"
                or "PodOSSelectorNodeLabelDoesNotMatch" or "TaintToleration" or "InvalidNodeInfo" or "UnknownReason");

    private TaskEnd Refused() => new(
        PartitionAware(TaskState.TaskDropped),
        $"Task assumes outdated resource state: {PodReason}: {pod.Status!.Message}",
        EndTime(null),
        Source.Agent,
        Reason.InvalidOffers,
        WasRefused: true);

    private bool HasEnded(V1ContainerStatus? status) =>
        status?.State?.Terminated is not null || ((IsPodOver || PodContainers.IsLetGo(pod)) && !PodContainers.IsRunning(status));

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

    private TaskEnd? LaunchFailed() =>
        pod.GetAnnotation(TaskMarks.LaunchFailed) is { } message ? FailedToLaunch(message, EndTime(null)) : null;

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
    private TaskEnd? EndedByLimit(TaskInfo task) => PodReason switch
    {
        "DeadlineExceeded" => new TaskEnd(
            TaskState.TaskFailed, pod.Status!.Message, EndTime(null), Source.Executor, Reason.MaxCompletionTimeReached),
        "Evicted" => Evicted(task, pod.Status!.Message ?? ""),
        _ => null,
    };

    /// <remarks>
    /// Mesos: src/slave/slave.cpp, Slave::statusUpdate: an agent that is being drained kills its tasks, and puts this reason in place of
    /// that of their executors.
    /// </remarks>
    private TaskEnd? Drained(TaskInfo task, V1ContainerStateTerminated? end)
    {
        if (PodDrain.Of(pod) is not { } drain || (end?.FinishedAt is { } finished && finished < drain.Since))
        {
            return null;
        }

        return end is null || PodContainers.FailedToStart(end)
            ? new TaskEnd(TaskState.TaskKilled, $"Killed before delivery to the executor: {WordsOf(drain)}", EndTime(null), Source.Agent, Reason.AgentDraining)
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
        PodDrain.Preemption(pod) is { } words
            ? new TaskEnd(
                PartitionAware(TaskState.TaskGone), $"Pod {PodName} was preempted: {words}", EndTime(end), Source.Agent, Reason.ContainerPreempted)
            : null;

    private TaskEnd? EndedByKubelet() =>
        pod.Status is { Phase: "Failed", Reason.Length: > 0 }
            ? new TaskEnd(TaskState.TaskFailed, $"{PodReason}: {pod.Status.Message}", EndTime(null), Source.Agent, Reason.ExecutorTerminated)
            : null;

    private TaskEnd Evicted(TaskInfo task, string message)
    {
        var (reason, resource) =
            message.Contains("ephemeral", StringComparison.Ordinal) || message.Contains("EmptyDir", StringComparison.OrdinalIgnoreCase)
            || message.Contains("disk", StringComparison.OrdinalIgnoreCase) ? (Reason.ContainerLimitationDisk, "disk")
            : message.Contains("memory", StringComparison.Ordinal) ? (Reason.ContainerLimitationMemory, "mem")
            : (Reason.ContainerLimitation, null);
        return new TaskEnd(TaskState.TaskFailed, $"Evicted: {message}", EndTime(null), Source.Agent, reason, Exceeded(task, resource));
    }

    private TaskEnd? DeletedByOthers(TaskInfo task, V1ContainerStateTerminated? end)
    {
        if (PodContainers.KillRequestedAt(pod) is not null
            || PodContainers.DeletionRequestedAt(pod) is not { } requested
            || (end?.FinishedAt is { } finished && finished < requested))
        {
            return null;
        }

        var how = end is null ? "" : $": {ExitStatus.Describe(end, Subject(task))}";
        return new TaskEnd(
            TaskState.TaskFailed, $"Pod {PodName} was deleted by somebody other than the framework{how}", EndTime(end), Source.Agent, Reason.ExecutorTerminated);
    }

    private TaskEnd Terminated(TaskInfo task, V1ContainerStateTerminated end)
    {
        if (PodContainers.FailedToStart(end))
        {
            return end.Reason == "ContainerStatusUnknown"
                ? new TaskEnd(TaskState.TaskFailed, end.Message ?? end.Reason, EndTime(end), Source.Agent, Reason.ExecutorTerminated)
                : FailedToLaunch(end.Message ?? end.Reason, EndTime(end));
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
    private TaskEnd WithoutTrace()
    {
        if (pod.Status?.Phase == "Succeeded")
        {
            return new TaskEnd(TaskState.TaskFinished, "Command exited with status 0", EndTime(null));
        }

        var failedInit = pod.Status?.InitContainerStatuses?.FirstOrDefault(status => status.State?.Terminated is { ExitCode: not 0 });
        return failedInit?.State?.Terminated is { } end
            ? FailedToLaunch(UriFetch.IsFetcher(failedInit.Name) && end.Message is { Length: > 0 } words ? words.Trim() : $"init container '{failedInit.Name}' {ExitStatus.Describe(end, "")[1..]}", EndTime(end))
            : new TaskEnd(
                TaskState.TaskFailed, pod.Status?.Message ?? "Executor terminated", EndTime(null), Source.Agent, Reason.ExecutorTerminated);
    }

    private static Resource? Exceeded(TaskInfo task, string? name) =>
        name is not null && Amounts.Thousandths(task.Resources, name) is { } amount
            ? new Resource { Name = name, Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = amount / 1000.0 } }
            : null;

    /// <summary>The best known time; of all readings of one Pod the same.</summary>
    private DateTimeOffset EndTime(V1ContainerStateTerminated? end) =>
        end?.FinishedAt is { Year: > 1970 } finished ? finished
        : LatestFinish() ?? pod.Metadata.DeletionTimestamp ?? LatestStart() ?? pod.Status?.StartTime ?? pod.Metadata.CreationTimestamp ?? now;

    private DateTimeOffset? LatestFinish() =>
        PodContainers.All(pod).Select(status => status.State?.Terminated?.FinishedAt).Where(at => at is { Year: > 1970 }).Max();

    private DateTimeOffset? LatestStart() => PodContainers.All(pod).Select(PodContainers.StartedAt).Max();

    private static string Subject(TaskInfo task) => task.Container is { Type: ContainerInfo.Types.Type.Docker } ? "Container" : "Command";

    /// <summary>What frameworks without PARTITION_AWARE are told in its place.</summary>
    private TaskState PartitionAware(TaskState state) => tasks.HasCapability(Capability.PartitionAware) ? state : TaskState.TaskLost;
}
