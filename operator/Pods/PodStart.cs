using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Cli;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>Decides how long the bridge waits for a Pod to start.</summary>
/// <param name="node">Null: nobody has said.</param>
internal sealed class PodStart(V1Pod pod, PodTasks tasks, PodPatience patience, PodNode? node)
{
    /// <summary>When the bridge gives the Pod up, if it stays as it is, and why; null if it waits for nothing, or for a silent node.</summary>
    public (DateTimeOffset At, string Why)? Deadline()
    {
        if (pod.Status?.StartTime is not { } taken)
        {
            return UntilTaken();
        }

        if (Awaited() is not { } awaited)
        {
            return null;
        }

        var turn = LastInit() is { } done && done > taken ? done : taken;
        return PodContainers.All(pod).Where(IsAwaited).Where(IsOurs).Select(StartTrouble.Of).FirstOrDefault(trouble => trouble is not null) is { } trouble
            ? (turn + (trouble.IsFinal ? TimeSpan.Zero : patience.Image), trouble.Message)
            : UntilStarted(awaited, turn);
    }

    /// <summary>The first of our containers that has not started.</summary>
    private string? Awaited()
    {
        foreach (var task in tasks.Tasks)
        {
            var container = tasks.ContainerOf(task);
            if (IsAwaited(PodContainers.StatusOf(pod, container)))
            {
                return container;
            }
        }

        return null;
    }

    private (DateTimeOffset At, string Why)? UntilTaken()
    {
        var since = pod.Metadata.CreationTimestamp ?? DateTimeOffset.UnixEpoch;
        var scheduled = pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "PodScheduled");
        if (string.IsNullOrEmpty(pod.Spec?.NodeName))
        {
            return (since + patience.Binding, $"the scheduler has not bound the Pod within {DurationText.Format(patience.Binding)}{(scheduled?.Message is { } words ? $": {words}" : "")}");
        }

        return WhileWell(
            scheduled is { Status: "True", LastTransitionTime: { } bound } ? bound : since,
            patience.Kubelet,
            $"the kubelet of node {pod.Spec.NodeName} has not taken the Pod within {DurationText.Format(patience.Kubelet)}");
    }

    private (DateTimeOffset At, string Why)? UntilStarted(string container, DateTimeOffset turn)
    {
        if (pod.Status?.InitContainerStatuses?.Any(init => PodContainers.IsRunning(init) && UriFetch.IsFetcher(init.Name)) is true)
        {
            return null;
        }

        var waiting = PodContainers.StatusOf(pod, container)?.State?.Waiting;
        var words = string.Join(": ", new[] { waiting?.Reason, waiting?.Message }.Where(word => !string.IsNullOrEmpty(word)));
        return WhileWell(turn, patience.Start, $"container '{container}' has not started within {DurationText.Format(patience.Start)}{(words.Length == 0 ? "" : $": {words}")}");
    }

    private (DateTimeOffset At, string Why)? WhileWell(DateTimeOffset since, TimeSpan patience, string why) =>
        node?.WellSince is { } well ? ((well > since ? well : since) + patience, why) : null;

    private static bool IsAwaited(V1ContainerStatus? status) => status?.State?.Terminated is null && !PodContainers.HasRun(status);

    /// <summary>Or is to be done before ours are started. What others have put beside them may be missing.</summary>
    private bool IsOurs(V1ContainerStatus status) =>
        tasks.Tasks.Any(task => tasks.ContainerOf(task) == status.Name) || pod.Status?.InitContainerStatuses?.Contains(status) is true;

    private DateTimeOffset? LastInit() => pod.Status?.InitContainerStatuses?.Select(init => PodContainers.Known(init.State?.Terminated?.FinishedAt)).Max();
}
