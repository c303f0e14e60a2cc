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
    Turn turn, FrameworkTable frameworks, AgentTable agents, Ledger ledger, StatusUpdates updates, Losses losses)
{
    /// <summary>Of frameworks whose registration is not known: they wait for it to subscribe.</summary>
    private readonly Dictionary<FrameworkId, Dictionary<TaskId, Unclaimed>> _unclaimed = [];

    public void Recover(MasterInput.TaskRecovered input)
    {
        var task = new TaskId(input.Task.TaskId.Value);
        if (frameworks.Find(input.Framework) is { } framework)
        {
            Adopt(framework, task, input);
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

            if (tasks.TryAdd(task, new Unclaimed(input, Vanished: null)) && !HasEnded(input.Statuses))
            {
                agents.FindOrAwait(input.AgentId);
                HoldUnclaimed(input);
            }
        }
    }

    /// <summary>Unless the framework has it already, or has been told of its end.</summary>
    private void Adopt(Framework framework, TaskId task, MasterInput.TaskRecovered input)
    {
        if (framework.Tasks.ContainsKey(task) || framework.UnreachableTasks.ContainsKey(task))
        {
            return;
        }

        if (framework.CompletedTasks.Find(task) is null)
        {
            Enter(framework, input);
        }
        else
        {
            End(new TaskKey(framework.Id, task), input.AgentId, input.Statuses);
        }
    }

    /// <summary>A framework is known now: what it had launched is its own again.</summary>
    public void HandTo(Framework framework)
    {
        if (_unclaimed.Remove(framework.Id, out var tasks))
        {
            foreach (var task in tasks.Values)
            {
                FreeUnclaimed(task);
                Enter(framework, task.Input, task.Vanished, isGone: agents.Find(task.Input.AgentId) is null);
            }
        }
    }

    /// <summary>Something is seen of a task that no framework has.</summary>
    public void ObserveStray(MasterInput.TaskObserved input)
    {
        if (_unclaimed.TryGetValue(input.Task.Framework, out var tasks) && tasks.TryGetValue(input.Task.Task, out var waiting))
        {
            FreeUnclaimed(waiting);
            tasks[input.Task.Task] = new Unclaimed(waiting.Input with { Statuses = input.Statuses }, Vanished: null);
            HoldUnclaimed(tasks[input.Task.Task].Input);
            return;
        }

        var isOver = frameworks.IsCompleted(input.Task.Framework);
        if (frameworks.Find(input.Task.Framework)?.CompletedTasks.Find(input.Task.Task) is { } completed)
        {
            isOver = completed.DeclaredLost || input.Statuses.Any(s => !completed.Seen.Contains(s.Uuid));
        }

        // What is not known to be over may be a task that was found late: it is left alone until it is recovered.
        if (isOver && !input.Statuses.IsEmpty)
        {
            End(input.Task, new AgentId(input.Statuses[^1].AgentId?.Value ?? ""), input.Statuses);
        }
    }

    /// <summary>The workload of a task that no framework has is not there any more.</summary>
    public void VanishStray(MasterInput.TaskVanished input)
    {
        if (_unclaimed.TryGetValue(input.Task.Framework, out var tasks) && tasks.TryGetValue(input.Task.Task, out var waiting))
        {
            FreeUnclaimed(waiting);
            tasks[input.Task.Task] = waiting with { Vanished = input.Message };
        }
    }

    /// <summary>Nobody will ever hear of it: it is ended, or let go if it has ended.</summary>
    private void End(TaskKey key, AgentId agent, IEnumerable<TaskStatus> statuses) =>
        turn.Add(HasEnded(statuses)
            ? new MasterEffect.Release(key)
            : new MasterEffect.Kill(key, agent, Grace: null));

    private void HoldUnclaimed(MasterInput.TaskRecovered input)
    {
        if (!HasEnded(input.Statuses) && agents.Find(input.AgentId) is { } agent)
        {
            Ledger.HoldUnclaimed(agent, Resources.From(input.Task.Resources).Unallocate());
        }
    }

    private void FreeUnclaimed(Unclaimed task)
    {
        if (task.Vanished is null && !HasEnded(task.Input.Statuses) && agents.Find(task.Input.AgentId) is { } agent)
        {
            Ledger.FreeUnclaimed(agent, Resources.From(task.Input.Task.Resources).Unallocate());
        }
    }

    private static bool HasEnded(IEnumerable<TaskStatus> statuses) => statuses.Any(s => TaskStates.IsTerminal(s.State));

    private void Enter(Framework framework, MasterInput.TaskRecovered input, string? vanished = null, bool isGone = false)
    {
        var agent = agents.Find(input.AgentId) ?? Missing(input, isGone);
        var role = RoleOf(framework, input.Task);
        var executor = input.Executor is { } info ? TaskBook.ExecutorFor(framework, agent, info, role) : null;
        var task = new LaunchedTask(framework, agent, input.Task, executor, role, Resources.From(input.Task.Resources).Unallocate());
        TaskBook.Enter(task);
        ledger.Hold(task);
        var last = StatusUpdates.LastOf(input.Statuses);
        foreach (var status in input.Statuses.Where(status => !ReferenceEquals(status, last)))
        {
            task.Updates.Notice(status.Uuid);
        }

        updates.Observe(task, input.Statuses);
        DeclareLoss(task, vanished);
    }

    private void DeclareLoss(LaunchedTask task, string? vanished)
    {
        if (vanished is not null)
        {
            losses.Vanish(task, vanished);
        }
        else if (task.Agent.State is AgentState.Unreachable or AgentState.Removed)
        {
            losses.Declare(task);
        }

        if (task.Agent.State == AgentState.Removed)
        {
            agents.Retire(task.Agent);
        }
    }

    /// <summary>For what has ended no agent is awaited; nor is one that has been removed since the task was recovered.</summary>
    private KnownAgent Missing(MasterInput.TaskRecovered input, bool isGone)
    {
        if (HasEnded(input.Statuses))
        {
            return new KnownAgent(input.AgentId);
        }

        var agent = agents.FindOrAwait(input.AgentId);
        if (isGone || agents.IsGone(input.AgentId))
        {
            agents.Enter(agent, AgentState.Removed);
        }

        return agent;
    }

    /// <param name="Vanished">What is known of the end of its workload, which nobody saw; null as long as it is there.</param>
    private sealed record Unclaimed(MasterInput.TaskRecovered Input, string? Vanished);

    private static string RoleOf(Framework framework, TaskInfo task) =>
        task.Resources.Select(r => r.AllocationInfo?.Role).OfType<string>().FirstOrDefault()
        ?? framework.Traits.Roles.FirstOrDefault()
        ?? "*";
}
