using System.Collections.Immutable;
using Google.Protobuf;
using MesosK8sBridge.Protocol.V1;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Operator.Execute;

/// <summary>One task of an <see cref="Execution"/>: where it is, and what was heard of it.</summary>
internal sealed class TrackedTask(TaskInfo template)
{
    private readonly List<SeenStatus> _statuses = [];
    private readonly HashSet<ByteString> _seen = [];

    public TaskInfo Template { get; } = template;

    public string Id => Template.TaskId.Value;

    public AgentID? Agent { get; private set; }

    public string Hostname { get; private set; } = "";

    /// <summary>When the next KILL is due; null if none is.</summary>
    public DateTimeOffset? KillDue { get; set; }

    public bool KillRequested { get; set; }

    /// <summary>Its agent is known to have got it.</summary>
    public bool Reached { get; private set; }

    public TaskState? State => _statuses is [.., var last] ? last.Status.State : null;

    /// <summary>Nothing more is to be expected of it, unless it is launched again.</summary>
    public bool Ended => State is { } state && (state.IsTerminal() || (state == TaskState.TaskUnknown && !Reached));

    public void LaunchedOn(Offer offer)
    {
        Agent = offer.AgentId;
        Hostname = offer.Hostname;
        _statuses.Clear();
        _seen.Clear();
    }

    /// <returns>False if it is a repetition: nothing to tell anybody.</returns>
    public bool Observe(TaskStatus status, DateTimeOffset now)
    {
        var repeated = status.HasUuid && !_seen.Add(status.Uuid);
        if (repeated || Ended || IsEcho(status))
        {
            return false;
        }

        Reached |= status.HasUuid || ShowsLife(status.State);
        _statuses.Add(new SeenStatus(now, status));
        return true;
    }

    /// <summary>The answer to a RECONCILE tells what an update told or will tell.</summary>
    private bool IsEcho(TaskStatus status) =>
        _statuses is [.., var last] && last.Status.State == status.State && !(last.Status.HasUuid && status.HasUuid);

    private static bool ShowsLife(TaskState state) => state is
        TaskState.TaskStarting or TaskState.TaskRunning or TaskState.TaskKilling or
        TaskState.TaskFinished or TaskState.TaskFailed or TaskState.TaskKilled or TaskState.TaskUnreachable;

    public TaskResult Result() => new(Id, Hostname, KillRequested, [.. _statuses]);
}

/// <summary>One workload of the plan while it is carried out.</summary>
internal sealed class TrackedWorkload(Workload plan)
{
    public Workload Plan { get; } = plan;

    public ImmutableArray<TrackedTask> Tasks { get; } = [.. plan.Tasks.Select(task => new TrackedTask(task))];

    /// <summary>It needs an offer.</summary>
    public bool Waiting { get; set; } = true;

    public int Launches { get; set; }
}
