using System.Globalization;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Nodes;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>What a kubelet reports of a Pod's containers, and the marks that we set.</summary>
internal static class PodContainers
{
    public static IEnumerable<V1ContainerStatus> All(V1Pod pod) =>
        (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? []);

    public static V1ContainerStatus? StatusOf(V1Pod pod, string container)
    {
        foreach (var status in pod.Status?.ContainerStatuses ?? [])
        {
            if (status.Name == container)
            {
                return status;
            }
        }

        return null;
    }

    public static bool IsRunning(V1ContainerStatus? status) => status?.State?.Running is not null;

    /// <summary>
    /// It runs, or has run at some time. A runtime that could not start a process reports its end all the same; and a kubelet that does not
    /// find a container at the end of its Pod reports an end, too, with what it knew before as the last state, or with the container's id.
    /// </summary>
    /// <remarks>Kubernetes: pkg/kubelet/kubelet_pods.go, convertToAPIContainerStatuses; pkg/kubelet/status, TerminatePod.</remarks>
    public static bool HasRun(V1ContainerStatus? status) => status switch
    {
        null => false,
        { State.Running: not null } or { LastState.Terminated: not null } => true,
        { State.Terminated: { } end } => IsUnknown(end) ? !string.IsNullOrEmpty(status.ContainerID) : !FailedToStart(end),
        _ => false,
    };

    /// <summary>Null if it has never run. Where nobody says when it started, the time at which the kubelet took the Pod.</summary>
    public static DateTimeOffset? StartedAt(V1Pod pod, V1ContainerStatus? status) =>
        HasRun(status)
            ? Known(status!.State?.Running?.StartedAt ?? status.State?.Terminated?.StartedAt) ?? Known(status.LastState?.Terminated?.StartedAt)
                ?? pod.Status!.StartTime ?? pod.Metadata.CreationTimestamp ?? DateTimeOffset.UnixEpoch
            : null;

    /// <summary>Null for the zero of Go and that of Unix, by which runtimes say that they do not know.</summary>
    public static DateTimeOffset? Known(DateTimeOffset? time) => time is { Year: > 1970 } ? time : null;

    /// <remarks>Kubernetes: pkg/kubelet/kuberuntime (ContainerCannotRun); containerd: pkg/cri/server (StartError).</remarks>
    public static bool FailedToStart(V1ContainerStateTerminated end) => end.Reason is "StartError" or "ContainerCannotRun" || IsUnknown(end);

    /// <summary>The kubelet has not found the container any more; its exit code says nothing.</summary>
    public static bool IsUnknown(V1ContainerStateTerminated end) => end.Reason == "ContainerStatusUnknown";

    /// <summary>A container that stays beside the others and is started again whenever it ends; its ends are not the Pod's.</summary>
    public static bool IsSidecar(V1Pod pod, V1ContainerStatus init) =>
        pod.Spec?.InitContainers?.FirstOrDefault(container => container.Name == init.Name) is { } found && PodRequests.RestartsAlways(found);

    public static DateTimeOffset? KillRequestedAt(V1Pod pod) =>
        DateTimeOffset.TryParse(pod.GetAnnotation(TaskMarks.KillRequested), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at.ToUniversalTime()
            : null;

    /// <summary>The task that the bridge itself has ended, and with it the Pod.</summary>
    public static (StopCause Cause, string Container)? Stopped(V1Pod pod) =>
        pod.GetAnnotation(TaskMarks.StopCause)?.Split(' ', 2) is [var cause, var container] && Enum.TryParse<StopCause>(cause, out var known) ? (known, container) : null;

    public static bool WasSpared(V1Pod pod, string container) =>
        pod.GetAnnotation(TaskMarks.KillSpared)?.Split(',').Contains(container) ?? false;

    /// <summary>When somebody asked for the Pod's deletion. Its timestamp is that plus the grace period, whichever that is by now.</summary>
    public static DateTimeOffset? DeletionRequestedAt(V1Pod pod) =>
        pod.Metadata.DeletionTimestamp is { } due ? due - Spans.OfSeconds(pod.Metadata.DeletionGracePeriodSeconds ?? 0) : null;

    /// <summary>The API server holds the Pod for our finalizer alone: the kubelet has let go of it, or was not asked.</summary>
    public static bool IsLetGo(V1Pod pod) => pod.IsDeleting() && (pod.Metadata.DeletionGracePeriodSeconds ?? 0) == 0;
}
