using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Timing;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Shim.Master.Tasks;

/// <summary>
/// Tasks of frameworks that are gone for good. Nobody is told how they end, but they end, and until then what they hold is not free.
/// </summary>
internal sealed class Orphans(Turn turn, Deadlines deadlines, TaskBook book)
{
    private readonly Dictionary<TaskKey, LaunchedTask> _orphans = [];

    /// <summary>Ends all tasks of a framework that has been removed.</summary>
    public void Adopt(Framework framework)
    {
        foreach (var task in framework.Tasks.Values.Concat(framework.UnreachableTasks.Values).ToArray())
        {
            Adopt(task);
        }
    }

    public void Adopt(LaunchedTask task)
    {
        deadlines.Cancel(task.Resend);
        book.Orphan(task);
        if (task.IsTerminal || task.Agent.State == AgentState.Removed)
        {
            End(task);
            return;
        }

        _orphans[task.Key] = task;
        turn.Add(new MasterEffect.Kill(task.Key, task.Agent.Id, Grace: null));
    }

    /// <returns>False if this is not an orphan.</returns>
    public bool Observe(TaskKey key, IEnumerable<TaskStatus> statuses)
    {
        if (!_orphans.TryGetValue(key, out var task))
        {
            return false;
        }

        if (statuses.Any(s => TaskStates.IsTerminal(s.State)))
        {
            End(task);
        }

        return true;
    }

    /// <summary>It is over: it was refused, or has vanished.</summary>
    /// <returns>False if this is not an orphan.</returns>
    public bool End(TaskKey key) => _orphans.TryGetValue(key, out var task) && End(task);

    /// <summary>An agent is gone, and with it its orphans.</summary>
    public void AgentGone(KnownAgent agent)
    {
        foreach (var task in agent.Tasks.Values.Where(t => _orphans.ContainsKey(t.Key)).ToArray())
        {
            End(task);
        }
    }

    private bool End(LaunchedTask task)
    {
        _orphans.Remove(task.Key);
        book.Bury(task);
        turn.Add(new MasterEffect.Release(task.Key));
        return true;
    }
}
