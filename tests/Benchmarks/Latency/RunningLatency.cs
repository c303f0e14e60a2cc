using System.Collections.Concurrent;
using System.Collections.Immutable;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Benchmarks.Framework;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded.Nodes;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Protocol.V1;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Benchmarks.Latency;

/// <summary>From ACCEPT to UPDATE(TASK_RUNNING): API server, nodes with real processes, bridge and framework all in this process.</summary>
internal sealed class RunningLatency
{
    private const string Group = "Latency from ACCEPT to TASK_RUNNING";
    private const int Nodes = 20;
    private const int Warmup = 60;
    private const int Sequential = 200;
    private const int Concurrent = 600;
    private const int InFlight = 20;

    private readonly ConcurrentDictionary<string, Trace> _traces = new();

    public async Task MeasureAsync(Report report, Action<string> progress, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("mesos-bridge-bench-");
        try
        {
            var options = new EmbeddedClusterOptions
            {
                Directory = folder.FullName,
                Nodes = EmbeddedClusterOptions.NodesLike(new NodeOptions { Name = "node", MaxPods = 10_000 }, Nodes),
            };
            await using var cluster = await EmbeddedCluster.StartAsync(options, cancellationToken: cancellationToken);
            using var client = new KubernetesClient(
                new KubernetesClientConfiguration { Server = cluster.Uri }, new KubernetesClientOptions { Json = CustomResources.Json });
            await MeasureAsync(new WatchedKubernetes(client), report, progress, cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task MeasureAsync(WatchedKubernetes kubernetes, Report report, Action<string> progress, CancellationToken cancellationToken)
    {
        await using var bridge = await Bridges.StartAsync(kubernetes, cancellationToken);
        await using var framework = await BenchFramework.SubscribeAsync(bridge.Address, "bench", Note, cancellationToken);
        progress($"warm-up: {Warmup} tasks");
        await LaunchAsync(framework, "warm", Warmup, InFlight, cancellationToken);
        progress($"{Sequential} tasks, one after the other");
        Add(report, kubernetes, "sequential", await LaunchAsync(framework, "one", Sequential, 1, cancellationToken), $"{Sequential} tasks, one after the other");
        progress($"{Concurrent} tasks, {InFlight} at a time");
        Add(report, kubernetes, $"{InFlight} in flight", await LaunchAsync(framework, "many", Concurrent, InFlight, cancellationToken), $"{Concurrent} tasks, {InFlight} at a time");
    }

    private async Task<ImmutableArray<Trace>> LaunchAsync(
        BenchFramework framework, string name, int count, int together, CancellationToken cancellationToken)
    {
        var traces = new ConcurrentBag<Trace>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = together, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, count), parallel, async (number, token) =>
        {
            var offer = await framework.OfferAsync(token);
            var trace = _traces[$"{name}.{number}"] = new Trace($"{name}.{number}");
            var task = Workload.Task(trace.TaskId, offer, "exec sleep 0.5");
            trace.Accepted = Time.Now;
            await framework.AcceptAsync(offer, [task], token);
            trace.Answered = Time.Now;
            await await Task.WhenAny(trace.Running.Task, framework.Failed).WaitAsync(token);
            traces.Add(trace);
        });
        return [.. traces];
    }

    private void Note(Heard heard)
    {
        if (heard.Status.State == TaskState.TaskRunning && _traces.TryGetValue(heard.Status.TaskId.Value, out var trace))
        {
            trace.Running.TrySetResult(heard.At);
        }
    }

    private static void Add(Report report, WatchedKubernetes kubernetes, string name, ImmutableArray<Trace> traces, string setting)
    {
        var method = $"ACCEPT sent to UPDATE read, {setting}, one task an ACCEPT, {Nodes} embedded nodes with real processes, all in one process";
        var total = traces.Select(t => Time.Milliseconds(t.Accepted, t.RunningAt)).ToList();
        report.Figures.Add(new Figure(Group, $"{name}, p50", Spread.Percentile(total, 50), "ms", method));
        report.Figures.Add(new Figure(Group, $"{name}, p99", Spread.Percentile(total, 99), "ms", method));
        AddHop(report, $"{name}: call to Pod creation, p50", traces.Select(t => Time.Milliseconds(t.Accepted, kubernetes.Times[t.TaskId].CreateCalled)), "ACCEPT sent to the bridge's create call");
        AddHop(report, $"{name}: Pod creation, p50", traces.Select(t => kubernetes.Times[t.TaskId]).Select(t => Time.Milliseconds(t.CreateCalled, t.Created)), "create call to its answer: the embedded API server");
        AddHop(report, $"{name}: node, p50", traces.Select(t => kubernetes.Times[t.TaskId]).Select(t => Time.Milliseconds(t.Created, t.SeenRunning)), "create answered to the bridge's watch saying Running: the node, its process, its status");
        AddHop(report, $"{name}: update, p50", traces.Select(t => Time.Milliseconds(kubernetes.Times[t.TaskId].SeenRunning, t.RunningAt)), "watch says Running to UPDATE read; TASK_STARTING may have to be acknowledged in between");
    }

    private static void AddHop(Report report, string name, IEnumerable<double> times, string method) =>
        report.Figures.Add(new Figure(Group, name, Spread.Median(times), "ms", method));

    private sealed class Trace(string taskId)
    {
        public string TaskId { get; } = taskId;

        public long Accepted { get; set; }

        public long Answered { get; set; }

        public TaskCompletionSource<long> Running { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long RunningAt => Running.Task.Result;
    }
}
