using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Benchmarks.Framework;
using MesosK8sBridge.Benchmarks.Launch;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Benchmarks.Watch;

/// <summary>
/// From a change of a Pod to the update on the framework's stream, with 1,000 Pods changing in a second: taken, running, ended. The embedded
/// API server, bridge and framework are all in this process; changes are put straight into the server's store, as a request for each would
/// cost several times what is measured. Only ends cost it requests: the bridge lets go of the Pods.
/// </summary>
internal sealed class WatchLatency
{
    private const string Group = "Latency from a Pod's change to its update";
    private const int Pods = 3_000;
    private const int WarmUps = 500;
    private const int TasksPerAccept = 50;
    private const int Nodes = 20;
    private const int Rate = 1_000;

    private static readonly (TaskState State, string Status)[] Steps =
    [
        (TaskState.TaskStarting, """{"phase":"Pending"}"""),
        (TaskState.TaskRunning, """{"phase":"Running","containerStatuses":[{"name":"task","image":"busybox","imageID":"","ready":true,"restartCount":0,"state":{"running":{"startedAt":"2026-01-02T03:04:06Z"}}}]}"""),
        (TaskState.TaskFinished, """{"phase":"Succeeded","containerStatuses":[{"name":"task","image":"busybox","imageID":"","ready":false,"restartCount":0,"state":{"terminated":{"exitCode":0,"reason":"Completed","startedAt":"2026-01-02T03:04:06Z","finishedAt":"2026-01-02T03:04:16Z"}}}]}"""),
    ];

    private readonly ConcurrentDictionary<(string Task, TaskState State), Change> _changes = new();

    public async Task MeasureAsync(Report report, Action<string> progress, CancellationToken cancellationToken)
    {
        await using var server = await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { Random = new Random(1), HistoryLimit = 20 * (Pods + WarmUps) }, cancellationToken: cancellationToken);
        server.Load(Enumerable.Range(1, Nodes).Select(number => LargeNode.Named($"node-{number}")));
        using var client = new KubernetesClient(
            new KubernetesClientConfiguration { Server = server.Uri }, new KubernetesClientOptions { Json = CustomResources.Json });
        var created = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watched = new WatchedKubernetes(client)
        {
            OnSeen = Note,
            OnCreated = count =>
            {
                if (count == Pods + WarmUps)
                {
                    created.SetResult();
                }
            },
        };
        await using var bridge = await Bridges.StartAsync(watched, cancellationToken);
        await using var framework = await BenchFramework.SubscribeAsync(bridge.Address, "bench", Note, cancellationToken);
        progress($"launching {Pods + WarmUps:#,0} tasks");
        await LaunchAsync(framework, cancellationToken);
        await await Task.WhenAny(created.Task, framework.Failed).WaitAsync(cancellationToken);
        foreach (var (state, status) in Steps)
        {
            progress($"warming up: {state}");
            await ChangeAsync(server, framework, [.. watched.Pods.Take(WarmUps)], state, status, cancellationToken);
        }

        _changes.Clear();
        foreach (var (state, status) in Steps)
        {
            var before = System.Environment.CpuUsage.TotalTime;
            var took = await ChangeAsync(server, framework, [.. watched.Pods.Skip(WarmUps)], state, status, cancellationToken);
            Add(report, progress, state, took, (System.Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }
    }

    private static async Task LaunchAsync(BenchFramework framework, CancellationToken cancellationToken)
    {
        for (var number = 0; number < Pods + WarmUps; number += TasksPerAccept)
        {
            var offer = await framework.OfferAsync(cancellationToken);
            await framework.AcceptAsync(
                offer, Enumerable.Range(number, TasksPerAccept).Select(i => Workload.Task($"task.{i}", offer, "sleep 1000")), cancellationToken);
        }
    }

    /// <summary>All of them, evenly over as many seconds as it takes at the rate; what was due earlier is made up for.</summary>
    /// <returns>Milliseconds until the last change was made.</returns>
    private async Task<double> ChangeAsync(
        EmbeddedApiServer server, BenchFramework framework, IReadOnlyList<V1Pod> pods, TaskState state, string text, CancellationToken cancellationToken)
    {
        GC.Collect();
        var status = (JsonObject)JsonNode.Parse(text)!;
        (status["startTime"], status["hostIP"]) = ("2026-01-02T03:04:05Z", "127.0.0.1");
        var start = Time.Now;
        for (var i = 0; i < pods.Count; i++)
        {
            var early = (i * 1000.0 / Rate) - Time.Milliseconds(start, Time.Now);
            if (early >= 1)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(early), Time.Clock, cancellationToken);
            }

            _changes[(pods[i].GetAnnotation(TaskMarks.TaskId)!, state)] = new Change { Made = Time.Now };
            server.SetStatus<V1Pod>(pods[i].Name(), pods[i].Namespace(), status);
        }

