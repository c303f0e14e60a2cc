using Google.Protobuf;

namespace MesosK8sBridge.Shim.Master.Tasks;

/// <summary>A task that is over.</summary>
/// <param name="Seen">The uuids of its updates.</param>
/// <param name="DeclaredLost">Nobody saw it end: should it turn up again, it is to be ended.</param>
internal sealed record CompletedTask(IReadOnlyList<ByteString> Seen, bool DeclaredLost);

/// <summary>Tasks that are over, so that an old update is not taken for that of a new task with the same id.</summary>
/// <remarks>Mesos remembers as many completed tasks: --max_completed_tasks_per_framework.</remarks>
internal sealed class CompletedTasks
{
    private const int Capacity = 1000;

    private readonly Dictionary<TaskId, CompletedTask> _tasks = [];
    private readonly Queue<TaskId> _order = new();

    public void Remember(TaskId task, CompletedTask completed)
    {
        if (!_tasks.ContainsKey(task))
        {
            _order.Enqueue(task);
        }

        _tasks[task] = completed;
        while (_order.Count > Capacity)
        {
            _tasks.Remove(_order.Dequeue());
        }
    }

    public CompletedTask? Find(TaskId task) => _tasks.GetValueOrDefault(task);
}
