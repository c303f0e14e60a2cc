using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;

namespace MesosK8sBridge.Kubernetes.Embedded.Tables;

/// <summary>How a Pod's state is put into a word.</summary>
/// <remarks>Kubernetes: pkg/printers/internalversion/printers.go, printPod.</remarks>
internal static class PodCells
{
    public static string Ready(JsonObject pod) => $"{Statuses(pod).Count(IsReadyAndRunning)}/{pod.Array("spec", "containers")?.Count ?? 0}";

    public static long Restarts(JsonObject pod)
    {
        var main = Statuses(pod).Sum(s => s.Integer("restartCount") ?? 0);
        return Initializing(pod) is not null ? pod.Array("status", "initContainerStatuses").Objects().Sum(s => s.Integer("restartCount") ?? 0) : main;
    }

    public static string Status(JsonObject pod)
    {
        var reason = pod.Text("status", "reason") is { Length: > 0 } stated ? stated : pod.Text("status", "phase") ?? "";
        reason = Initializing(pod) ?? FromContainers(pod, reason);
        if (pod.Text("metadata", "deletionTimestamp") is null)
        {
            return reason;
        }

        return pod.Text("status", "reason") == "NodeLost" ? "Unknown" : "Terminating";
    }

    public static string Gates(JsonObject pod)
    {
        var gates = pod.Array("spec", "readinessGates").Objects().ToList();
        var met = gates.Count(gate => pod.Array("status", "conditions").Objects().Any(
            c => c.Text("type") == gate.Text("conditionType") && c.Text("status") == "True"));
        return gates.Count == 0 ? "<none>" : $"{met}/{gates.Count}";
    }

    private static string FromContainers(JsonObject pod, string reason)
    {
        var running = false;
        foreach (var status in Statuses(pod).Reverse())
        {
            running |= IsReadyAndRunning(status);
            reason = Waiting(status) ?? Terminated(status) ?? reason;
        }

        if (reason == "Completed" && running)
        {
            return pod.Array("status", "conditions").Objects().Any(c => c.Text("type") == "Ready" && c.Text("status") == "True") ? "Running" : "NotReady";
        }

        return reason;
    }

    private static string? Initializing(JsonObject pod)
    {
        var total = pod.Array("spec", "initContainers")?.Count ?? 0;
        foreach (var (status, index) in pod.Array("status", "initContainerStatuses").Objects().Select((s, i) => (s, i)))
        {
            if (status.Object("state", "terminated") is { } ended)
            {
                if (ended.Integer("exitCode") is 0)
                {
                    continue;
                }

                return "Init:" + Terminated(status);
            }

            return status.Text("state", "waiting", "reason") is { Length: > 0 } reason and not "PodInitializing" ? "Init:" + reason : $"Init:{index}/{total}";
        }

        return null;
    }

    private static string? Waiting(JsonObject status) => status.Text("state", "waiting", "reason") is { Length: > 0 } reason ? reason : null;

    private static string? Terminated(JsonObject status)
    {
        if (status.Object("state", "terminated") is not { } ended)
        {
            return null;
        }

        return ended.Text("reason") is { Length: > 0 } reason ? reason
            : ended.Integer("signal") is > 0 and var signal ? $"Signal:{signal}"
            : $"ExitCode:{ended.Integer("exitCode") ?? 0}";
    }

    private static bool IsReadyAndRunning(JsonObject status) => status.Flag("ready") is true && status.Object("state", "running") is not null;

    private static IEnumerable<JsonObject> Statuses(JsonObject pod) => pod.Array("status", "containerStatuses").Objects();
}
