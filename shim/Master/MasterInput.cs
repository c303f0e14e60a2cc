using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Shim.Master;

/// <summary>All that can happen to the master. Its state changes by these and by nothing else.</summary>
public abstract record MasterInput
{
    private MasterInput()
    {
    }

    // ---- from frameworks, through a front end that has checked the call's shape (validation 11.1) ----

    /// <summary>A framework opened a stream; the 200 with its stream id is already on the way.</summary>
    /// <param name="Principal">The authenticated principal, or null where nobody was asked.</param>
    public sealed record Subscribe(StreamId Stream, Call.Types.Subscribe Call, string? Principal) : MasterInput;

    /// <summary>Any call but SUBSCRIBE. Answered by exactly one <see cref="MasterEffect.Answer"/>.</summary>
    /// <param name="Stream">The raw value of <c>Mesos-Stream-Id</c>, or null if the header is missing.</param>
    public sealed record SchedulerCall(RequestId Request, Call Call, string? Stream, string? Principal) : MasterInput;

    /// <summary>The connection behind a stream is gone, or was too slow and has been cut.</summary>
    public sealed record StreamClosed(StreamId Stream) : MasterInput;

    // ---- from the cluster ----

    /// <summary>An agent is there and looks like this: new, changed or back again. Repeating it changes nothing.</summary>
    public sealed record AgentObserved(Agent Agent) : MasterInput;

    /// <summary>
    /// An agent has been silent for longer than its grace; its tasks may still run. Bounded by <see cref="MasterOptions.MaxLosses"/>.
    /// </summary>
    public sealed record AgentUnreachable(AgentId Agent, DateTimeOffset Since) : MasterInput;

    /// <summary>
    /// An agent is gone for ever, and with it everything that ran on it: what Mesos' operators say by marking an agent gone. Bounded by
    /// <see cref="MasterOptions.MaxLosses"/>; an agent that is observed again meanwhile was not gone.
    /// </summary>
    public sealed record AgentRemoved(AgentId Agent) : MasterInput;

    /// <summary>
    /// What is known of a task, oldest first, each status with its uuid. Level-triggered: statuses already seen are ignored.
    /// </summary>
    public sealed record TaskObserved(TaskKey Task, ImmutableArray<TaskStatus> Statuses) : MasterInput;

    /// <summary>A launch came to nothing: no workload was made and none will be.</summary>
    /// <param name="Reason">E.g. <c>REASON_INVALID_OFFERS</c> for resources that are no longer there.</param>
    /// <param name="Failed">True: TASK_FAILED (it would fail again). False: TASK_DROPPED or TASK_LOST (worth another offer).</param>
    public sealed record LaunchRefused(TaskKey Task, bool Failed, TaskStatus.Types.Reason Reason, string Message) : MasterInput
    {
        /// <summary>The task itself is at fault: TASK_ERROR, which is all that these reasons are used with.</summary>
        /// <remarks>Mesos: docs/task-state-reasons.md.</remarks>
        public bool IsError => Failed && Reason is TaskStatus.Types.Reason.TaskInvalid or TaskStatus.Types.Reason.TaskUnauthorized
            or TaskStatus.Types.Reason.TaskGroupInvalid or TaskStatus.Types.Reason.TaskGroupUnauthorized;
    }

    /// <summary>
    /// A task's workload is no longer there and nobody has seen it end. Bounded by <see cref="MasterOptions.MaxLosses"/>: a cluster
    /// that suddenly shows nothing is more likely wrong than empty.
    /// </summary>
    /// <param name="Message">For the framework, e.g. who or what removed it, as far as that is known.</param>
    public sealed record TaskVanished(TaskKey Task, string Message) : MasterInput;

    // ---- from the store, while recovering ----

    /// <summary>A registration of an earlier life of the master. Only before <see cref="RecoveryCompleted"/>.</summary>
    public sealed record FrameworkRecovered(FrameworkRegistration Registration) : MasterInput;

    /// <summary>
    /// A task launched by an earlier life of the master, with what is known of it. Before <see cref="RecoveryCompleted"/>;
    /// later only for one that was found late, which is adopted as Mesos adopts the tasks of an agent that registers late.
    /// </summary>
    /// <param name="AgentId">Where it runs; that agent may not have been observed yet.</param>
    /// <param name="Executor">The executor of the task's group, or null for a command task.</param>
    public sealed record TaskRecovered(
        FrameworkId Framework, AgentId AgentId, TaskInfo Task, ExecutorInfo? Executor, ImmutableArray<TaskStatus> Statuses) : MasterInput;

    /// <summary>All agents, tasks and registrations that existed have been given; frameworks may come.</summary>
    public sealed record RecoveryCompleted : MasterInput;

    // ---- from administrators ----

    /// <summary>The whole set of rules for who may register, replacing the one before.</summary>
    public sealed record PoliciesReplaced(ImmutableArray<FrameworkPolicy> Policies) : MasterInput;

    /// <summary>The whole set of roles with a weight or a quota, replacing the one before; all others have weight 1 and no quota.</summary>
    public sealed record RolesReplaced(ImmutableArray<RolePolicy> Roles) : MasterInput;

    /// <summary>An administrator confirms that the tasks whose loss is held back are lost indeed.</summary>
    public sealed record LossesConfirmed(FrameworkId Framework) : MasterInput;

    /// <summary>An administrator ends a framework: as if it had called TEARDOWN.</summary>
    public sealed record TeardownRequested(FrameworkId Framework) : MasterInput;

    // ---- time ----

    /// <summary>Nothing but time has passed. Due whenever <see cref="MesosMaster.NextDeadline"/> has come.</summary>
    public sealed record Tick : MasterInput;
}
