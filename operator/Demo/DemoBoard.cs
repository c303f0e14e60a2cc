using System.Globalization;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Cli;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Operator.Pods;

namespace MesosK8sBridge.Operator.Demo;

/// <summary>What is known of each task of the demo, and the lines told so far. Thread-safe: framework and Pods report at their own pace.</summary>
internal sealed class DemoBoard
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Row> _rows = DemoTask.All.ToDictionary(task => task.Id, task => new Row(task), StringComparer.Ordinal);
    private readonly List<string> _lines = [];
    private DateTimeOffset? _start;

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public IReadOnlyList<Row> Rows
    {
        get
        {
            lock (_lock)
            {
                return [.. DemoTask.All.Select(task => _rows[task.Id])];
            }
        }
    }

    /// <returns>The new lines.</returns>
    public IReadOnlyList<string> Take(ExecutionReport report)
    {
        lock (_lock)
        {
            _start ??= report.At;
            foreach (var row in RowsOf(report))
            {
                _rows[row.Task.Id] = row;
            }

            // The demo has its own summary.
            return report is ExecutionReport.Ended ? [] : Add(report.At, TextReporter.Lines(report));
        }
    }

    /// <returns>The new lines: none if the Pod is as it was.</returns>
    public IReadOnlyList<string> Take(V1Pod pod, DateTimeOffset now)
    {
        lock (_lock)
        {
            var phase = pod.Status?.Phase ?? "Pending";
            if (pod.GetAnnotation(TaskMarks.TaskId) is not { } id || !_rows.TryGetValue(id, out var row)
                || (row.Pod == pod.Name() && row.PodPhase == phase))
            {
                return [];
            }

            _rows[id] = row with { Pod = pod.Name(), PodNamespace = pod.Namespace(), PodPhase = phase };
            return Add(now, [$"Pod {pod.Name()} is {phase} on {pod.Spec?.NodeName}"]);
        }
    }

    private List<Row> RowsOf(ExecutionReport report) => report switch
    {
        ExecutionReport.Launched it => [.. it.TaskIds.Select(id => _rows[id] with { Node = it.Offer.Hostname })],
        ExecutionReport.Updated it when _rows.TryGetValue(it.Status.TaskId.Value, out var row) =>
            [row with { States = [.. row.States, $"{it.Status.State.Word()} +{Seconds(it.At - _start!.Value)} s"] }],
        _ => [],
    };

    private List<string> Add(DateTimeOffset at, IEnumerable<string> lines)
    {
        var added = lines.Select(line => $"{at.UtcDateTime:HH:mm:ss.fff} {line}").ToList();
        _lines.AddRange(added);
        return added;
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);

    internal sealed record Row(DemoTask Task)
    {
        public string Node { get; init; } = "";

        public IReadOnlyList<string> States { get; init; } = [];

        public string? Pod { get; init; }

        public string? PodNamespace { get; init; }

        public string PodPhase { get; init; } = "";
    }
}
