using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>How long Pods whose tasks are over and done with are kept, for their logs.</summary>
public sealed record RetentionSettings
{
    /// <summary>From the end of the last container. Default 15 min.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Of each framework. The oldest go first. Default 100.</summary>
    public int Most { get; init; } = 100;

    /// <summary>Between two looks. Default 10 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Chooses which Pods to remove. A function of its arguments.</summary>
internal static class PodRetention
{
    /// <param name="settingsOf">Of a framework.</param>
    public static IEnumerable<V1Pod> Overdue(IEnumerable<TaskPod> pods, Func<FrameworkId, RetentionSettings> settingsOf, DateTimeOffset now) =>
        pods.Where(pod => PodTasks.IsReleased(pod.Pod) && !pod.Pod.IsDeleting())
            .GroupBy(pod => pod.Tasks.FrameworkId)
            .SelectMany(framework => Overdue(framework, settingsOf(framework.Key), now));

    private static IEnumerable<V1Pod> Overdue(IEnumerable<TaskPod> ended, RetentionSettings settings, DateTimeOffset now) => ended
        .Select(pod => (pod.Pod, EndedAt: EndOf(pod.Pod, now)))
        .OrderByDescending(pod => pod.EndedAt)
        .ThenBy(pod => pod.Pod.Name(), StringComparer.Ordinal)
        .Where((pod, index) => index >= settings.Most || now - pod.EndedAt >= settings.Time)
        .Select(pod => pod.Pod);

    private static DateTimeOffset EndOf(V1Pod pod, DateTimeOffset now) =>
        PodContainers.All(pod).Select(status => status.State?.Terminated?.FinishedAt).Max() ?? pod.Metadata.CreationTimestamp ?? now;
}
