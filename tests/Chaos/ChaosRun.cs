using System.Collections.Immutable;
using System.Globalization;
using MesosK8sBridge.Chaos.Cluster;
using MesosK8sBridge.Chaos.Faults;
using MesosK8sBridge.Chaos.Frameworks;
using MesosK8sBridge.Chaos.Replicas;
using MesosK8sBridge.Chaos.Verdict;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Testing;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Chaos;

/// <summary>
/// Two bridges, many frameworks, and one fault after the other; then calm, and an account of every task. What it starts it ends.
/// </summary>
internal sealed class ChaosRun(ApiServerFixture server, ChaosOptions options, ILogger log, TimeProvider clock, Action<string> progress)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestIdleness = TimeSpan.FromSeconds(10);

    private readonly long _start = clock.GetTimestamp();

    public FaultLog Faults { get; } = new(clock);

    public IReadOnlyList<ChaosFramework> Frameworks { get; private set; } = [];

    /// <summary>Bridges that could not stop before their lease ran out, and ended.</summary>
    public int EndedByThemselves { get; private set; }

    /// <returns>What is not as it should be, in words; nothing if all is well.</returns>
    public async Task<ImmutableArray<string>> RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.Folder);
        var api = await server.AccessAsync();
        using var kubernetes = new KubernetesClient(
            KubernetesClientConfiguration.FromFiles([api.Kubeconfig]), new KubernetesClientOptions { Json = CustomResources.Json });
        await CustomResources.InstallAsync(kubernetes, clock, cancellationToken);
        await using var kubelets = await Kubelets.StartAsync(kubernetes, options.Nodes, log, cancellationToken);
        await using var pair = new ReplicaPair(api, options, clock);
        foreach (var replica in pair.All)
        {
            replica.Start();
        }

        Frameworks = [.. Enumerable.Range(1, options.Frameworks).Select(number => new ChaosFramework(number, [.. pair.All.Select(replica => replica.Place)], options, clock))];
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = Frameworks.Select(framework => Task.Run(() => framework.RunAsync(stopping.Token), CancellationToken.None)).Append(ReviveAsync(pair, stopping.Token)).ToList();
        try
        {
            await HarmAsync(pair, cancellationToken);
            return await SettleAsync(kubernetes, cancellationToken);
        }
        finally
        {
            await stopping.CancelAsync();
            await Task.WhenAll(running);
            foreach (var framework in Frameworks)
            {
                framework.Dispose();
            }
        }
    }

    // ---- faults ----

    private async Task HarmAsync(ReplicaPair pair, CancellationToken cancellationToken)
    {
        var plan = FaultPlan.Of(options, server is RealApiServer);
        var isHasty = false;
        var restarts = new List<Task>();
        foreach (var fault in plan)
        {
            var leader = await pair.WaitForLeaderAsync(options.LongestGap, cancellationToken);
            if (!isHasty)
            {
                await WaitForSubscriptionsAsync(cancellationToken);
                await WaitForLaunchesAsync(cancellationToken);
            }

            var trouble = fault.Trouble == Trouble.None ? Task.CompletedTask : TroubleAsync(fault, pair, leader, cancellationToken);
            await Task.Delay(fault.Wait, clock, cancellationToken);
            leader = await pair.LeaderAsync(cancellationToken) ?? leader;
            var lastLog = leader.Log;
            Faults.Ended(fault.Ending);
            await EndAsync(leader, fault.Ending);
            restarts.Add(StartAgainAsync(leader, fault.RestartAfter, cancellationToken));
            await trouble;
            isHasty = fault.IsHasty;
            Tell(fault, plan.Count, leader, lastLog);
        }

        await Task.WhenAll(restarts);
    }

    private static Task EndAsync(Replica leader, Ending ending) => ending == Ending.Kill ? leader.CrashAsync() : leader.HandOverAsync();

    private async Task StartAgainAsync(Replica replica, TimeSpan after, CancellationToken cancellationToken)
    {
        await Task.Delay(after, clock, cancellationToken);
        replica.Start();
    }

    private async Task TroubleAsync(Fault fault, ReplicaPair pair, Replica leader, CancellationToken cancellationToken)
    {
        await Task.Delay(fault.TroubleAfter, clock, cancellationToken);
        await Faults.TroubledAsync(() => fault.Trouble switch
        {
            Trouble.Cut => CutAsync(pair),
            Trouble.StallLeader => leader.Proxy.StallAsync(fault.TroubleLength, clock, cancellationToken),
            Trouble.StallStandby => pair.OtherOf(leader).Proxy.StallAsync(fault.TroubleLength, clock, cancellationToken),
            Trouble.PauseApiServer => PauseAsync((RealApiServer)server, fault.TroubleLength, cancellationToken),
            _ => ((RealApiServer)server).RestartAsync(),
        });
    }

    private static Task CutAsync(ReplicaPair pair)
    {
        foreach (var replica in pair.All)
        {
            replica.Proxy.Cut();
        }

        return Task.CompletedTask;
    }

    private async Task PauseAsync(RealApiServer real, TimeSpan length, CancellationToken cancellationToken)
    {
        await real.PauseAsync();
        try
        {
            await Task.Delay(length, clock, cancellationToken);
        }
        finally
        {
            await real.ResumeAsync();
        }
    }

    private async Task ReviveAsync(ReplicaPair pair, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            foreach (var replica in pair.All)
            {
                await replica.ReviveAsync();
            }

            EndedByThemselves = pair.All.Sum(replica => replica.EndedByItself);
            await Task.Delay(LookEvery, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WaitForSubscriptionsAsync(CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (Frameworks.Count(framework => !framework.IsSubscribed) is > 0 and var lost)
        {
            if (clock.GetElapsedTime(start) > options.LongestGap)
            {
                throw new TimeoutException($"{lost} frameworks have no subscription after {options.LongestGap.TotalSeconds:0} s");
            }

            await Task.Delay(LookEvery, clock, cancellationToken);
        }
    }

    /// <summary>A leader that has nothing to do has nothing to lose. What keeps frameworks from launching is not judged here.</summary>
    private async Task WaitForLaunchesAsync(CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        var wanted = Launched() + (options.Frameworks / 2);
        while (Launched() < wanted && clock.GetElapsedTime(start) < LongestIdleness)
        {
            await Task.Delay(LookEvery, clock, cancellationToken);
        }

        int Launched() => Frameworks.Sum(framework => framework.Ledger.All.Length);
    }

    private void Tell(Fault fault, int of, Replica leader, string log)
    {
        var ending = fault.Ending == Ending.Kill ? "kill -9" : "SIGTERM";
        var trouble = fault.Trouble == Trouble.None ? "" : $", {fault.Trouble}";
        var tasks = Frameworks.Sum(framework => framework.Ledger.All.Length);
        var open = Frameworks.Sum(framework => framework.Ledger.Open.Length);
        Say($"{fault.Number}/{of} {ending} of {leader.Name} ({Path.GetFileName(log)}){trouble}; {tasks} tasks, {open} open");
    }

    private void Say(string text) =>
        progress(string.Create(CultureInfo.InvariantCulture, $"[{clock.GetElapsedTime(_start).TotalSeconds,6:0.0} s] {text}"));

    // ---- the end ----

    private async Task<ImmutableArray<string>> SettleAsync(KubernetesClient kubernetes, CancellationToken cancellationToken)
    {
        foreach (var framework in Frameworks)
        {
            framework.StopLaunching();
        }

        Say("no more faults; waiting for the last tasks");
        var start = clock.GetTimestamp();
        ImmutableArray<string> wrongs;
        do
        {
            await Task.Delay(LookEvery, clock, cancellationToken);
            var open = Frameworks.Sum(framework => framework.Ledger.Open.Length);
            wrongs = open > 0
                ? [$"{open} tasks are open"]
                : Audit.Of(Frameworks, (await kubernetes.ListAllAsync<V1Pod>(cancellationToken: cancellationToken)).Items);
        }
        while (!wrongs.IsEmpty && clock.GetElapsedTime(start) < options.Settling);

        wrongs = Audit.Of(Frameworks, (await kubernetes.ListAllAsync<V1Pod>(cancellationToken: cancellationToken)).Items);
        Say(wrongs.IsEmpty ? "every task is accounted for" : $"{wrongs.Length} things are not as they should be");
        return wrongs;
    }
}
