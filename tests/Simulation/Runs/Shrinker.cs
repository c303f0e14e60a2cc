using MesosK8sBridge.Simulation.Faults;

namespace MesosK8sBridge.Simulation.Runs;

/// <summary>Makes a failing scenario smaller, as long as it breaks the same rule: fewer faults, fewer frameworks, a shorter time.</summary>
internal static class Shrinker
{
    /// <param name="mostRuns">It stops there, however small it could still become.</param>
    public static Tally Shrink(Tally failed, int mostRuns)
    {
        var smallest = Shorten(failed);
        var runs = 0;
        foreach (var kind in Enum.GetValues<FaultKinds>().Where(kind => kind is not (FaultKinds.None or FaultKinds.All)))
        {
            Try(s => s with { Faults = s.Faults & ~kind, WithoutFaults = new HashSet<int>() });
        }

        var count = smallest.FaultCount;
        for (var share = count; share >= 1; share /= 2)
        {
            for (var from = 0; from < count; from += share)
            {
                var without = Enumerable.Range(from, Math.Min(share, count - from));
                Try(s => s with { WithoutFaults = s.WithoutFaults.Concat(without).ToHashSet() });
            }
        }

        for (var i = 0; i < smallest.Scenario.Frameworks; i++)
        {
            var index = i;
            Try(s => s with { WithoutFrameworks = s.WithoutFrameworks.Append(index).ToHashSet() });
        }

        return new Run(smallest.Scenario with { KeepsLines = true }).Go();

        void Try(Func<Scenario, Scenario> make)
        {
            var smaller = make(smallest.Scenario);
            if (runs++ < mostRuns && !Same(smaller, smallest.Scenario) && new Run(smaller).Go() is var tally && Breaks(tally, failed))
            {
                smallest = Shorten(tally);
            }
        }
    }

    private static bool Same(Scenario a, Scenario b) =>
        a.Faults == b.Faults && a.WithoutFaults.Count == b.WithoutFaults.Count && a.WithoutFrameworks.Count == b.WithoutFrameworks.Count;

    private static bool Breaks(Tally tally, Tally failed) => tally.Violations is [var first, ..] && first.Rule == failed.Violations[0].Rule;

    /// <summary>Nothing that comes after a violation has led to it. The faults before it stay where they were.</summary>
    private static Tally Shorten(Tally tally)
    {
        var length = tally.Violations[0].At - Time.World.Beginning + TimeSpan.FromSeconds(1);
        return length < tally.Scenario.Length ? tally with { Scenario = tally.Scenario with { Stops = length } } : tally;
    }
}
