using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Operator.Execute;

/// <summary>What a person who watches an <see cref="Execution"/> is told.</summary>
internal abstract record ExecutionReport(DateTimeOffset At)
{
    public sealed record Subscribed(DateTimeOffset At, string FrameworkId, MasterInfo? Master, bool Again) : ExecutionReport(At);

    public sealed record Offered(DateTimeOffset At, ImmutableArray<Offer> Offers) : ExecutionReport(At);

    public sealed record Launched(DateTimeOffset At, Offer Offer, ImmutableArray<string> TaskIds) : ExecutionReport(At);

    /// <summary>The launch never reached the agent; another offer is waited for.</summary>
    public sealed record LaunchLost(DateTimeOffset At, string TaskId, string Reason) : ExecutionReport(At);

    /// <param name="Hostname">Of the agent, as its offer said; empty if unknown.</param>
    public sealed record Updated(DateTimeOffset At, TaskStatus Status, string Hostname) : ExecutionReport(At);

    public sealed record Killing(DateTimeOffset At, string TaskId) : ExecutionReport(At);

    public sealed record ConnectionLost(DateTimeOffset At, string Reason, TimeSpan RetryIn) : ExecutionReport(At);

    /// <summary>Why the run ends without all tasks having ended well.</summary>
    public sealed record GaveUp(DateTimeOffset At, string Reason) : ExecutionReport(At);

    public sealed record Ended(DateTimeOffset At, ExecutionOutcome Outcome, ImmutableArray<TaskResult> Tasks) : ExecutionReport(At);
}

/// <summary>One task's story.</summary>
/// <param name="Statuses">As received, oldest first, repetitions left out.</param>
/// <param name="Hostname">Of the agent it was last launched on; empty if it never was.</param>
internal sealed record TaskResult(string TaskId, string Hostname, bool KillRequested, ImmutableArray<SeenStatus> Statuses)
{
    public TaskState? State => Statuses is [.., var last] ? last.Status.State : null;

    public bool Succeeded => State is TaskState.TaskFinished || (KillRequested && State is TaskState.TaskKilled);
}

internal readonly record struct SeenStatus(DateTimeOffset At, TaskStatus Status);
