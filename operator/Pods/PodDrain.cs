using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>That a Pod has to leave its node, for the node's sake and by no wish of its framework.</summary>
/// <param name="Why">Completes the sentence "Pod … was drained from its node (…)".</param>
/// <param name="Since">When its containers were first asked to end; null if nobody has said.</param>
internal sealed record PodDrain(string Why, DateTimeOffset? Since)
{
    /// <summary>What the Pod itself tells: a condition that Kubernetes sets, the kubelet's words at a shutdown, or our own mark.</summary>
    /// <remarks>
    /// Kubernetes: pkg/registry/core/pod/storage/eviction.go, pkg/controller/tainteviction, pkg/kubelet/nodeshutdown. The condition is
    /// there from 1.25 on, and is set before the deletion, which may yet come to nothing.
    /// </remarks>
    public static PodDrain? Of(V1Pod pod)
    {
        if (Disruption(pod) is { Reason: "EvictionByEvictionAPI" or "DeletionByTaintManager" } evicted && pod.IsDeleting())
        {
            return new PodDrain(evicted.Message ?? evicted.Reason, evicted.LastTransitionTime ?? PodContainers.DeletionRequestedAt(pod));
        }

        if (pod.Status is { Phase: "Failed", Reason: "Terminated" or "Shutdown" } ended)
        {
            return new PodDrain(ended.Message ?? ended.Reason, Disruption(pod)?.LastTransitionTime);
        }

        return pod.GetAnnotation(TaskMarks.Drained) is { } mark && pod.IsDeleting() ? new PodDrain(mark, PodContainers.DeletionRequestedAt(pod)) : null;
    }

    /// <summary>The words of whoever needed the Pod's place for another; null if nobody did.</summary>
    /// <remarks>Kubernetes: pkg/scheduler/framework/preemption, pkg/kubelet/preemption.</remarks>
    public static string? Preemption(V1Pod pod) =>
        Disruption(pod) is { Reason: "PreemptionByScheduler" or "PreemptionByKubeScheduler" } preempted && pod.IsDeleting() ? preempted.Message ?? preempted.Reason
        : pod.Status is { Phase: "Failed", Reason: "Preempting" } ? pod.Status.Message ?? pod.Status.Reason
        : null;

    /// <summary>
    /// Whether somebody deleted the Pod after its node was told to get empty. Older API servers do not say that it was an eviction; what
    /// nobody has said of the time is believed only while the Pod's containers are not known to have ended.
    /// </summary>
    public static bool Fits(NodeDrain node, V1Pod pod) =>
        PodContainers.DeletionRequestedAt(pod) is { } requested
        && Of(pod) is null
        && Preemption(pod) is null
        && PodContainers.KillRequestedAt(pod) is null
        && pod.GetAnnotation(TaskMarks.LaunchFailed) is null
        && (node.Since is { } since ? requested >= since : pod.Status?.Phase is not ("Failed" or "Succeeded"));

    /// <summary>The words of the controller that removes Pods which nobody else will; null if it was not that.</summary>
    /// <remarks>Kubernetes: pkg/controller/podgc. Told from 1.26 on.</remarks>
    public static string? Collection(V1Pod pod) =>
        Disruption(pod) is { Reason: "DeletionByPodGC" } collected && pod.IsDeleting() ? collected.Message ?? collected.Reason : null;

    /// <summary>When it was decided that the Pod has to go; null if nobody says.</summary>
    public static DateTimeOffset? DisruptedAt(V1Pod pod) => Disruption(pod)?.LastTransitionTime;

    private static V1PodCondition? Disruption(V1Pod pod) =>
        pod.Status?.Conditions?.FirstOrDefault(condition => condition is { Type: "DisruptionTarget", Status: "True" });
}

/// <summary>What a Pod's node says of itself.</summary>
/// <param name="Drain">Set if the node is to get empty.</param>
/// <param name="WellSince">Null while it is silent.</param>
public sealed record PodNode(NodeDrain? Drain, DateTimeOffset? WellSince);

/// <summary>That a node is to get empty.</summary>
/// <param name="Why">E.g. <c>its node is cordoned</c>.</param>
/// <param name="Since">Null if nobody has said.</param>
public sealed record NodeDrain(string Why, DateTimeOffset? Since);
