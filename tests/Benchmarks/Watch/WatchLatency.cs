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
/// From a change of a Pod to the update on the framework's stream, with 1,000 Pods changing in a second: taken, running, ended. The API
/// server, whoever writes the changes, bridge and framework are all in this process.
/// </summary>
internal sealed class WatchLatency
{
    private const string Group = "Latency from a Pod's change to its update";
    private const int Pods = 3_000;
    private const int TasksPerAccept = 50;
    private const int Nodes = 20;
    private const int Rate = 1_000;

    /// <summary>Writes that are under way at a time, at most.</summary>
    private const int Writers = 64;

    private static readonly (TaskState State, string Status)[] Steps =
    [
        (TaskState.TaskStarting, """{"phase":"Pending"}"""),
        (TaskState.TaskRunning, """{"phase":"Running","containerStatuses":[{"name":"task","image":"busybox","imageID":"","ready":true,"restartCount":0,"state":{"running":{"startedAt":"2026-01-02T03:04:06Z"}}}]}"""),
        (TaskState.TaskFinished, """{"phase":"Succeeded","containerStatuses":[{"name":"task","image":"busybox","imageID":"","ready":false,"restartCount":0,"state":{"terminated":{"exitCode":0,"reason":"Completed","startedAt":"2026-01-02T03:04:06Z","finishedAt":"2026-01-02T03:04:16Z"}}}]}"""),
    ];

    private readonly ConcurrentDictionary<(string Task, TaskState State), Change> _changes = new();

    public async Task MeasureAsync(Report report, Action<string> progress, CancellationToken cancellationToken)
    {
        await using var server = await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { Random = new Random(1), HistoryLimit = 20 * Pods });
        server.Load(Enumerable.Range(1, Nodes).Select(number => LargeNode.Named($"node-{number}")));
        using var client = new KubernetesClient(
            new KubernetesClientConfiguration { Server = server.Uri }, new KubernetesClientOptions { Json = CustomResources.Json });
        using var kubelets = new KubernetesClient(new KubernetesClientConfiguration { Server = server.Uri });
        var created = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watched = new WatchedKubernetes(client)
        {
            OnSeen = Note,
            OnCreated = count =>
            {
                if (count == Pods)
                {
                    created.SetResult();
                }
            },
        };
        await using var bridge = await Bridges.StartAsync(watched, cancellationToken);
        await using var framework = await BenchFramework.SubscribeAsync(bridge.Address, "bench", Note, cancellationToken);
        progress($"launching {Pods:#,0} tasks");
        await LaunchAsync(framework, cancellationToken);
        await await Task.WhenAny(created.Task, framework.Failed).WaitAsync(cancellationToken);
        var pods = watched.Pods.ToList();
        GC.Collect();
        progress($"{Rate:#,0} changes a second, {Steps.Length * Pods:#,0} of them; load {Load()}");
        var (start, cpu) = (Time.Now, System.Environment.CpuUsage.TotalTime);
        foreach (var (state, status) in Steps)
        {
            await ChangeAsync(kubelets, pods, state, status, cancellationToken);
            await UntilToldAsync(framework, state, cancellationToken);
        }

        var took = Time.Milliseconds(start, Time.Now);
        Add(report, progress, took, (System.Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds);
    }

    private static async Task LaunchAsync(BenchFramework framework, CancellationToken cancellationToken)
    {
        for (var number = 0; number < Pods; number += TasksPerAccept)
        {
            var offer = await framework.OfferAsync(cancellationToken);
            await framework.AcceptAsync(
                offer, Enumerable.Range(number, TasksPerAccept).Select(i => Workload.Task($"task.{i}", offer, "sleep 1000")), cancellationToken);
        }
    }

    /// <summary>All of them, evenly over as many seconds as it takes at the rate; what was due earlier is made up for.</summary>
    private async Task ChangeAsync(IKubernetes kubelets, IReadOnlyList<V1Pod> pods, TaskState state, string status, CancellationToken cancellationToken)
    {
        var start = Time.Now;
        var patch = (JsonObject)JsonNode.Parse($$"""{"status":{{status}}}""")!;
        patch["status"]!["startTime"] = "2026-01-02T03:04:05Z";
        patch["status"]!["hostIP"] = "127.0.0.1";
        using var free = new SemaphoreSlim(Writers);
        var writes = new List<Task>();
        for (var i = 0; i < pods.Count; i++)
        {
            var early = (i * 1000.0 / Rate) - Time.Milliseconds(start, Time.Now);
            if (early >= 1)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(early), Time.Clock, cancellationToken);
            }

            await free.WaitAsync(cancellationToken);
            writes.Add(WriteAsync(pods[i]));
        }

        await Task.WhenAll(writes);

        async Task WriteAsync(V1Pod pod)
        {
            try
            {
                var change = _changes.GetOrAdd((pod.GetAnnotation(TaskMarks.TaskId)!, state), _ => new Change());
                change.Sent = Time.Now;
                await kubelets.PatchAsync<V1Pod>(V1Patch.Merge((JsonObject)patch.DeepClone()), pod.Name(), pod.Namespace(), "status", cancellationToken);
                change.Written = Time.Now;
            }
            finally
            {
                free.Release();
            }
        }
    }

    private async Task UntilToldAsync(BenchFramework framework, TaskState state, CancellationToken cancellationToken)
    {
        while (_changes.Count(change => change.Key.State == state && change.Value.Told != 0) < Pods)
        {
            await Task.WhenAny(Task.Delay(TimeSpan.FromMilliseconds(50), Time.Clock, cancellationToken), framework.Failed);
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

    private void Add(Report report, Action<string> progress, double took, double cpu)
    {
        var changes = _changes.Values.ToList();
        var rate = changes.Count * 1000 / took;
        var method = $"{changes.Count:#,0} changes of {Pods:#,0} Pods, {rate:#,0} a second of {Rate:#,0} wanted, each with one update, all in one process; load of the machine {Load()}";
        AddSpread("Pod's change written to UPDATE read", change => Time.Milliseconds(change.Sent, change.Told), "the write sent to UPDATE read");
        AddSpread("of it the write", change => Time.Milliseconds(change.Sent, change.Written), "the write sent to its answer: the embedded API server and its client");
        AddSpread("of it the shim: watch to UPDATE read", change => Time.Milliseconds(change.Seen, change.Told), "the bridge's watch has the change decoded, to UPDATE read by the framework");
        report.Figures.Add(new Figure(Group, "changes", rate, "/s", method));
        report.Figures.Add(new Figure(Group, "processor, of all that", cpu / changes.Count, "ms", "API server, writer, bridge and framework, for each change"));

        void AddSpread(string name, Func<Change, double> length, string what)
        {
            var lengths = changes.Select(length).ToList();
            progress($"{name}: p50 {Spread.Percentile(lengths, 50):0.0} ms, p99 {Spread.Percentile(lengths, 99):0.0} ms");
            report.Figures.Add(new Figure(Group, $"{name}, p50", Spread.Percentile(lengths, 50), "ms", $"{what}; {method}"));
            report.Figures.Add(new Figure(Group, $"{name}, p99", Spread.Percentile(lengths, 99), "ms", $"{what}; {method}"));
        }
    }

    /// <summary>Processes that wanted to run in the last minute, on the average.</summary>
    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "?";

    /// <summary>When one Pod's change came how far; 0: not yet.</summary>
    private sealed class Change
    {
        public long Sent { get; set; }

        public long Written { get; set; }

        public long Seen { get; set; }

        public long Told { get; set; }
    }
}
