using System.Globalization;
using System.Net;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Benchmarks.Framework;
using MesosK8sBridge.Protocol.V1;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Benchmarks.Memory;

/// <summary>Memory of a bridge's process with more and more running tasks; cluster and framework are other processes.</summary>
internal sealed class MemoryPerTask
{
    private const string Group = "Memory of the bridge";
    private const int Agents = 1_000;
    private const int Few = 1_000;
    private const int Many = 10_000;
    private const int Together = 8;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    private int _running;
    private int _wanted;
    private TaskCompletionSource _reached = new();

    public async Task MeasureAsync(Report report, Action<string> progress, CancellationToken cancellationToken)
    {
        progress($"starting {Agents} simulated nodes, and a bridge");
        await using var cluster = await Child.StartAsync(["cluster", Agents.ToString(CultureInfo.InvariantCulture)], cancellationToken);
        await using var bridge = await Child.StartAsync(["bridge", cluster.Greeting], cancellationToken);
        var endpoint = new IPEndPoint(IPAddress.Loopback, int.Parse(bridge.Greeting, CultureInfo.InvariantCulture));
        await using var framework = await BenchFramework.SubscribeAsync(endpoint, "bench", Note, cancellationToken);
        var none = await MeasureAsync(bridge, cancellationToken);
        progress($"no task: {Text(none)}");
        await LaunchAsync(framework, 1, 0, Few, cancellationToken);
        var few = await MeasureAsync(bridge, cancellationToken);
        progress($"{Few:#,0} tasks: {Text(few)}");
        var start = Time.Now;
        await LaunchAsync(framework, (Many - Few) / Agents, Few, Many, cancellationToken);
        var rate = (Many - Few) * 1000 / Time.Milliseconds(start, Time.Now);
        var many = await MeasureAsync(bridge, cancellationToken);
        progress($"{Many:#,0} tasks: {Text(many)}; {rate:0} tasks/s from ACCEPT to TASK_RUNNING");
        Add(report, none, few, many);
    }

    private static void Add(Report report, MemoryUse none, MemoryUse few, MemoryUse many)
    {
        const string method = "a process of its own, 1,000 agents all on offer, tasks of simulated nodes all running and acknowledged";
        foreach (var (name, use) in new[] { ("1,000 agents, no task", none), ("1,000 agents, 1,000 tasks", few), ("1,000 agents, 10,000 tasks", many) })
        {
            report.Figures.Add(new Figure(Group, $"{name}: resident", use.Resident / 1048576.0, "MiB", $"working set as it stands; {method}"));
            report.Figures.Add(new Figure(Group, $"{name}: managed heap", use.Managed / 1048576.0, "MiB", $"live objects after a full collection; {method}"));
        }

        AddPerTask(report, "the first 1,000", few, none, Few);
        AddPerTask(report, "the next 9,000", many, few, Many - Few);
        AddPerTask(report, "all 10,000", many, none, Many);
        report.Figures.Add(new Figure(Group, "an agent: managed heap", none.Managed / (double)Agents, "bytes", "live heap without tasks by agents, everything else of the bridge included"));
    }

    private static void AddPerTask(Report report, string which, MemoryUse more, MemoryUse less, int tasks)
    {
        report.Figures.Add(new Figure(Group, $"a task of {which}: resident", (more.Resident - less.Resident) / (double)tasks, "bytes", "difference of working sets by tasks"));
        report.Figures.Add(new Figure(Group, $"a task of {which}: managed heap", (more.Managed - less.Managed) / (double)tasks, "bytes", "difference of live heaps by tasks"));
    }

    private static async Task<MemoryUse> MeasureAsync(Child bridge, CancellationToken cancellationToken)
    {
        await Task.Delay(Settling, Time.Clock, cancellationToken); // What follows the last update: acknowledgements, status, offers.
        return await bridge.MeasureAsync(cancellationToken);
    }

    /// <summary>So many tasks onto each offer, until <paramref name="to"/> run.</summary>
    private async Task LaunchAsync(BenchFramework framework, int each, int from, int to, CancellationToken cancellationToken)
    {
        (_wanted, _reached) = (to, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var accepts = Enumerable.Range(0, (to - from) / each);
        await Parallel.ForEachAsync(accepts, new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = cancellationToken }, async (accept, token) =>
        {
            var offer = await framework.OfferAsync(token);
            var tasks = Enumerable.Range(from + (accept * each), each).Select(n => Workload.Task($"task-{n}", offer, "sleep 100000"));
            await framework.AcceptAsync(offer, tasks, token);
        });
        await await Task.WhenAny(_reached.Task, framework.Failed).WaitAsync(cancellationToken);
    }

    private void Note(Heard heard)
    {
        if (heard.Status.State == TaskState.TaskRunning && ++_running == _wanted)
        {
            _reached.TrySetResult();
        }
    }

    private static string Text(MemoryUse use) => $"{use.Resident / 1048576.0:0} MiB resident, {use.Managed / 1048576.0:0.0} MiB live";
}
