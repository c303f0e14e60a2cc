using MesosK8sBridge.Benchmarks.Figures;

namespace MesosK8sBridge.Benchmarks.Pods;

/// <summary>
/// <see cref="PodBenchmarks"/> by the processor's time, which a machine that is busy elsewhere does not lengthen as it does the time that passes.
/// </summary>
internal static class PodCosts
{
    private const string Group = "Pods";
    private const int Rounds = 9;

    /// <summary>Until the just-in-time compiler is done, which works beside.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    /// <summary>The processor's time is counted in steps of up to 10 ms.</summary>
    private static readonly TimeSpan LeastRound = TimeSpan.FromMilliseconds(500);

    public static void Measure(Report report, Action<string> progress)
    {
        var pods = new PodBenchmarks();
        pods.Prepare();
        Add(report, progress, "built: a command", () => pods.BuildPlain());
        Add(report, progress, "built: as Marathon's, Docker, 12 variables, health check", () => pods.BuildLikeMarathon());
        Add(report, progress, "built: the same with a template laid over", () => pods.BuildWithOverlay());
        Add(report, progress, "read: the latter's updates, running", () => pods.Read());
    }

    private static void Add(Report report, Action<string> progress, string name, Func<object> work)
    {
        Repeat(work, WarmUp);
        var rounds = Enumerable.Range(0, Rounds).Select(_ => Repeat(work, LeastRound)).ToList();
        var (median, least) = (Spread.Median(rounds.Select(round => round.Micros)), rounds.Min(round => round.Micros));
        report.Figures.Add(new Figure(Group, $"{name}, processor", median, "µs", $"median of {Rounds} rounds of at least {LeastRound.TotalMilliseconds} ms, garbage collection included"));
        report.Figures.Add(new Figure(Group, $"{name}, processor, least", least, "µs", $"least of {Rounds} such rounds"));
        report.Figures.Add(new Figure(Group, $"{name}, allocated", rounds[^1].Bytes, "bytes", "by one"));
        progress($"{name}: {median:0.0} µs of the processor, {rounds[^1].Bytes:0} bytes");
    }

    private static (double Micros, double Bytes) Repeat(Func<object> work, TimeSpan least)
    {
        var (start, bytes, count) = (Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread(), 0);
        TimeSpan took;
        do
        {
            for (var i = 0; i < 200; i++)
            {
                GC.KeepAlive(work());
            }

            count += 200;
            took = Environment.CpuUsage.TotalTime - start;
        }
        while (took < least);
        return (took.TotalMicroseconds / count, (GC.GetAllocatedBytesForCurrentThread() - bytes) / (double)count);
    }
}
