using System.Globalization;
using MesosK8sBridge.Benchmarks.Figures;

namespace MesosK8sBridge.Benchmarks.Allocation;

/// <summary>What rounds of allocation cost in the core, in large clusters; and that the cost grows with them and not faster.</summary>
internal static class AllocationRounds
{
    private const string Group = "Allocation in the core";
    private const int Rounds = 9;

    public static void Measure(Report report, Action<string> progress)
    {
        WarmUp(progress);
        Large(report, progress, new CrowdedMaster.Size(10_000, 200, 50, 1), "10,000 agents, 200 frameworks, 50 roles");
        Large(report, progress, new CrowdedMaster.Size(2_000, 1_000, 1_000, 1), "2,000 agents, 1,000 frameworks, 1,000 roles");
        Large(report, progress, new CrowdedMaster.Size(10_000, 200, 50, 50), "10,000 agents, 200 frameworks of all 50 roles each");
        foreach (var agents in new[] { 1_000, 2_000, 5_000, 10_000 })
        {
            Growth(report, progress, agents);
        }

        Refused(report, progress);
    }

    /// <summary>So that no figure has the compiler's time in it.</summary>
    private static void WarmUp(Action<string> progress)
    {
        progress("warming up");
        var master = new CrowdedMaster(new CrowdedMaster.Size(1_000, 20, 10, 2));
        for (var i = 0; i < 40; i++)
        {
            master.FullRound();
            master.Changes(50, 17 + i);
        }
    }

    private static void Large(Report report, Action<string> progress, CrowdedMaster.Size size, string name)
    {
        progress(name);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var master = new CrowdedMaster(size);
        var full = Repeated(master.FullRound);
        report.Figures.Add(new Figure(Group, $"{name}: full round, allocated for an agent", master.Allocated / (double)size.Agents, "bytes", "by the last of these rounds, the offer and its message included"));
        var heap = GC.GetTotalMemory(forceFullCollection: true) - before;
        var few = size.Agents / 100;
        var cpus = 16;
        var declined = Repeated(() => master.RoundAfterDeclines(few));
        var changed = Repeated(() => master.Changes(few, ++cpus));
        Add(report, $"{name}: full round", full, $"all agents free and offered again in one round, {Rounds} rounds");
        Add(report, $"{name}: round after 1 % became free", declined, $"so many offers declined before, {Rounds} rounds");
        Add(report, $"{name}: 1 % of the agents change", changed, $"an input for each, each looked at at once, their times added, {Rounds} times");
        report.Figures.Add(new Figure(Group, $"{name}: managed heap", heap / 1048576.0, "MiB", "all agents on offer, after a full collection; the benchmark's own lists of offers included"));
        GC.KeepAlive(master);
    }

    private static void Growth(Report report, Action<string> progress, int agents)
    {
        var name = agents.ToString("#,0", CultureInfo.InvariantCulture);
        progress($"{name} agents");
        var master = new CrowdedMaster(new CrowdedMaster.Size(agents, 200, 50, 1));
        var full = Repeated(master.FullRound);
        progress($"cpu {master.Cpu.TotalMicroseconds/Rounds/agents} pause {master.Collecting.TotalMicroseconds/Rounds/agents}");
        report.Figures.Add(new Figure(Group, $"{name} agents: full round, an agent", full.Median * 1000 / agents, "µs", $"200 frameworks, 50 roles, median of {Rounds} rounds"));
    }

    /// <summary>The worst case for filters: nothing can be offered, and everybody has to be asked.</summary>
    private static void Refused(Report report, Action<string> progress)
    {
        const string name = "1,000 agents that 200 frameworks have refused";
        progress(name);
        var master = new CrowdedMaster(new CrowdedMaster.Size(1_000, 200, 50, 1));
        var empty = GC.GetTotalMemory(forceFullCollection: true);
        master.RefuseAll();
        var full = GC.GetTotalMemory(forceFullCollection: true);
        var revived = Repeated(() =>
        {
            var took = master.Revive();
            master.RefuseAll();
            return took;
        });
        Add(report, $"{name}: one of them revives", revived, $"it is offered all of them, {Rounds} times");
        report.Figures.Add(new Figure(Group, $"{name}: a filter, managed heap", (full - empty) / 200_000.0, "bytes", "live heap before and after 200,000 refusals"));
    }

    private static (double Median, double Worst) Repeated(Func<double> measure)
    {
        var samples = Enumerable.Range(0, Rounds).Select(_ => measure()).ToArray();
        return (Spread.Median(samples), samples.Max());
    }

    private static void Add(Report report, string name, (double Median, double Worst) took, string method)
    {
        report.Figures.Add(new Figure(Group, $"{name}, median", took.Median, "ms", method));
        report.Figures.Add(new Figure(Group, $"{name}, worst", took.Worst, "ms", method));
    }
}
