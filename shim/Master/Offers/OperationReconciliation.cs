using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;

namespace MesosK8sBridge.Shim.Master.Offers;

/// <summary>Tells a framework about operations. None ever outlives its ACCEPT here, so all that is asked for is unknown.</summary>
/// <remarks>Mesos: src/master/master.cpp, Master::reconcileOperations.</remarks>
internal sealed class OperationReconciliation(Outbox outbox, AgentTable agents)
{
    public void Answer(Framework framework, Call.Types.ReconcileOperations call)
    {
        foreach (var asked in call.Operations)
        {
            var (state, message) = StateOf(asked.AgentId is { } id ? new AgentId(id.Value) : null);
            var status = new OperationStatus { OperationId = asked.OperationId, State = state, Message = message };
            status.AgentId = asked.AgentId;
            status.ResourceProviderId = asked.ResourceProviderId;
            outbox.Operation(framework, status);
        }
    }

    private (OperationState State, string Message) StateOf(AgentId? id)
    {
        if (id is not { } named)
        {
            return (OperationState.OperationUnknown, "Reconciliation: Operation is unknown and no 'agent_id' was provided");
        }

        return agents.Find(named)?.State switch
        {
            AgentState.Awaited => (OperationState.OperationRecovering, "Reconciliation: Agent is recovered but has not re-registered"),
            AgentState.Registered => (OperationState.OperationUnknown, "Reconciliation: Operation is unknown"),
            AgentState.Unreachable => (OperationState.OperationUnreachable, "Reconciliation: Agent is unreachable"),
            _ when agents.IsGone(named) => (OperationState.OperationGoneByOperator, "Reconciliation: Agent marked gone by operator"),
            _ => (OperationState.OperationUnknown, "Reconciliation: Both operation and agent are unknown"),
        };
    }
}
