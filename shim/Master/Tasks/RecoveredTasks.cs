using Google.Protobuf;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Shim.Master.Tasks;

/// <summary>Tasks that an earlier life of the master has launched, and tasks that nobody owns.</summary>
internal sealed class RecoveredTasks(
    Turn turn, FrameworkTable frameworks, AgentTable agents, Ledger ledger, StatusUpdates updates)
{
    /// <summary>Of frameworks whose registration is not known: they wait for it to subscribe.</summary>
    private readonly Dictionary<FrameworkId, Dictionary<TaskId, MasterInput.TaskRecovered>> _unclaimed = [];

    public void Recover(MasterInput.TaskRecovered input)
    {
        var task = new TaskId(input.Task.TaskId.Value);
        if (frameworks.Find(input.Framework) is { } framework)
        {
            Enter(framework, input);
        }
        else if (frameworks.IsCompleted(input.Framework))
        {
            End(new TaskKey(input.Framework, task), input.AgentId, input.Statuses);
        }
        else
        {
            if (!_unclaimed.TryGetValue(input.Framework, out var tasks))
            {
                _unclaimed.Add(input.Framework, tasks = []);
            }

            if (tasks.TryAdd(task, input) && !HasEnded(input.Statuses))
            {
                Ledger.HoldUnclaimed(agents.FindOrAwait(input.AgentId), Resources.From(input.Task.Resources).Unallocate());
            }
        }
    }

    /// <summary>A framework is known now: what it had launched is its own again.</summary>
    public void HandTo(Framework framework)
    {
        if (_unclaimed.Remove(framework.Id, out var tasks))
        {
            foreach (var input in tasks.Values)
            {
                FreeUnclaimed(input);
                if (HasEnded(input.Statuses) || agents.Find(input.AgentId) is not null)
                {
                    Enter(framework, input);
                }
                else
                {
                    // Its agent has been removed since, and the task with it.
                    turn.Add(new MasterEffect.Release(new TaskKey(framework.Id, new TaskId(input.Task.TaskId.Value))));
                }
            }
        }
    }

    /// <summary>Something is seen of a task that no framework has.</summary>
    public void ObserveStray(MasterInput.TaskObserved input)
    {
        if (_unclaimed.TryGetValue(input.Task.Framework, out var tasks) && tasks.TryGetValue(input.Task.Task, out var waiting))
        {
            if (HasEnded(input.Statuses))
            {
                FreeUnclaimed(waiting);
            }

            tasks[input.Task.Task] = waiting with { Statuses = input.Statuses };
            return;
        }

        var isOver = frameworks.IsCompleted(input.Task.Framework);
        if (frameworks.Find(input.Task.Framework)?.CompletedTasks.Find(input.Task.Task) is { } seen)
        {
            isOver = input.Statuses.Any(s => !seen.Contains(s.Uuid));
        }

        // What is not known to be over may be a task that was found late: it is left alone until it is recovered.
        if (isOver && !input.Statuses.IsEmpty)
        {
            End(input.Task, new AgentId(input.Statuses[^1].AgentId?.Value ?? ""), input.Statuses);
        }
    }

    /// <summary>Nobody will ever hear of it: it is ended, or let go if it has ended.</summary>
    private void End(TaskKey key, AgentId agent, IEnumerable<TaskStatus> statuses) =>
        turn.Add(HasEnded(statuses)
            ? new MasterEffect.Release(key)
            : new MasterEffect.Kill(key, agent, Grace: null));

    private void FreeUnclaimed(MasterInput.TaskRecovered input)
    {
        if (!HasEnded(input.Statuses) && agents.Find(input.AgentId) is { } agent)
        {
            Ledger.FreeUnclaimed(agent, Resources.From(input.Task.Resources).Unallocate());
        }
    }

    private static bool HasEnded(IEnumerable<TaskStatus> statuses) => statuses.Any(s => TaskStates.IsTerminal(s.State));

    private void Enter(Framework framework, MasterInput.TaskRecovered input)
    {
        if (framework.Tasks.ContainsKey(new TaskId(input.Task.TaskId.Value)))
        {
            return;
        }

        // For what has ended no agent is awaited.
        var agent = agents.Find(input.AgentId)
            ?? (HasEnded(input.Statuses) ? new KnownAgent(input.AgentId) : agents.FindOrAwait(input.AgentId));
        var role = RoleOf(framework, input.Task);
        var executor = input.Executor is { } info ? TaskBook.ExecutorFor(framework, agent, info, role) : null;
        var task = new LaunchedTask(framework, agent, input.Task, executor, role, Resources.From(input.Task.Resources).Unallocate());
        TaskBook.Enter(task);
        if (agent.State != AgentState.Unreachable)
        {
            ledger.Hold(task);
        }

        foreach (var status in input.Statuses.Except(StatusUpdates.LatestOf(input.Statuses)))
        {
            task.Updates.Notice(status.Uuid);
        }

        updates.Observe(task, input.Statuses);
    }

    private static string RoleOf(Framework framework, TaskInfo task) =>
        task.Resources.Select(r => r.AllocationInfo?.Role).OfType<string>().FirstOrDefault()
        ?? framework.Traits.Roles.FirstOrDefault()
        ?? "*";
}
