using System.Globalization;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>What a kubelet reports of a Pod's containers, and the marks that we set.</summary>
internal static class PodContainers
{
    public static IEnumerable<V1ContainerStatus> All(V1Pod pod) =>
        (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? []);

    public static V1ContainerStatus? StatusOf(V1Pod pod, string container) =>
        pod.Status?.ContainerStatuses?.FirstOrDefault(status => status.Name == container);

    public static bool IsRunning(V1ContainerStatus? status) => status?.State?.Running is not null;

    /// <summary>Null if it has never run: a runtime that could not start a process reports its end all the same.</summary>
    public static DateTimeOffset? StartedAt(V1ContainerStatus? status) => status?.State switch
    {
        { Running: { } running } => running.StartedAt,
        { Terminated: { } end } when !FailedToStart(end) && end.StartedAt is { Year: > 1970 } started => started,
        _ => null,
    };

    /// <remarks>Kubernetes: pkg/kubelet/kuberuntime (ContainerCannotRun); containerd: pkg/cri/server (StartError).</remarks>
    public static bool FailedToStart(V1ContainerStateTerminated end) => end.Reason is "StartError" or "ContainerCannotRun" or "ContainerStatusUnknown";

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