        var took = Time.Milliseconds(start, Time.Now);
        await UntilToldAsync(framework, state, pods.Count, cancellationToken);
        return took;
    }

    private async Task UntilToldAsync(BenchFramework framework, TaskState state, int count, CancellationToken cancellationToken)
    {
        while (_changes.Count(change => change.Key.State == state && change.Value.Told != 0) < count)
        {
            await Task.WhenAny(Task.Delay(TimeSpan.FromMilliseconds(100), Time.Clock, cancellationToken), framework.Failed);
            cancellationToken.ThrowIfCancellationRequested();
            if (framework.Failed.IsCompleted)
            {
                await framework.Failed;
            }
        }
    }

    private void Note(Heard heard)
    {
        if (_changes.TryGetValue((heard.Status.TaskId.Value, heard.Status.State), out var change) && change.Told == 0)
        {
            change.Told = heard.At;
        }
    }

    /// <summary>The bridge's watch has brought a change.</summary>
    private void Note(V1Pod pod, long at)
    {
        TaskState? state = pod.Status switch
        {
            { Phase: "Pending", StartTime: not null } => TaskState.TaskStarting,
            { Phase: "Running" } => TaskState.TaskRunning,
            { Phase: "Succeeded" } => TaskState.TaskFinished,
            _ => null,
        };
        if (state is { } known && _changes.TryGetValue((pod.GetAnnotation(TaskMarks.TaskId) ?? "", known), out var change) && change.Seen == 0)
        {
            change.Seen = at;
        }
    }

    private void Add(Report report, Action<string> progress, TaskState state, double took, double cpu)
    {
        var changes = _changes.Where(change => change.Key.State == state).Select(change => change.Value).ToList();
        var rate = changes.Count * 1000 / took;
        var method = $"{changes.Count:#,0} Pods, {rate:#,0} a second of {Rate:#,0} wanted; load of the machine {Load()}";
        progress($"{state}: {rate:#,0} changes a second, {cpu / changes.Count:0.00} ms of the processor each, load {Load()}");
        AddSpread("change to UPDATE read", change => Time.Milliseconds(change.Made, change.Told), "the change put into the embedded server's store to UPDATE read by the framework");
        AddSpread("of it the shim", change => Time.Milliseconds(change.Seen, change.Told), "the bridge's watch has the change decoded, to UPDATE read by the framework");
        report.Figures.Add(new Figure(Group, $"{state}: processor", cpu / changes.Count, "ms", $"of all, API server and framework included, for each change; {method}"));

        void AddSpread(string name, Func<Change, double> length, string what)
        {
            var lengths = changes.Select(length).ToList();
            progress($"{state}: {name}: p50 {Spread.Percentile(lengths, 50):0.0} ms, p99 {Spread.Percentile(lengths, 99):0.0} ms");
            report.Figures.Add(new Figure(Group, $"{state}: {name}, p50", Spread.Percentile(lengths, 50), "ms", $"{what}; {method}"));
            report.Figures.Add(new Figure(Group, $"{state}: {name}, p99", Spread.Percentile(lengths, 99), "ms", $"{what}; {method}"));
        }
    }

    /// <summary>Processes that wanted to run in the last minute, on the average.</summary>
    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "?";

    /// <summary>When one Pod's change came how far; 0: not yet.</summary>
    private sealed class Change
    {
        public long Made { get; init; }

        public long Seen { get; set; }

        public long Told { get; set; }
    }
}
