using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Shim.Master.Tasks;

/// <summary>Tells a framework what the master believes about its tasks.</summary>
/// <remarks>Mesos: src/master/master.cpp, Master::reconcile.</remarks>
internal sealed class Reconciliation(Turn turn, Outbox outbox, AgentTable agents)
{
    public void Answer(Framework framework, Call.Types.Reconcile call)
    {
        if (call.Tasks.Count == 0)
        {
            foreach (var task in framework.Tasks.Values)
            {
                outbox.Update(framework, LatestOf(task));
            }

            return;
        }

        foreach (var asked in call.Tasks)
        {
            Answer(framework, asked.TaskId.Value, asked.AgentId is { } agent ? new AgentId(agent.Value) : null);
        }
    }

    public void Answer(Framework framework, string task, AgentId? agent)
    {
        if (framework.Tasks.TryGetValue(new TaskId(task), out var known))
        {
            outbox.Update(framework, LatestOf(known));
        }
        else if (StateOfUnknown(framework, agent) is { } answer)
        {
            var status = MasterStatus.Of(task, agent, answer.State, Reason.Reconciliation, answer.Message, turn.Now);
            if (answer.Since is { } since)
            {
                status.UnreachableTime = MasterStatus.Nanoseconds(since);
            }

            outbox.Update(framework, status);
        }
    }

    /// <returns>Null where nothing can be said yet.</returns>
    private (TaskState State, string Message, DateTimeOffset? Since)? StateOfUnknown(Framework framework, AgentId? id)
    {
        var agent = id is { } named ? agents.Find(named) : null;
        var silent = id is null ? agents.Awaited > 0 : agent?.State == AgentState.Awaited;
        return agent?.State switch
        {
            _ when silent => null,
            AgentState.Registered => (Or(TaskState.TaskGone), "Reconciliation: Task is unknown to the agent", null),
            AgentState.Unreachable => (Or(TaskState.TaskUnreachable), "Reconciliation: Task is unreachable", agent.UnreachableSince),
            _ when id is { } gone && agents.IsGone(gone) => (Or(TaskState.TaskGoneByOperator), "Reconciliation: Task is gone", null),
            _ => (Or(TaskState.TaskUnknown), "Reconciliation: Task is unknown", null),
        };

        TaskState Or(TaskState aware) => framework.Traits.PartitionAware ? aware : TaskState.TaskLost;
    }

    private TaskStatus LatestOf(LaunchedTask task)
    {
        var status = MasterStatus.Of(task, task.ReportedState, Reason.Reconciliation, "Reconciliation: Latest task state", turn.Now);
        if (task.Latest is { } latest)
        {
            if (latest.HasHealthy)
            {
                status.Healthy = latest.Healthy;
            }

            status.CheckStatus = latest.CheckStatus;
            status.ContainerStatus = latest.ContainerStatus;
        }

        return status;
    }
}
