using Google.Protobuf;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Timing;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Shim.Master.Tasks;

/// <summary>One task from its launch until its end has been acknowledged.</summary>
internal sealed class LaunchedTask(
    Framework framework, KnownAgent agent, TaskInfo info, RunningExecutor? executor, string role, Resources resources)
{
    public TaskKey Key { get; } = new(framework.Id, new TaskId(info.TaskId.Value));

    public Framework Framework { get; } = framework;

    public KnownAgent Agent { get; } = agent;

    public TaskInfo Info { get; } = info;

    /// <summary>The executor of its group; null for a command task.</summary>
    public RunningExecutor? Executor { get; } = executor;

    public string Role { get; } = role;

    public Resources Resources { get; } = resources;

    /// <summary>Whether <see cref="Resources"/> count as used on the agent.</summary>
    public bool HoldsResources { get; set; }

    /// <summary>The newest state known, which may be ahead of what its framework has been told.</summary>
    public TaskState State { get; set; } = TaskState.TaskStaging;

    /// <summary>While its agent is out of reach: the state its framework has been told instead.</summary>
    public TaskState? Missing { get; set; }

    /// <summary>The newest status known; null while it is being staged.</summary>
    public TaskStatus? Latest { get; set; }

    /// <summary>State of the update that was sent last, if any: what reconciliation tells.</summary>
    public TaskState? ForwardedState { get; set; }

    public UpdateStream Updates { get; } = new();

    /// <summary>Its end was declared by the master while the framework was away; told when it comes back, then forgotten.</summary>
    public TaskStatus? Owed { get; set; }

    /// <summary>When the head of its updates is sent again.</summary>
    public Deadline? Resend { get; set; }

    /// <summary>Its workload is not there any more, and nobody saw it end: what is known of that. Null if it is there.</summary>
    public string? Vanished { get; set; }

    /// <summary>Its place among the losses that are not told yet; see <see cref="LossBreaker"/>.</summary>
    public LinkedListNode<LaunchedTask>? Held { get; set; }

    /// <summary>When its loss was declared, if it was: by the bound, or by an administrator.</summary>
    public DateTimeOffset? LossCountedAt { get; set; }

    /// <summary>What the master had to say about it while its framework was away; told when it comes back, unless it is outdated.</summary>
    public TaskStatus? Untold { get; set; }

    /// <summary>Its framework was told, in one way or other, that it is lost with its agent, and nothing else since.</summary>
    public bool BelievedLost { get; set; }

    /// <summary>Its framework wants it ended, but its agent was out of reach: it is told when it is back.</summary>
    public bool KillWanted { get; set; }

    public bool IsTerminal => TaskStates.IsTerminal(State);

    /// <summary>Its framework takes it for lost or gone: should it turn up again, nobody wants it.</summary>
    public bool IsDeclaredLost =>
        Missing is TaskState.TaskLost || State is TaskState.TaskLost or TaskState.TaskGone or TaskState.TaskGoneByOperator;

    public TaskState ReportedState => ForwardedState ?? State;
}

/// <summary>The updates of one task that have not been acknowledged, oldest first.</summary>
/// <remarks>Mesos: src/slave/task_status_update_manager.cpp, TaskStatusUpdateStream.</remarks>
internal sealed class UpdateStream
{
    private readonly Queue<TaskStatus> _waiting = new(capacity: 0);
    private readonly List<ByteString> _seen = new(capacity: 0);

    /// <summary>The only one that is sent; null if all are acknowledged.</summary>
    public TaskStatus? Head => _waiting.TryPeek(out var head) ? head : null;

    public IReadOnlyList<ByteString> Seen => _seen;

    /// <returns>False if an update with this uuid has been seen before.</returns>
    public bool Notice(ByteString uuid)
    {
        if (_seen.Contains(uuid))
        {
            return false;
        }

        _seen.Add(uuid);
        return true;
    }

    public void NoticeAll(IEnumerable<ByteString> uuids) => _seen.AddRange(uuids);

    public void Add(TaskStatus status) => _waiting.Enqueue(status);

    public TaskStatus Acknowledge() => _waiting.Dequeue();
}
