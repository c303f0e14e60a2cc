using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Benchmarks.Framework;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Benchmarks.Launch;

/// <summary>
/// Tasks that become Pods in a second, through the bridge and without it: the same Pods, the same client, the same parallelism,
/// the same real API server, in turns.
/// </summary>
internal sealed class LaunchRate(string root)
{
    private const string Group = "Launch rate";
    private const int TasksPerAccept = 50;
    private const int Accepts = 40;
    private const int Count = Accepts * TasksPerAccept;
    private const int AcceptsTogether = 4;
    private const int Warmups = 2; // The just-in-time compiler is done with the bridge only then.
    private const int Rounds = 4;

    public async Task MeasureAsync(Report report, Action<string> progress, CancellationToken cancellationToken)
    {
        if (RealApiServer.Missing() is { } missing)
        {
            report.Omissions.Add(new Omission(Group, missing));
            return;
        }

        progress("starting etcd and kube-apiserver");
        await using var server = await RealApiServer.StartAsync(root, cancellationToken);
        var stage = new Stage(server);
        await stage.AddNodesAsync(Accepts, cancellationToken);
        var rounds = new List<(Round Bridge, Round Direct)>();
        for (var number = 1 - Warmups; number <= Rounds; number++)
        {
            var (bridge, pods) = await ThroughBridgeAsync(server, cancellationToken);
            await ClearAsync(stage, cancellationToken);
            var direct = await DirectlyAsync(server, pods, cancellationToken);
            await ClearAsync(stage, cancellationToken);
            progress($"{(number > 0 ? $"round {number} of {Rounds}" : "warm-up")}: bridge {bridge.Rate:0}/s, direct {direct.Rate:0}/s, ratio {bridge.Rate / direct.Rate:0.00}; {bridge.Cpu:0.00} + {bridge.ServerCpu:0.00} and {direct.Cpu:0.00} + {direct.ServerCpu:0.00} ms of CPU each");
            if (number > 0)
            {
                rounds.Add((bridge, direct));
            }
        }

        Add(report, rounds);
    }

    private static void Add(Report report, List<(Round Bridge, Round Direct)> rounds)
    {
        var setting = $"{Count:#,0} tasks in ACCEPTs of {TasksPerAccept}, {Bridges.Options.Parallelism} creations at a time, real kube-apiserver and etcd on the same cores; median of {Rounds} alternating rounds";
        report.Figures.Add(new Figure(Group, "through the bridge", Spread.Median(rounds.Select(r => r.Bridge.Rate)), "tasks/s", $"first ACCEPT sent to last Pod created; {setting}"));
        report.Figures.Add(new Figure(Group, "directly", Spread.Median(rounds.Select(r => r.Direct.Rate)), "Pods/s", $"the same Pods created by the same client; {setting}"));
        report.Figures.Add(new Figure(Group, "ratio", Spread.Median(rounds.Select(r => r.Bridge.Rate / r.Direct.Rate)), "", "bridge to directly, median of the rounds' ratios; at least 0.7 wanted, 0.9 aimed at"));
        report.Figures.Add(new Figure(Group, "CPU through the bridge", Spread.Median(rounds.Select(r => r.Bridge.Cpu)), "ms/task", "of this process: bridge, its watches and the framework"));
        report.Figures.Add(new Figure(Group, "CPU directly", Spread.Median(rounds.Select(r => r.Direct.Cpu)), "ms/Pod", "of this process: the client"));
        report.Figures.Add(new Figure(Group, "CPU of the API server, through the bridge", Spread.Median(rounds.Select(r => r.Bridge.ServerCpu)), "ms/task", "of kube-apiserver and etcd: creations, and the bridge's watches"));
        report.Figures.Add(new Figure(Group, "CPU of the API server, directly", Spread.Median(rounds.Select(r => r.Direct.ServerCpu)), "ms/Pod", "of kube-apiserver and etcd"));
        report.Figures.Add(new Figure(Group, "ratio by CPU", Spread.Median(rounds.Select(r => r.Direct.AllCpu / r.Bridge.AllCpu)), "", "all CPU a Pod takes directly to that through the bridge: the ratio where nothing but CPU is short, whoever else uses the machine"));
    }

    private static async Task<(Round Round, List<V1Pod> Pods)> ThroughBridgeAsync(RealApiServer server, CancellationToken cancellationToken)
    {
        var watched = new WatchedKubernetes(server.Client);
        var done = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        watched.OnCreated = created =>
        {
            if (created == Count)
            {
                done.SetResult(Time.Now);
            }
        };

        await using var bridge = await Bridges.StartAsync(watched, cancellationToken);
        await using var framework = await BenchFramework.SubscribeAsync(bridge.Address, "bench", _ => { }, cancellationToken);
        var launches = await PrepareAsync(framework, cancellationToken);
        var round = await Round.MeasureAsync(server, Count, async () =>
        {
            var together = new ParallelOptions { MaxDegreeOfParallelism = AcceptsTogether, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(launches, together, async (launch, token) => await framework.AcceptAsync(launch.Offer, launch.Tasks, token));
            await await Task.WhenAny(done.Task, framework.Failed).WaitAsync(cancellationToken);
            return await done.Task;
        });
        await bridge.DisposeAsync(); // Before the framework goes away: its tasks are not to be ended.
        return (round, [.. watched.Pods]);
    }

    private static async Task<List<(Offer Offer, TaskInfo[] Tasks)>> PrepareAsync(BenchFramework framework, CancellationToken cancellationToken)
    {
        var launches = new List<(Offer Offer, TaskInfo[] Tasks)>();
        foreach (var number in Enumerable.Range(0, Accepts))
        {
            var offer = await framework.OfferAsync(cancellationToken);
            launches.Add((offer, [.. Enumerable.Range(0, TasksPerAccept).Select(i => Workload.Task($"task.{number}.{i}", offer, "sleep 1000"))]));
        }

        return launches;
    }

    private static Task<Round> DirectlyAsync(RealApiServer server, List<V1Pod> pods, CancellationToken cancellationToken)
    {
        var together = new ParallelOptions { MaxDegreeOfParallelism = Bridges.Options.Parallelism, CancellationToken = cancellationToken };
        return Round.MeasureAsync(server, pods.Count, async () =>
        {
            await Parallel.ForEachAsync(pods, together, async (pod, token) => await server.Client.CreateAsync(pod, token));
            return Time.Now;
        });
    }

    private static async Task ClearAsync(Stage stage, CancellationToken cancellationToken)
    {
        var found = await stage.ClearAsync(cancellationToken);
        if (found != Count)
        {
            throw new InvalidOperationException($"{found} Pods were there, not {Count}.");
        }
    }
}
