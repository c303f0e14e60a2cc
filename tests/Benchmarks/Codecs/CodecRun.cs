using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using MesosK8sBridge.Benchmarks.Figures;
using Perfolizer.Horology;
using Report = MesosK8sBridge.Benchmarks.Figures.Report;

namespace MesosK8sBridge.Benchmarks.Codecs;

/// <summary>The codecs and the resource algebra, shortly: three iterations in this process. The switcher gives the long run.</summary>
internal static class CodecRun
{
    private const string Group = "Codecs and resources";

    public static void Measure(Report report, Action<string> progress)
    {
        var job = Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithLaunchCount(1)
            .WithWarmupCount(2)
            .WithIterationCount(3)
            .WithIterationTime(TimeInterval.FromMilliseconds(150));
        var config = ManualConfig.CreateEmpty().AddJob(job).AddColumnProvider(DefaultColumnProviders.Instance).AddLogger(NullLogger.Instance);
        foreach (var type in new[] { typeof(OffersEvent), typeof(AcceptCall), typeof(UpdateEvent), typeof(ResourceAlgebra) })
        {
            progress(type.Name);
            foreach (var measured in BenchmarkRunner.Run(type, config).Reports)
            {
                Add(report, measured);
            }
        }
    }

    private static void Add(Report report, BenchmarkReport measured)
    {
        var which = measured.BenchmarkCase;
        var parameters = which.Parameters.Items.Count == 0 ? "" : $" ({which.Parameters.PrintInfo})";
        var name = $"{which.Descriptor.Type.Name}{parameters}: {which.Descriptor.WorkloadMethod.Name}";
        if (measured.ResultStatistics is not { } statistics)
        {
            report.Omissions.Add(new Omission(name, "BenchmarkDotNet gave no result"));
            return;
        }

        report.Figures.Add(new Figure(Group, name, statistics.Mean / 1000, "µs", "BenchmarkDotNet, mean of 3 iterations of 150 ms after 2 to warm up"));
        if (measured.GcStats.GetBytesAllocatedPerOperation(which) is { } bytes)
        {
            report.Figures.Add(new Figure(Group, $"{name}, allocated", bytes, "bytes", "BenchmarkDotNet, allocated by one operation"));
        }
    }
}
