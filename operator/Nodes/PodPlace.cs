using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>The node that a Pod takes something of: where it is, or where room is kept for it.</summary>
internal static class PodPlace
{
    /// <returns>
    /// The node it is bound to; of one that waits for the scheduler, the node on which that makes room for it; of a task's Pod, the only node that it may be
    /// bound to. Null: none yet.
    /// </returns>
    /// <remarks>Kubernetes: pkg/scheduler counts nominated Pods with those of their node.</remarks>
    public static string? NodeOf(V1Pod pod) =>
        pod.Spec?.NodeName is { Length: > 0 } bound ? bound
        : pod.Status?.NominatedNodeName is { Length: > 0 } nominated ? nominated
        : PodTasks.IsOurs(pod) ? PodBinding.OnlyNodeOf(pod)
        : null;
}
