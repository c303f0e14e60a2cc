using System.Globalization;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>Tells what an execution does, a line for each thing, each with its time (UTC).</summary>
internal sealed class TextReporter(TextWriter output)
{
    public void Report(ExecutionReport report)
    {
        foreach (var line in Lines(report))
        {
            output.WriteLine($"{report.At.UtcDateTime:HH:mm:ss.fff} {line}");
        }

        output.Flush();
    }

    /// <returns>"2 offers: node-1 (cpus 2, mem 4096), node-2 (cpus 2, mem 4096)".</returns>
    private static string Describe(ExecutionReport.Offered offered)
    {
        var shown = offered.Offers.Take(10).Select(offer => $"{offer.Hostname} ({Amounts(offer)})");
        var more = offered.Offers.Length > 10 ? ", …" : "";
        return $"{offered.Offers.Length} offer{(offered.Offers.Length == 1 ? "" : "s")}: {string.Join(", ", shown)}{more}";
    }

    public static IEnumerable<string> Lines(ExecutionReport report) => report switch
    {
        ExecutionReport.Subscribed it => [$"Subscribed {(it.Again ? "again " : "")}with ID {it.FrameworkId} at {it.Master?.Pid}"],
        ExecutionReport.Offered it => [Describe(it)],
        ExecutionReport.Launched it =>
            it.TaskIds.Select(id => $"Submitted task '{id}' to agent '{it.Offer.AgentId.Value}' ({it.Offer.Hostname})"),
        ExecutionReport.LaunchLost it => [$"Launch of task '{it.TaskId}' was lost ({it.Reason}); waiting for another offer"],
        ExecutionReport.Updated it => [Update(it)],
        ExecutionReport.Killing it => [$"Asked to kill task '{it.TaskId}'"],
        ExecutionReport.ConnectionLost it =>
            [$"Not subscribed: {it.Reason}; trying again in {it.RetryIn.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s"],
        ExecutionReport.GaveUp it => [$"Giving up: {it.Reason}"],
        ExecutionReport.Ended it => [Summary(it)],
        _ => [],
    };

    private static string Update(ExecutionReport.Updated it)
    {
        var status = it.Status;
        var where = it.Hostname.Length > 0 ? $" on {it.Hostname}" : "";
        var reason = status.HasReason ? $" [{status.Reason.Word()}]" : "";
        var health = status.HasHealthy ? $" ({(status.Healthy ? "healthy" : "unhealthy")})" : "";
        var message = status.HasMessage && status.Message.Length > 0 ? $": {status.Message}" : "";
        return $"{status.State.Word()} task '{status.TaskId.Value}'{where}{health}{reason}{message}";
    }

    private static string Summary(ExecutionReport.Ended it)
    {
        var states = it.Tasks
            .GroupBy(task => task.State?.Word() ?? "not launched")
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Count()} {group.Key}");
        var words = it.Outcome switch
        {
            ExecutionOutcome.Succeeded => "All tasks ended as asked",
            ExecutionOutcome.TaskFailed => "Not all tasks ended as asked",
            ExecutionOutcome.MasterUnavailable => "Ended without a master",
            ExecutionOutcome.TimedOut => "Timed out",
            _ => "Interrupted",
        };
        return $"{words}: {string.Join(", ", states)}";
    }

    private static string Amounts(Offer offer) => string.Join(", ", offer.Resources
        .Where(resource => resource.Scalar is not null)
        .Select(resource => string.Create(CultureInfo.InvariantCulture, $"{resource.Name} {resource.Scalar.Value:0.###}")));
}
