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
        var full = Repeated(master, master.FullRound);
        var allocated = master.Allocated / (double)size.Agents;
        var heap = GC.GetTotalMemory(forceFullCollection: true) - before;
        var few = size.Agents / 100;
        var cpus = 16;
        var declined = Repeated(master, () => master.RoundAfterDeclines(few));
        var changed = Repeated(master, () => master.Changes(few, ++cpus));
        Add(report, $"{name}: full round", full, "all agents free and offered again in one round");
        Add(report, $"{name}: round after 1 % became free", declined, "so many offers declined before");
        Add(report, $"{name}: 1 % of the agents change", changed, "an input for each, each looked at at once, their times added");
        report.Figures.Add(new Figure(Group, $"{name}: full round, allocated for an agent", allocated, "bytes", "the offer and its message included"));
        report.Figures.Add(new Figure(Group, $"{name}: managed heap", heap / 1048576.0, "MiB", "all agents on offer, after a full collection; the benchmark's own lists of offers included"));
    }

    private static void Growth(Report report, Action<string> progress, int agents)
    {
        var name = agents.ToString("#,0", CultureInfo.InvariantCulture);
        progress($"{name} agents");
        var master = new CrowdedMaster(new CrowdedMaster.Size(agents, 200, 50, 1));
        var full = Repeated(master, master.FullRound);
        report.Figures.Add(new Figure(Group, $"{name} agents: full round, an agent", full.Median * 1000 / agents, "µs", $"200 frameworks, 50 roles, median of {Rounds} rounds"));
        report.Figures.Add(new Figure(Group, $"{name} agents: full round, an agent, processor", full.Cpu * 1000 / agents, "µs", $"of it the processor's time, garbage collection included; mean of {Rounds} rounds"));
    }

    /// <summary>The worst case for filters: nothing can be offered to anybody but one.</summary>
    private static void Refused(Report report, Action<string> progress)
    {
        const string name = "1,000 agents that 200 frameworks have refused";
        progress(name);
        var master = new CrowdedMaster(new CrowdedMaster.Size(1_000, 200, 50, 1));
        var empty = GC.GetTotalMemory(forceFullCollection: true);
        master.RefuseAll();
        var full = GC.GetTotalMemory(forceFullCollection: true);
        var revived = Repeated(master, () =>
        {
            var took = master.Revive();
            master.RefuseAll();
            return took;
        });
        report.Figures.Add(new Figure(Group, $"{name}: one of them revives, median", revived.Median, "ms", $"it is offered all of them, {Rounds} times"));
        report.Figures.Add(new Figure(Group, $"{name}: a filter, managed heap", (full - empty) / 200_000.0, "bytes", "live heap before and after 200,000 refusals"));
    }

    private static Took Repeated(CrowdedMaster master, Func<double> measure)
    {
        var cpu = master.Cpu;
        var samples = Enumerable.Range(0, Rounds).Select(_ => measure()).ToArray();
        return new Took(Spread.Median(samples), samples.Max(), (master.Cpu - cpu).TotalMilliseconds / Rounds);
    }

    private static void Add(Report report, string name, Took took, string method)
    {
        report.Figures.Add(new Figure(Group, $"{name}, median", took.Median, "ms", $"{method}; {Rounds} times"));
        report.Figures.Add(new Figure(Group, $"{name}, worst", took.Worst, "ms", $"{method}; {Rounds} times"));
        report.Figures.Add(new Figure(Group, $"{name}, processor", took.Cpu, "ms", $"{method}; mean of {Rounds} times, garbage collection included, waiting for a busy machine not"));
    }

    /// <param name="Cpu">Mean time of the processor, in milliseconds like the others.</param>
    private sealed record Took(double Median, double Worst, double Cpu);
}
