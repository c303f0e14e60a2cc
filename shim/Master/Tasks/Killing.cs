using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;

namespace MesosK8sBridge.Shim.Master.Tasks;

/// <summary>KILL and SHUTDOWN.</summary>
/// <remarks>Mesos: src/master/master.cpp, Master::kill and Master::shutdown.</remarks>
internal sealed class Killing(Turn turn, AgentTable agents, Reconciliation reconciliation)
{
    public void Kill(Framework framework, Call.Types.Kill call)
    {
        var named = call.AgentId is { } id ? new AgentId(id.Value) : (AgentId?)null;
        if (!framework.Tasks.TryGetValue(new TaskId(call.TaskId.Value), out var task))
        {
            reconciliation.Answer(framework, call.TaskId.Value, named);
            return;
        }

        if (named is null || named == task.Agent.Id)
        {
            Kill(task, GraceOf(call));
        }
    }

    /// <summary>Ends an executor by ending its tasks; that of a command task has the task's own id.</summary>
    public void Shutdown(Framework framework, Call.Types.Shutdown call)
    {
        if (agents.Find(new AgentId(call.AgentId.Value)) is not { State: AgentState.Registered } agent)
        {
            return;
        }

        foreach (var task in agent.Tasks.Values.Where(t => t.Framework == framework))
        {
            if ((task.Executor?.Info.ExecutorId.Value ?? task.Key.Task.Value) == call.ExecutorId.Value)
            {
                Kill(task, grace: null);
            }
        }
    }

    private void Kill(LaunchedTask task, TimeSpan? grace)
    {
        if (task.IsTerminal)
        {
            return;
        }

        if (task.Agent.State == AgentState.Registered)
        {
            turn.Add(new MasterEffect.Kill(task.Key, task.Agent.Id, grace));
        }
        else
        {
            task.KillWanted = true;
        }
    }

    private static TimeSpan? GraceOf(Call.Types.Kill call) =>
        call.KillPolicy?.GracePeriod is { } period ? TimeSpan.FromTicks(Math.Max(0, period.Nanoseconds / 100)) : null;
}
