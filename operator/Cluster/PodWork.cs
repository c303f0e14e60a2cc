using System.Collections.Immutable;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>One thing to be done to one Pod. Each can be done again without harm.</summary>
internal abstract record PodWork
{
    private PodWork()
    {
    }

    public sealed record Create(MasterEffect.Launch Launch) : PodWork;

    /// <summary>The framework wants a task ended, and with it its group.</summary>
    public sealed record Kill(TaskKey Task, AgentId Agent, TimeSpan? Grace) : PodWork;

    /// <summary>One task of the group has failed: the others end.</summary>
    public sealed record EndGroup : PodWork;

    /// <summary>A task is unhealthy, or has run for too long: it ends, and its Pod with it.</summary>
    public sealed record Stop(StopCause Cause, string Container) : PodWork;

    /// <summary>The containers will not start.</summary>
    public sealed record GiveUp(string Message) : PodWork;

    /// <summary>It is being deleted because its node is to get empty, and nothing on it says so.</summary>
    public sealed record MarkDrained(string Why) : PodWork;

    /// <summary>Marked for its end by an earlier life of the bridge, which did not come to deleting it.</summary>
    public sealed record FinishDeletion : PodWork;

    /// <summary>The end of a task is acknowledged.</summary>
    public sealed record Release(TaskKey Task) : PodWork;

    /// <summary>Nobody will acknowledge anything of it any more.</summary>
    public sealed record Abandon(string Uid) : PodWork;

    /// <summary>Its logs have been kept long enough.</summary>
    public sealed record Remove(string Uid) : PodWork;
}
