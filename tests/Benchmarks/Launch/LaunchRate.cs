using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Benchmarks.Framework;
using MesosK8sBridge.Kubernetes;
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
    private const int Rounds = 4;
    private const int Count = TasksPerAccept * Accepts;

    public async Task MeasureAsync(Report report, Action<string> progress, CancellationToken cancellationToken)
    {
        if (RealApiServer.Missing() is { } missing)
        {
            report.Omissions.Add(new Omission(Group, missing));
            return;
        }

        progress("starting etcd and kube-apiserver");
        await using var server = await RealApiServer.StartAsync(root, cancellationToken);
        var stage = new Stage(server.Client);
        await stage.AddNodesAsync(Accepts, cancellationToken);
        var (bridged, direct) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            var (through, pods) = await ThroughBridgeAsync(server.Client, round, cancellationToken);
            await ClearAsync(stage, cancellationToken);
            var without = await DirectlyAsync(server.Client, pods, cancellationToken);
            await ClearAsync(stage, cancellationToken);
            progress($"round {round} of {Rounds}{(round == 0 ? " (warm-up)" : "")}: bridge {through:0}/s, direct {without:0}/s, ratio {through / without:0.00}");
            if (round > 0)
            {
                bridged.Add(through);
                direct.Add(without);
            }
        }

        Add(report, bridged, direct);
    }

    private static void Add(Report report, List<double> bridged, List<double> direct)
    {
        var setting = $"{Count:#,0} tasks in ACCEPTs of {TasksPerAccept}, {Bridges.Options.Parallelism} creations at a time, real kube-apiserver 1.20.2 and etcd on the same cores; median of {Rounds} alternating rounds";
        report.Figures.Add(new Figure(Group, "through the bridge", Spread.Median(bridged), "tasks/s", $"first ACCEPT sent to last Pod created; {setting}"));
        report.Figures.Add(new Figure(Group, "directly", Spread.Median(direct), "Pods/s", $"the same Pods created by the same client; {setting}"));
        report.Figures.Add(new Figure(
            Group, "ratio", Spread.Median(bridged.Zip(direct, (b, d) => b / d)), "", "bridge to directly, median of the rounds' ratios; ≥ 0.7 wanted, 0.9 aimed at"));
    }

    private static async Task<(double Rate, List<V1Pod> Pods)> ThroughBridgeAsync(IKubernetes kubernetes, int round, CancellationToken cancellationToken)
    {
        var watched = new WatchedKubernetes(kubernetes);
        var done = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        watched.OnCreated = created =>
        {
            if (created == Count)
            {
                done.SetResult(Time.Now);
            }
        };

        await using var bridge = await Bridges.StartAsync(watched, cancellationToken);
        var framework = await BenchFramework.SubscribeAsync(bridge.Address, $"bench-{round}", _ => { }, cancellationToken);
        await using (framework)
        {
            var accepts = new List<(Offer Offer, TaskInfo[] Tasks)>();
            foreach (var number in Enumerable.Range(0, Accepts))
            {
                var offer = await framework.OfferAsync(cancellationToken);
                accepts.Add((offer, [.. Enumerable.Range(0, TasksPerAccept).Select(i => Workload.Task($"r{round}.{number}.{i}", offer, "sleep 1000"))]));
            }

            GC.Collect();
            var start = Time.Now;
            foreach (var (offer, tasks) in accepts)
            {
                await framework.AcceptAsync(offer, tasks, cancellationToken);
            }

            await await Task.WhenAny(done.Task, framework.Failed).WaitAsync(cancellationToken);
            var rate = Count * 1000 / Time.Milliseconds(start, await done.Task);
            await bridge.DisposeAsync(); // Before the framework goes away: its tasks are not to be ended.
            return (rate, [.. watched.Pods]);
        }
    }

    private static async Task<double> DirectlyAsync(IKubernetes kubernetes, List<V1Pod> pods, CancellationToken cancellationToken)
    {
        var together = new ParallelOptions { MaxDegreeOfParallelism = Bridges.Options.Parallelism, CancellationToken = cancellationToken };
        GC.Collect();
        var start = Time.Now;
        await Parallel.ForEachAsync(pods, together, async (pod, token) => await kubernetes.CreateAsync(pod, token));
        return pods.Count * 1000 / Time.Milliseconds(start, Time.Now);
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
