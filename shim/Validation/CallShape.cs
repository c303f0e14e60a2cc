using Google.Protobuf;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using CallType = MesosK8sBridge.Protocol.V1.Scheduler.Call.Types.Type;

namespace MesosK8sBridge.Shim.Validation;

/// <summary>Whether a scheduler call has the parts its type needs: all that can be told without knowing the master's state.</summary>
/// <remarks>Mesos: src/master/validation.cpp, <c>scheduler::call::validate</c>.</remarks>
public static class CallShape
{
    /// <param name="principal">The authenticated principal, or null where nobody was asked.</param>
    /// <returns>What is wrong, in Mesos' words; null if nothing is.</returns>
    public static string? Check(Call call, string? principal) =>
        !call.HasType ? Missing("type")
        : call.Type == CallType.Subscribe ? CheckSubscribe(call, principal)
        : call.FrameworkId is null && Enum.IsDefined(call.Type) ? Missing("framework_id")
        : CheckBody(call);

    private static string? CheckSubscribe(Call call, string? principal)
    {
        if (call.Subscribe is not { } subscribe)
        {
            return Missing("subscribe");
        }

        var info = subscribe.FrameworkInfo;
        if (!SameId(info.Id, call.FrameworkId))
        {
            return "'framework_id' differs from 'subscribe.framework_info.id'";
        }

        return principal is not null && info.HasPrincipal && info.Principal != principal
            ? $"Authenticated principal '{principal}' does not match principal '{info.Principal}' set in `FrameworkInfo`"
            : null;
    }

    private static string? CheckBody(Call call) => call.Type switch
    {
        CallType.Accept => Need(call.Accept, "accept"),
        CallType.Decline => Need(call.Decline, "decline"),
        CallType.AcceptInverseOffers => Need(call.AcceptInverseOffers, "accept_inverse_offers"),
        CallType.DeclineInverseOffers => Need(call.DeclineInverseOffers, "decline_inverse_offers"),
        CallType.Kill => Need(call.Kill, "kill"),
        CallType.Shutdown => Need(call.Shutdown, "shutdown"),
        CallType.Acknowledge => Need(call.Acknowledge, "acknowledge") ?? CheckUuid(call.Acknowledge.Uuid),
        CallType.AcknowledgeOperationStatus => CheckOperationAcknowledgement(call.AcknowledgeOperationStatus),
        CallType.Reconcile => Need(call.Reconcile, "reconcile"),
        CallType.ReconcileOperations => Need(call.ReconcileOperations, "reconcile_operations"),
        CallType.Message => Need(call.Message, "message"),
        CallType.Request => Need(call.Request, "request"),
        CallType.UpdateFramework => CheckUpdateFramework(call),
        CallType.Teardown or CallType.Revive or CallType.Suppress or CallType.Unknown => null,

        // A number Mesos has no name for: its decoder leaves such a field unset.
        _ => Missing("type"),
    };

    private static string? CheckOperationAcknowledgement(Call.Types.AcknowledgeOperationStatus? acknowledgement) =>
        Need(acknowledgement, "acknowledge_operation_status")
        ?? CheckUuid(acknowledgement!.Uuid)
        ?? Need(acknowledgement.AgentId, "agent_id");

    private static string? CheckUpdateFramework(Call call) =>
        Need(call.UpdateFramework, "update_framework")
        ?? (SameId(call.UpdateFramework.FrameworkInfo.Id, call.FrameworkId)
            ? null
            : "'framework_id' differs from 'update_framework.framework_info.id'");

    private static string? CheckUuid(ByteString uuid) => MesosUuid.TryParse(uuid, out _) ? null : MesosUuid.Complaint;

    /// <remarks>Mesos compares values, so that an unset id equals an empty one.</remarks>
    private static bool SameId(FrameworkID? one, FrameworkID? other) => (one?.Value ?? "") == (other?.Value ?? "");

    private static string? Need(object? part, string name) => part is null ? Missing(name) : null;

    private static string Missing(string name) => $"Expecting '{name}' to be present";
}
