using Google.Protobuf;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;

namespace MesosK8sBridge.Simulation.Audit;

/// <summary>One launch of one task, as its framework has seen it.</summary>
internal sealed class Work(TaskKey key, string agent, DateTimeOffset launched, string? group)
{
    private readonly List<ByteString> _uuids = [];

    public TaskKey Key { get; } = key;

    public string Agent { get; } = agent;

    public DateTimeOffset LaunchedAt { get; } = launched;

    /// <summary>Its task group; null for a command task.</summary>
    public string? Group { get; } = group;

    /// <summary>How far it has come: staged 0, starting 1, running 2, killing 3, ended 4.</summary>
    public int Rank { get; private set; }

    public TaskState? State { get; private set; }

    /// <summary>Of the newest reliable update.</summary>
    public ByteString? Newest => _uuids is [.., var last] ? last : null;

    /// <summary>The one that needs an acknowledgement.</summary>
    public TaskState? End { get; private set; }

    /// <summary>The framework has sent the acknowledgement of its end.</summary>
    public bool IsAcknowledged { get; set; }

    /// <summary>It was told lost, gone, unknown or refused, in a way that needs no acknowledgement.</summary>
    public string? Written { get; set; }

    public bool KillSent { get; set; }

    /// <summary>The launch before it of a task with the same id, which was over.</summary>
    public Work? Before { get; init; }

    /// <summary>How often its framework has asked for it: more than once it should not have.</summary>
    public int Asked { get; set; } = 1;

    /// <summary>Nobody tells of it any more: its framework is gone.</summary>
    public bool IsOrphan { get; set; }

    public bool IsOver => IsAcknowledged || Written is not null || IsOrphan;

    public bool Knows(ByteString uuid) => _uuids.Contains(uuid);

    public void Take(ByteString uuid, TaskState state, int rank)
    {
        _uuids.Add(uuid);
        (State, Rank) = (state, rank);
        End = rank == 4 ? state : End;
        Written = null;
    }

    public static int RankOf(TaskState state) => state switch
    {
        TaskState.TaskStaging => 0,
        TaskState.TaskStarting => 1,
        TaskState.TaskRunning => 2,
        TaskState.TaskKilling => 3,
        _ => 4,
    };

    public override string ToString() => Key.ToString();
}
