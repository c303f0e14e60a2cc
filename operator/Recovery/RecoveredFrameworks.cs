using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Recovery;

/// <summary>Which frameworks there were: those in the store, and those whose Pods are there although the store has lost them.</summary>
internal static class RecoveredFrameworks
{
    public static ImmutableArray<FrameworkRegistration> Of(
        IReadOnlyCollection<FrameworkRegistration> stored, IEnumerable<TaskPod> pods, DateTimeOffset now)
    {
        var known = stored.Select(registration => registration.Id).ToHashSet();
        var fromPods = pods
            .Where(pod => !known.Contains(pod.Tasks.FrameworkId))
            .GroupBy(pod => pod.Tasks.FrameworkId)
            .Select(framework => FromPods(framework, now));
        return [.. stored.Select(Away), .. fromPods.OrderBy(registration => registration.RegisteredAt)];
    }

    /// <summary>Whoever was connected is not so any more; the time it may stay away begins anew, as with a new Mesos master.</summary>
    private static FrameworkRegistration Away(FrameworkRegistration stored) =>
        stored.Phase == FrameworkPhase.Completed ? stored : stored with { Phase = FrameworkPhase.Recovered };

    /// <summary>The newest Pod has the newest of what the framework said of itself.</summary>
    private static FrameworkRegistration FromPods(IEnumerable<TaskPod> pods, DateTimeOffset now)
    {
        var byAge = pods.OrderBy(pod => pod.Pod.Metadata.CreationTimestamp ?? now).ToList();
        return new FrameworkRegistration(
            byAge[^1].Tasks.Framework,
            PolicyKey: null,
            FrameworkPhase.Recovered,
            byAge[0].Pod.Metadata.CreationTimestamp ?? now,
            byAge[^1].Pod.Metadata.CreationTimestamp ?? now,
            FailoverDeadline: null);
    }
}
