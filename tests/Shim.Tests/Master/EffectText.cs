using System.Globalization;
using System.Text;
using Google.Protobuf;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;

using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Shim.Tests.Master;

/// <summary>Effects as lines of a transcript.</summary>
internal static class EffectText
{
    public static string Of(MasterEffect effect) => effect switch
    {
        MasterEffect.Answer a => $"answer {a.Value.Status}{(a.Value.Text.Length == 0 ? "" : $" \"{a.Value.Text}\"")}",
        MasterEffect.Send s => $"{Given.NameOf(s.Stream)} {Of(s.Event)}",
        MasterEffect.CloseStream c => $"{Given.NameOf(c.Stream)} closed",
        MasterEffect.Launch l => $"launch {string.Join(" ", l.Tasks.Select(t => $"{t.TaskId.Value}[{Resources(t.Resources)}]"))} "
            + $"for {l.FrameworkId} on {l.Agent.Id}{(l.Executor is { } e ? $" in {e.ExecutorId.Value}[{Resources(e.Resources)}]" : "")}",
        MasterEffect.Kill k => $"kill {k.Task} on {k.Agent}{(k.Grace is { } g ? $" grace {g.TotalSeconds}s" : "")}",
        MasterEffect.Release r => $"release {r.Task}",
        MasterEffect.RecordFramework r => $"record {r.Registration.Id} {r.Registration.Phase}"
            + (r.Registration.PolicyKey is { } key ? $" policy {key}" : "")
            + (r.Registration.FailoverDeadline is { } at ? $" until +{(at - Given.T0).TotalSeconds}s" : ""),
        MasterEffect.LossesHeld h => $"losses held of {h.Framework}: {h.Tasks}",
        _ => throw new ArgumentException(effect.ToString(), nameof(effect)),
    };

    private static string Of(Event e) => e.Type switch
    {
        Event.Types.Type.Subscribed => $"SUBSCRIBED {e.Subscribed.FrameworkId.Value}",
        Event.Types.Type.Offers => $"OFFERS{string.Concat(e.Offers.Offers_.Select(o => $" {Of(o)}"))}",
        Event.Types.Type.Rescind => $"RESCIND {e.Rescind.OfferId.Value}",
        Event.Types.Type.InverseOffers => $"INVERSE_OFFERS{string.Concat(e.InverseOffers.InverseOffers_.Select(o => $" {Of(o)}"))}",
        Event.Types.Type.RescindInverseOffer => $"RESCIND_INVERSE_OFFER {e.RescindInverseOffer.InverseOfferId.Value}",
        Event.Types.Type.Update => $"UPDATE {Of(e.Update.Status)}",
        Event.Types.Type.Failure => $"FAILURE {e.Failure.AgentId?.Value}"
            + (e.Failure.ExecutorId is { } executor ? $" executor {executor.Value} status {e.Failure.Status}" : ""),
        Event.Types.Type.Error => $"ERROR \"{e.Error.Message}\"",
        Event.Types.Type.Heartbeat => "HEARTBEAT",
        Event.Types.Type.UpdateOperationStatus => $"UPDATE_OPERATION_STATUS {e.UpdateOperationStatus.Status.OperationId?.Value} "
            + $"{Upper(e.UpdateOperationStatus.Status.State)} \"{e.UpdateOperationStatus.Status.Message}\"",
        _ => e.Type.ToString(),
    };

    private static string Of(Offer offer) =>
        $"{offer.Id.Value}[{offer.AgentId.Value}{(offer.AllocationInfo is { } a ? $" for {a.Role}" : "")}: {Resources(offer.Resources)}"
        + $"{(offer.ExecutorIds.Count > 0 ? $" executors {string.Join(",", offer.ExecutorIds.Select(x => x.Value))}" : "")}{Of(offer.Unavailability)}]";

    private static string Of(InverseOffer offer) => $"{offer.Id.Value}[{offer.AgentId.Value}{Resources(offer.Resources)}{Of(offer.Unavailability)}]";

    private static string Of(Unavailability? window) => window is null
        ? ""
        : $" away from {Seconds(window.Start.Nanoseconds) - Seconds((Given.T0 - DateTimeOffset.UnixEpoch).Ticks * 100)}s"
            + (window.Duration is { } duration ? $" for {Seconds(duration.Nanoseconds)}s" : "");

    private static long Seconds(long nanoseconds) => nanoseconds / 1_000_000_000;

    private static string Of(TaskStatus status)
    {
        var text = new StringBuilder($"{status.TaskId.Value} {Upper(status.State)}");
        text.Append(status.HasUuid ? $" uuid {NameOf(status.Uuid)}" : "");
        text.Append(status.AgentId is { } agent ? $" on {agent.Value}" : "");
        text.Append(status.ExecutorId is { } executor ? $" executor {executor.Value}" : "");
        text.Append(CultureInfo.InvariantCulture, $" by {Upper(status.Source)}");
        text.Append(status.HasReason ? $" {Upper(status.Reason)}" : "");
        text.Append(status.UnreachableTime is not null ? " since" : "");
        return text.Append(status.HasMessage ? $" \"{status.Message}\"" : "").ToString();
    }

    private static string Resources(IEnumerable<Resource> resources) =>
        string.Join(" ", resources.Select(r => MesosK8sBridge.Protocol.ResourceText.Print(r).Replace("(allocated: *)", "", StringComparison.Ordinal)));

    private static string NameOf(ByteString uuid)
    {
        var bytes = uuid.ToByteArray();
        return bytes.All(b => b is > 32 and < 127) ? Encoding.ASCII.GetString(bytes).TrimEnd('.') : "(made)";
    }

    private static string Upper<T>(T value)
        where T : struct, Enum =>
        string.Concat(value.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : $"{c}")).ToUpperInvariant();
}
