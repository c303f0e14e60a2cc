using Google.Protobuf.Collections;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Offers;
using MesosK8sBridge.Shim.Master.Snapshots;
using MesosK8sBridge.Shim.Master.Tasks;
using MesosK8sBridge.Shim.Master.Validation;
using CallType = MesosK8sBridge.Protocol.V1.Scheduler.Call.Types.Type;

namespace MesosK8sBridge.Shim.Master.Calls;

/// <summary>Every call but SUBSCRIBE: first its answer, then what it does.</summary>
/// <remarks>Mesos: src/master/http.cpp, Master::Http::scheduler; src/master/master.cpp.</remarks>
internal sealed class SchedulerCalls(
    Turn turn,
    CallGate gate,
    FrameworkUpdate update,
    Presence presence,
    Acceptance acceptance,
    InverseOfferBook inverseOffers,
    IAllocator allocator,
    StatusUpdates updates,
    Reconciliation reconciliation,
    OperationReconciliation operations,
    Killing killing)
{
    public void Handle(MasterInput.SchedulerCall input)
    {
        if (gate.Check(input, out var framework) is { } refusal)
        {
            Answer(input, refusal);
            return;
        }

        if (input.Call.Type == CallType.UpdateFramework)
        {
            var error = update.Check(framework!, input.Call.UpdateFramework, out var policy);
            Answer(input, error ?? SchedulerAnswer.Ok);
            if (error is null)
            {
                update.Apply(framework!, input.Call.UpdateFramework, policy);
            }

            return;
        }

        // A call is accepted before it is judged: what is wrong with it is only told by events.
        var known = input.Call.Type is not (CallType.Unknown or CallType.Subscribe);
        Answer(input, known ? SchedulerAnswer.Accepted : SchedulerAnswer.NotImplemented);
        Do(framework!, input.Call);
    }

    private void Answer(MasterInput.SchedulerCall input, SchedulerAnswer answer) =>
        turn.Add(new MasterEffect.Answer(input.Request, answer));

    private void Do(Framework framework, Call call)
    {
        switch (call.Type)
        {
            case CallType.Teardown:
                presence.Remove(framework, FrameworkOccasion.TornDown);
                break;
            case CallType.Accept:
                acceptance.Accept(framework, call.Accept);
                break;
            case CallType.Decline:
                acceptance.Decline(framework, call.Decline);
                break;
            case CallType.Revive:
                IfRolesFit(framework, call.Revive?.Roles, roles => Revive(framework, roles));
                break;
            case CallType.Suppress:
                IfRolesFit(framework, call.Suppress?.Roles, roles => allocator.Suppress(framework, roles));
                break;
            case CallType.Kill:
                killing.Kill(framework, call.Kill);
                break;
            case CallType.Shutdown:
                killing.Shutdown(framework, call.Shutdown);
                break;
            case CallType.Acknowledge:
                updates.Acknowledge(framework, call.Acknowledge);
                break;
            case CallType.Reconcile:
                reconciliation.Answer(framework, call.Reconcile);
                break;
            case CallType.AcceptInverseOffers:
                inverseOffers.Answer(
                    framework, call.AcceptInverseOffers.InverseOfferIds, MaintenanceAnswer.Accepted, call.AcceptInverseOffers.Filters);
                break;
            case CallType.DeclineInverseOffers:
                inverseOffers.Answer(
                    framework, call.DeclineInverseOffers.InverseOfferIds, MaintenanceAnswer.Declined, call.DeclineInverseOffers.Filters);
                break;
            case CallType.ReconcileOperations:
                operations.Answer(framework, call.ReconcileOperations);
                break;

            // Left over: MESSAGE, since no executor here listens; REQUEST, which Mesos' allocator ignores, too;
            // ACKNOWLEDGE_OPERATION_STATUS, since no update of an operation here asks for it.
            default:
                break;
        }
    }

    private void Revive(Framework framework, IReadOnlyCollection<string> roles)
    {
        allocator.Revive(framework, roles);
        inverseOffers.Revive(framework);
    }

    /// <summary>No roles mean all; one wrong role makes the whole call void.</summary>
    private static void IfRolesFit(Framework framework, RepeatedField<string>? named, Action<IReadOnlyCollection<string>> act)
    {
        if (named is null || named.Count == 0)
        {
            act(framework.Traits.Roles);
        }
        else if (named.All(role => Roles.Validate(role) is null && framework.Traits.Roles.Contains(role)))
        {
            act(named);
        }
    }
}
