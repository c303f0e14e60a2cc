using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Shim.Master;

/// <summary>
/// All that the master wants done. Performed in order by the shell around it; what comes of an effect returns as an input.
/// </summary>
public abstract record MasterEffect
{
    private MasterEffect()
    {
    }

    // ---- towards frameworks ----

    /// <summary>The answer to one <see cref="MasterInput.SchedulerCall"/>.</summary>
    public sealed record Answer(RequestId Request, SchedulerAnswer Value) : MasterEffect;

    /// <summary>One event for one stream. Dropped silently if the stream is gone.</summary>
    public sealed record Send(StreamId Stream, Event Event) : MasterEffect;

    /// <summary>End of a stream, after everything sent to it before.</summary>
    public sealed record CloseStream(StreamId Stream) : MasterEffect;

    // ---- towards the cluster ----

    /// <summary>Start one command task, or all tasks of one group together.</summary>
    /// <param name="Tasks">As validated, <c>allocation_info</c> filled in: one task, or the whole group.</param>
    /// <param name="Executor">The group's executor; null for a command task.</param>
    public sealed record Launch(FrameworkInfo Framework, Agent Agent, ImmutableArray<TaskInfo> Tasks, ExecutorInfo? Executor) : MasterEffect
    {
        public FrameworkId FrameworkId => new(Framework.Id.Value);
    }

    /// <summary>End a task. Repeated kills are legal; only a terminal status ends the matter.</summary>
    /// <param name="Grace">Between asking and forcing; null for the task's own policy.</param>
    public sealed record Kill(TaskKey Task, AgentId Agent, TimeSpan? Grace) : MasterEffect;

    /// <summary>The framework has acknowledged the task's terminal status: whatever kept it alive may let go.</summary>
    public sealed record Release(TaskKey Task) : MasterEffect;

    // ---- towards the store ----

    /// <summary>A registration is new or has changed and must survive the master.</summary>
    public sealed record RecordFramework(FrameworkRegistration Registration) : MasterEffect;

    // ---- towards administrators ----

    /// <summary>How many tasks of a framework seem lost without its being told yet has changed; see <see cref="MasterOptions.MaxLosses"/>.</summary>
    /// <param name="Tasks">Zero: none any more.</param>
    public sealed record LossesHeld(FrameworkId Framework, int Tasks) : MasterEffect;
}

/// <summary>What an HTTP front end tells a scheduler about one call.</summary>
/// <param name="Status">HTTP status code.</param>
/// <param name="Text">The body; empty for 2xx.</param>
/// <remarks>Mesos: src/master/http.cpp, Master::Http::scheduler.</remarks>
public readonly record struct SchedulerAnswer(int Status, string Text)
{
    public static SchedulerAnswer Ok { get; } = new(200, "");

    public static SchedulerAnswer Accepted { get; } = new(202, "");

    public static SchedulerAnswer BadRequest(string text) => new(400, text);

    public static SchedulerAnswer Forbidden(string text) => new(403, text);

    public static SchedulerAnswer NotImplemented { get; } = new(501, "501 Not Implemented.");

    public static SchedulerAnswer Unavailable(string text) => new(503, text);
}
