using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Simulation.Audit;

/// <summary>What passes the master, in few words: for the hash of a run, and for its story.</summary>
internal static class Wording
{
    public static string Of(int bridge, MasterInput input) => input switch
    {
        MasterInput.SchedulerCall { Call: var call } => $"bridge {bridge} hears {call.FrameworkId?.Value} call {Of(call)}",
        MasterInput.Subscribe subscribe => $"bridge {bridge} hears SUBSCRIBE {subscribe.Call.FrameworkInfo.Name} {subscribe.Call.FrameworkInfo.Id?.Value} on {subscribe.Stream}",
        MasterInput.StreamClosed closed => $"bridge {bridge} hears that stream {closed.Stream} is closed",
        MasterInput.AgentObserved observed =>
            $"bridge {bridge} sees agent {observed.Agent.Id} ({observed.Agent.Hostname}): {observed.Agent.Total.FirstOrDefault(r => r.Name == "cpus")?.Scalar.Value} cpus{(observed.Agent.Schedulable ? "" : ", not schedulable")}",
        MasterInput.AgentUnreachable unreachable => $"bridge {bridge} sees that agent {unreachable.Agent} is silent since {unreachable.Since:u}",
        MasterInput.AgentRemoved removed => $"bridge {bridge} sees that agent {removed.Agent} is gone",
        MasterInput.TaskObserved observed => $"bridge {bridge} sees task {observed.Task.Task} of {observed.Task.Framework}: {Of(observed.Statuses)}",
        MasterInput.TaskRecovered recovered => $"bridge {bridge} recovers task {recovered.Task.TaskId.Value} of {recovered.Framework} on {recovered.AgentId}: {Of(recovered.Statuses)}",
        MasterInput.TaskVanished vanished => $"bridge {bridge} sees that task {vanished.Task.Task} of {vanished.Task.Framework} has vanished: {vanished.Message}",
        MasterInput.LaunchRefused refused => $"bridge {bridge} could not launch task {refused.Task.Task}: {refused.Message}",
        MasterInput.FrameworkRecovered framework => $"bridge {bridge} recovers framework {framework.Registration.Id} {framework.Registration.Phase}",
        _ => $"bridge {bridge} hears {input.GetType().Name}",
    };

    public static string? Of(int bridge, MasterEffect effect) => effect switch
    {
        MasterEffect.Send { Event.Type: Event.Types.Type.Heartbeat } => null,
        MasterEffect.Send send => $"bridge {bridge} sends {Of(send.Event)} on {send.Stream}",
        MasterEffect.Launch launch => $"bridge {bridge} launches {string.Join(' ', launch.Tasks.Select(t => t.TaskId.Value))} on {launch.Agent.Hostname}",
        MasterEffect.Kill kill => $"bridge {bridge} kills task {kill.Task.Task}",
        MasterEffect.Release release => $"bridge {bridge} releases task {release.Task.Task}",
        MasterEffect.Answer answer => answer.Value.Status is 202 or 200 ? null : $"bridge {bridge} answers {answer.Value.Status} {answer.Value.Text}",
        MasterEffect.RecordFramework record => $"bridge {bridge} records framework {record.Registration.Id} {record.Registration.Phase}",
        MasterEffect.CloseStream closed => $"bridge {bridge} closes stream {closed.Stream}",
        _ => $"bridge {bridge} does {effect.GetType().Name}",
    };

    public static string Of(TaskStatus status) =>
        $"{status.State}{(status.HasUuid ? $" {Convert.ToHexStringLower(status.Uuid.Span[..4])}" : "")}{(status.HasMessage ? $" '{status.Message}'" : "")}";

    private static string Of(IEnumerable<TaskStatus> statuses) => string.Join(", ", statuses.Select(Of));

    private static string Of(Call call) => call.Type switch
    {
        Call.Types.Type.Accept => $"ACCEPT {string.Join(' ', call.Accept.OfferIds.Select(id => Short(id.Value)))} with {string.Join(' ', call.Accept.Operations.SelectMany(Tasks))}",
        Call.Types.Type.Decline => $"DECLINE of {call.Decline.OfferIds.Count}",
        Call.Types.Type.Acknowledge => $"ACKNOWLEDGE {call.Acknowledge.TaskId.Value} {Convert.ToHexStringLower(call.Acknowledge.Uuid.Span)[..8]}",
        Call.Types.Type.Kill => $"KILL {call.Kill.TaskId.Value}",
        Call.Types.Type.Reconcile => $"RECONCILE {string.Join(' ', call.Reconcile.Tasks.Select(t => t.TaskId.Value))}",
        _ => call.Type.ToString(),
    };

    private static string Of(Event @event) => @event switch
    {
        { Update: { } update } => $"UPDATE {update.Status.TaskId.Value} {Of(update.Status)}",
        { Offers: { } offers } => $"OFFERS {string.Join(' ', offers.Offers_.Select(o => $"{Short(o.Id.Value)}@{o.Hostname}"))}",
        { Rescind: { } rescind } => $"RESCIND {Short(rescind.OfferId.Value)}",
        { Error: { } error } => $"ERROR {error.Message}",
        { Subscribed: { } subscribed } => $"SUBSCRIBED {subscribed.FrameworkId.Value}",
        _ => @event.Type.ToString(),
    };

    private static string Short(string id) => id[(id.LastIndexOf('-') + 1)..];

    private static IEnumerable<string> Tasks(Protocol.V1.Offer.Types.Operation operation) =>
        (operation.Launch?.TaskInfos ?? []).Concat(operation.LaunchGroup?.TaskGroup?.Tasks ?? []).Select(task => task.TaskId.Value);
}
