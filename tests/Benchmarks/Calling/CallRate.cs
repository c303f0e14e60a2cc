using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Benchmarks.Framework;
using MesosK8sBridge.Benchmarks.Memory;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol.V1;
using Workload = MesosK8sBridge.Benchmarks.Framework.Workload;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Benchmarks.Calling;

/// <summary>
/// DECLINE and ACCEPT over real sockets, each framework one call at a time: all frameworks at once answer all the offers they
/// have, then wait for the next. The master is a process of its own, frameworks are in this one, on the same cores.
/// </summary>
internal sealed class CallRate
{
    private const int Agents = 2_000;
    private const int Waves = 6;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    private int _launched;

    public async Task MeasureAsync(Report report, Action<string> progress, CancellationToken cancellationToken)
    {
        foreach (var frameworks in new[] { 1, 20, 200 })
        {
            foreach (var format in new[] { WireFormat.Json, WireFormat.Protobuf })
            {
                await MeasureAsync(frameworks, format, report, progress, cancellationToken);
            }
        }
    }

    private async Task MeasureAsync(int count, WireFormat format, Report report, Action<string> progress, CancellationToken cancellationToken)
    {
        await using var master = await Child.StartAsync(["master", Agents.ToString(CultureInfo.InvariantCulture)], cancellationToken);
        var endpoint = new IPEndPoint(IPAddress.Loopback, int.Parse(master.Greeting, CultureInfo.InvariantCulture));
        var frameworks = new List<BenchFramework>();
        try
        {
            foreach (var number in Enumerable.Range(1, count))
            {
                frameworks.Add(await BenchFramework.SubscribeAsync(endpoint, $"bench-{number}", _ => { }, cancellationToken, format));
            }

            var which = $"{count} {(count == 1 ? "framework" : "frameworks")}, {format}";
            await WaveAsync(frameworks, Decline, cancellationToken);
            await WaveAsync(frameworks, Accept, cancellationToken);
            Add(report, progress, $"DECLINE, {which}", await WavesAsync(frameworks, Decline, master, cancellationToken));
            Add(report, progress, $"ACCEPT of one task, {which}", await WavesAsync(frameworks, Accept, master, cancellationToken));
        }
        finally
        {
            await Task.WhenAll(frameworks.Select(framework => framework.DisposeAsync().AsTask()));
        }
    }

    private static Task Decline(BenchFramework framework, Offer offer, CancellationToken cancellationToken) =>
        framework.DeclineAsync(offer, cancellationToken);

    private Task Accept(BenchFramework framework, Offer offer, CancellationToken cancellationToken) =>
        framework.AcceptAsync(offer, [Workload.Task($"task-{Interlocked.Increment(ref _launched)}", offer, "sleep 1")], cancellationToken);

    private static async Task<Calls> WavesAsync(
        IReadOnlyList<BenchFramework> frameworks, Func<BenchFramework, Offer, CancellationToken, Task> call, Child master, CancellationToken cancellationToken)
    {
        var (times, busy, cpu) = (new List<double>(), 0.0, TimeSpan.Zero);
        for (var wave = 0; wave < Waves; wave++)
        {
            var before = master.CpuTime;
            var (taken, milliseconds) = await WaveAsync(frameworks, call, cancellationToken);
            cpu += master.CpuTime - before;
            times.AddRange(taken);
            busy += milliseconds;
        }

        return new Calls(times, times.Count / busy * 1000, cpu.TotalMilliseconds / times.Count);
    }

    /// <summary>Waits until all agents are on offer; then the clock runs until the last framework has answered its share.</summary>
    private static async Task<(IReadOnlyCollection<double> Taken, double Milliseconds)> WaveAsync(
        IReadOnlyList<BenchFramework> frameworks, Func<BenchFramework, Offer, CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        while (frameworks.Sum(framework => framework.Offered) < Agents)
        {
            await Task.Delay(LookEvery, Time.Clock, cancellationToken);
        }

        var times = new ConcurrentBag<double>();
        var start = Time.Now;
        await Task.WhenAll(frameworks.Select(framework => AnswerAsync(framework, framework.Offered)));
        return (times, Time.Milliseconds(start, Time.Now));

        async Task AnswerAsync(BenchFramework framework, int offers)
        {
            for (var number = 0; number < offers; number++)
            {
                var offer = await framework.OfferAsync(cancellationToken);
                var sent = Time.Now;
                await call(framework, offer, cancellationToken);
                times.Add(Time.Milliseconds(sent, Time.Now));
            }
        }
    }

    private static void Add(Report report, Action<string> progress, string what, Calls calls)
    {
        const string group = "Calls";
        var method = $"{Agents:#,0} simulated agents, {Waves} times all of their offers answered, one call at a time from each framework, one offer a call; "
            + "master in a process of its own, frameworks in another on the same cores";
        report.Figures.Add(new Figure(group, $"{what}: calls/s", calls.Rate, "", method));
        report.Figures.Add(new Figure(group, $"{what}: p50", Spread.Median(calls.Times), "ms", $"call sent to answer read; {method}"));
        report.Figures.Add(new Figure(group, $"{what}: p99", Spread.Percentile(calls.Times, 99), "ms", $"call sent to answer read; {method}"));
        report.Figures.Add(new Figure(group, $"{what}: CPU of the master", calls.MasterCpu, "ms", $"CPU time of the master's process by calls, offers and allocation included; {method}"));
        progress($"{what}: {calls.Rate:#,0}/s, p50 {Spread.Median(calls.Times):0.00} ms, p99 {Spread.Percentile(calls.Times, 99):0.00} ms, {calls.MasterCpu:0.00} ms of CPU of the master each");
    }

    private sealed record Calls(IReadOnlyCollection<double> Times, double Rate, double MasterCpu);
}
