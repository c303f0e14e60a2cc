using System.Collections.Immutable;
using Google.Protobuf;
using MesosK8sBridge.Chaos.Frameworks;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol;

namespace MesosK8sBridge.Chaos.Verdict;

/// <summary>Compares what frameworks know with what the cluster has. In the end there is nothing to say.</summary>
internal static class Audit
{
    public static ImmutableArray<string> Of(IEnumerable<ChaosFramework> frameworks, IEnumerable<V1Pod> pods)
    {
        var ledgers = frameworks.Select(framework => framework.Ledger).ToList();
        var tasks = ledgers.SelectMany(ledger => ledger.All).ToDictionary(task => task.Id, StringComparer.Ordinal);
        return
        [
            .. ledgers.SelectMany(ledger => ledger.Wrongs),
            .. tasks.Values.Where(task => !task.IsOver).Select(task => $"{task.Id} was launched at {task.LaunchedAt:HH:mm:ss.fff} and has not ended: {task.State} since {task.Since:HH:mm:ss.fff}{(task.End is null ? "" : ", not acknowledged")}"),
            .. pods.Where(PodTasks.IsOurs).Select(pod => Check(pod, tasks)).OfType<string>(),
        ];
    }

    private static string Text(ByteString uuid) => MesosUuid.TryParse(uuid, out var id) ? id.ToString() : uuid.ToBase64();

    private static string? Check(V1Pod pod, IReadOnlyDictionary<string, TaskLedger.Entry> tasks) =>
        !PodTasks.IsReleased(pod) ? $"Pod {pod.Name()} is not released ({pod.Status?.Phase}{(pod.IsDeleting() ? ", being deleted" : "")})"
        : !tasks.TryGetValue(pod.GetAnnotation(TaskMarks.TaskId) ?? "", out var task) ? $"Pod {pod.Name()} is of no task that was launched"
        : task.NeverWas is not null ? $"Pod {pod.Name()} is of {task.Id}, of which there was said: {task.NeverWas}"
        : pod.GetAnnotation(TaskMarks.Acknowledged) is { } marked && task.End is { } end && !marked.Split(',').Contains(Text(end), StringComparer.Ordinal)
            ? $"Pod {pod.Name()} was released for update {marked}; {task.Id} ended with {Text(end)}"
        : null;
}
