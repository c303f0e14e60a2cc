using System.Collections.Immutable;
using Google.Protobuf;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol.V1;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Chaos.Frameworks;

/// <summary>
/// What one framework has launched, and what it was told of it. Every task must come to one end: a terminal update that was acknowledged,
/// or the word of a reconciliation that there is no such task. Thread-safe.
/// </summary>
internal sealed class TaskLedger(string framework)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _tasks = [];
    private readonly List<string> _wrongs = [];

    public long Updates { get; private set; }

    /// <summary>Updates that came again with the uuid of one that was acknowledged: legal after a crash.</summary>
    public long Repeated { get; private set; }

    /// <summary>Tasks that a reconciliation knew nothing of, and that turned up all the same: the launch was still on its way.</summary>
    public long TurnedUp { get; private set; }

    public ImmutableArray<Entry> All => Read(() => _tasks.Values.Select(task => task with { }).ToImmutableArray());

    public ImmutableArray<Entry> Open => [.. All.Where(task => !task.IsOver)];

    /// <summary>What must not happen and has, in words.</summary>
    public ImmutableArray<string> Wrongs => Read(() => _wrongs.ToImmutableArray());

    public void Launched(string task, AgentID agent, TaskState wanted, DateTimeOffset now) =>
        Do(() => _tasks.Add(task, new Entry(task, agent, wanted, now)));

    public void Acknowledged(string task, ByteString uuid) => Do(() =>
    {
        if (_tasks.TryGetValue(task, out var entry) && entry.End == uuid)
        {
            entry.IsAcknowledged = true;
        }
    });

    public void Wrong(string what) => Do(() => _wrongs.Add($"{framework}: {what}"));

    public void Note(TaskStatus status, DateTimeOffset now) => Do(() =>
    {
        Updates++;
        if (!_tasks.TryGetValue(status.TaskId.Value, out var task))
        {
            _wrongs.Add($"{framework}: {status.State.Word()} of {status.TaskId.Value}, which was never launched");
        }
        else if (!status.HasUuid)
        {
            NoteAnswer(task, status);
        }
        else
        {
            NoteUpdate(task, status, now);
        }
    });

    /// <summary>Without a uuid: the master's own word, of a reconciliation or of a launch that came to nothing.</summary>
    private static void NoteAnswer(Entry task, TaskStatus status)
    {
        if (task.End is null && (status.State.IsTerminal() || status.State == TaskState.TaskUnknown))
        {
            task.NeverWas = $"{status.State.Word()} {status.Reason.Word()}: {status.Message}";
        }
    }

    private void NoteUpdate(Entry task, TaskStatus status, DateTimeOffset now)
    {
        if (task.NeverWas is not null)
        {
            task.NeverWas = null;
            TurnedUp++;
        }

        if (task.End is { } end)
        {
            Repeated += end == status.Uuid ? 1 : 0;
            if (end != status.Uuid && (task.IsAcknowledged || status.State.IsTerminal()))
            {
                _wrongs.Add($"{framework}: {Words(status)} of {task.Id} after {task.State.Word()}, which was {(task.IsAcknowledged ? "" : "not ")}acknowledged");
            }

            return;
        }

        (task.State, task.Since) = (status.State, now);
        if (status.State.IsTerminal())
        {
            task.End = status.Uuid;
            if (status.State != task.Wanted)
            {
                _wrongs.Add($"{framework}: {task.Id} should have ended as {task.Wanted.Word()}, and did as {Words(status)}");
            }
        }
    }

    private static string Words(TaskStatus status) => $"{status.State.Word()} {status.Reason.Word()} '{status.Message}'";

    private T Read<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }

    private void Do(Action action)
    {
        lock (_gate)
        {
            action();
        }
    }

    /// <param name="Wanted">How it ends unless something is lost.</param>
    internal sealed record Entry(string Id, AgentID Agent, TaskState Wanted, DateTimeOffset LaunchedAt)
    {
        public TaskState State { get; set; } = TaskState.TaskStaging;

        /// <summary>Of <see cref="State"/>.</summary>
        public DateTimeOffset Since { get; set; } = LaunchedAt;

        /// <summary>The uuid of its terminal update.</summary>
        public ByteString? End { get; set; }

        public bool IsAcknowledged { get; set; }

        /// <summary>In whose words; null: it is or was, as far as is known.</summary>
        public string? NeverWas { get; set; }

        public bool IsOver => IsAcknowledged || NeverWas is not null;
    }
}
