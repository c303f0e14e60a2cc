using System.Globalization;
using BenchmarkDotNet.Running;
using MesosK8sBridge.Benchmarks.Allocation;
using MesosK8sBridge.Benchmarks.Calling;
using MesosK8sBridge.Benchmarks.Codecs;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Benchmarks.Latency;
using MesosK8sBridge.Benchmarks.Launch;
using MesosK8sBridge.Benchmarks.Memory;
using MesosK8sBridge.Benchmarks.Pods;
using MesosK8sBridge.Benchmarks.Restart;
using MesosK8sBridge.Benchmarks.Watch;

switch (args)
{
    // What benchmarks start beside themselves.
    case ["cluster", var nodes]:
        await Roles.ClusterAsync(int.Parse(nodes, CultureInfo.InvariantCulture));
        return 0;
    case ["bridge", var server]:
        await Roles.BridgeAsync(new Uri(server));
        return 0;

    case ["master", var agents]:
        await MasterRole.RunAsync(int.Parse(agents, CultureInfo.InvariantCulture));
        return 0;
    case ["stored", var tasks, var nodes]:
        await StoredCluster.RunAsync(int.Parse(tasks, CultureInfo.InvariantCulture), int.Parse(nodes, CultureInfo.InvariantCulture));
        return 0;

    // BenchmarkDotNet with all its options and care.
    case ["dotnet", ..]:
        BenchmarkSwitcher.FromAssembly(typeof(UpdateEvent).Assembly).Run(args[1..]);
        return 0;
    default:
        return await Benchmarks.RunAsync(args);
}

/// <summary>All figures in one run, or some.</summary>
internal static class Benchmarks
{
    private static readonly string[] Parts = ["launch", "latency", "calls", "restart", "memory", "allocation", "codecs", "pods", "watch"];

    /// <summary>No part takes longer; one that does is given up.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public static async Task<int> RunAsync(string[] wanted)
    {
        if (wanted.Except(Parts).FirstOrDefault() is { } unknown)
        {
            Console.Error.WriteLine($"There is no benchmark {unknown}: {string.Join(", ", Parts)}; or dotnet with the arguments of BenchmarkDotNet.");
            return 2;
        }

        var (report, root, failed) = (new Report(), Root(), false);
        foreach (var part in Parts.Where(part => wanted.Length == 0 || wanted.Contains(part)))
        {
            failed |= !await TryAsync(part, report, root);
        }

        var results = Path.Combine(root, "tests", "results");
        report.Save(results);
        Console.WriteLine();
        Console.WriteLine(report.ToTable());
        Console.WriteLine($"With methods: {Path.Combine(results, "bench.md")}, bench.json");
        return failed ? 1 : 0;
    }

    private static async Task<bool> TryAsync(string part, Report report, string root)
    {
        using var limit = new CancellationTokenSource(Longest);
        var start = Time.Now;
        try
        {
            await MeasureAsync(part, report, root, line => Console.WriteLine($"[{part} {Time.Milliseconds(start, Time.Now) / 1000,5:0.0} s] {line}"), limit.Token);
            return true;
        }
        catch (Exception fault)
        {
            Console.Error.WriteLine(fault);
            report.Omissions.Add(new Omission(part, limit.IsCancellationRequested ? $"not done within {Longest.TotalMinutes} min" : fault.Message));
            return false;
        }
    }

    private static async Task MeasureAsync(string part, Report report, string root, Action<string> progress, CancellationToken cancellationToken)
    {
        switch (part)
        {
            case "launch":
                await new LaunchRate(root).MeasureAsync(report, progress, cancellationToken);
                break;
            case "latency":
                await new RunningLatency().MeasureAsync(report, progress, cancellationToken);
                break;
            case "calls":
                await new CallRate().MeasureAsync(report, progress, cancellationToken);
                await SlowReader.MeasureAsync(report, progress, cancellationToken);
                break;
            case "restart":
                await LargeRestart.MeasureAsync(report, progress, cancellationToken);
                break;
            case "memory":
                await new MemoryPerTask().MeasureAsync(report, progress, cancellationToken);
                break;
            case "allocation":
                AllocationRounds.Measure(report, progress);
                break;
            case "pods":
                PodCosts.Measure(report, progress);
                break;
            case "watch":
                await new WatchLatency().MeasureAsync(report, progress, cancellationToken);
                break;
            default:
                CodecRun.Measure(report, progress);
                break;
        }
    }

    /// <summary>Of the repository.</summary>
    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "MesosK8sBridge.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Not in the repository.");
        }

        return folder;
    }
}
