using System.Globalization;
using System.Net;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Benchmarks.Framework;
using MesosK8sBridge.Benchmarks.Memory;
using MesosK8sBridge.Operator;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Benchmarks.Calling;

/// <summary>
/// A framework that asks for much and reads nothing, until its stream is cut: what it costs the master's process, and the calls
/// of another framework.
/// </summary>
internal static class SlowReader
{
    private const string Group = "A framework that does not read";
    private const int Agents = 100;
    private const int AskedAtOnce = 5_000;
    private const int MostCalls = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    public static async Task MeasureAsync(Report report, Action<string> progress, CancellationToken cancellationToken)
    {
        await using var master = await Child.StartAsync(["master", Agents.ToString(CultureInfo.InvariantCulture)], cancellationToken);
        var endpoint = new IPEndPoint(IPAddress.Loopback, int.Parse(master.Greeting, CultureInfo.InvariantCulture));
        await using var other = await BenchFramework.SubscribeAsync(endpoint, "other", _ => { }, cancellationToken);
        using var client = new SchedulerClient(new SchedulerClientOptions([new HostPort("127.0.0.1", endpoint.Port)], WireFormat.Protobuf, Credential: null));
        await using var stream = await client.SubscribeAsync(Calls.Subscribe(new FrameworkInfo { User = "bench", Name = "slow" }), cancellationToken);
        await using var events = stream.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await events.MoveNextAsync();
        var call = Reconcile(events.Current.Subscribed.FrameworkId);

        var before = await master.MeasureAsync(cancellationToken);
        var times = new List<double>();
        using var cut = new CancellationTokenSource();
        var calling = CallAsync(other, times, cut.Token);
        var (asked, heap) = (0, 0L);
        while (asked < MostCalls && await TrySendAsync(client, stream, call, cancellationToken))
        {
            asked++;
            heap = Math.Max(heap, long.Parse(await master.AskAsync("heap", cancellationToken), CultureInfo.InvariantCulture));
        }

        await cut.CancelAsync();
        await calling;
        await Task.Delay(Settling, Time.Clock, cancellationToken);
        var after = await master.MeasureAsync(cancellationToken);
        var log = await master.AskAsync("warnings", cancellationToken);
        progress($"cut after {asked * AskedAtOnce:#,0} events: '{log}'");
        Add(report, before, heap, after, master.PeakResident, times, log);
    }

    private static void Add(Report report, MemoryUse before, long heap, MemoryUse after, long peak, IReadOnlyCollection<double> times, string log)
    {
        var method = $"explicit reconciliation of {AskedAtOnce:#,0} unknown tasks again and again, and nothing read; ended by: {log}";
        Add("managed heap before", before.Managed / 1048576.0, "MiB");
        Add("managed heap, highest, garbage included", heap / 1048576.0, "MiB");
        Add("managed heap afterwards", after.Managed / 1048576.0, "MiB");
        Add("peak resident", peak / 1048576.0, "MiB");
        Add("calls of another framework meanwhile, p50", Spread.Median(times), "ms");
        Add("calls of another framework meanwhile, p99", Spread.Percentile(times, 99), "ms");

        void Add(string name, double value, string unit) => report.Figures.Add(new Figure(Group, name, value, unit, method));
    }

    private static Call Reconcile(FrameworkID framework) => new()
    {
        Type = Call.Types.Type.Reconcile,
        FrameworkId = framework,
        Reconcile = new Call.Types.Reconcile
        {
            Tasks = { Enumerable.Range(0, AskedAtOnce).Select(n => new Call.Types.Reconcile.Types.Task { TaskId = new TaskID { Value = $"no-such-task-{n}" } }) },
        },
    };

    /// <returns>False once the subscription is gone.</returns>
    private static async Task<bool> TrySendAsync(SchedulerClient client, SchedulerStream stream, Call call, CancellationToken cancellationToken)
    {
        try
        {
            await client.SendAsync(stream, call, cancellationToken);
            return true;
        }
        catch (SchedulerException)
        {
            return false;
        }
    }

    private static async Task CallAsync(BenchFramework framework, List<double> times, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var sent = Time.Now;
            await framework.ReviveAsync(CancellationToken.None);
            times.Add(Time.Milliseconds(sent, Time.Now));
            await Task.Delay(Pause, Time.Clock, CancellationToken.None);
        }
    }
}
