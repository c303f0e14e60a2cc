using System.Globalization;
using MesosK8sBridge.Chaos.Faults;
using MesosK8sBridge.Chaos.Frameworks;
using MesosK8sBridge.Protocol.V1;
using Spectre.Console;

namespace MesosK8sBridge.Chaos.Verdict;

/// <summary>What was done, what it cost frameworks, and what became of their tasks.</summary>
internal static class Summary
{
    public static void Print(IAnsiConsole console, IReadOnlyCollection<ChaosFramework> frameworks, FaultLog faults, int endedByThemselves, ChaosOptions options, TimeProvider clock)
    {
        var gaps = frameworks.SelectMany(framework => framework.Gaps).ToLookup(gap => faults.CauseOf(gap), gap => clock.GetElapsedTime(gap.From, gap.To).TotalSeconds);
        var times = new Table().Border(TableBorder.Simple).AddColumns("without a subscription, s", "gaps", "p50", "p99", "longest");
        AddGaps(times, "after kill -9", gaps[Ending.Kill]);
        AddGaps(times, "after SIGTERM", gaps[Ending.HandOver]);
        AddGaps(times, "with other faults beside", gaps[null]);
        console.Write(times);
        console.MarkupLineInterpolated($"lease {options.LeaseDuration}, renewed within {options.LeaseRenewDeadline}, tried every {options.LeaseRetryPeriod}; seed {options.Seed}");

        console.MarkupLineInterpolated($"{endedByThemselves} bridges ended by themselves, as one does that cannot stop before its lease runs out");

        var tasks = frameworks.SelectMany(framework => framework.Ledger.All).ToList();
        var counts = new Table().Border(TableBorder.Simple).AddColumns("tasks", "");
        foreach (var (name, count) in new (string, long)[]
        {
            ("launched", tasks.Count),
            ("finished", Ended(TaskState.TaskFinished)),
            ("failed, as they should", Ended(TaskState.TaskFailed)),
            ("killed", Ended(TaskState.TaskKilled)),
            ("never came to be, and the framework knows", tasks.Count(task => task.NeverWas is not null)),
            ("turned up after that was said", frameworks.Sum(framework => framework.Ledger.TurnedUp)),
            ("updates", frameworks.Sum(framework => framework.Ledger.Updates)),
            ("terminal updates told again", frameworks.Sum(framework => framework.Ledger.Repeated)),
        })
        {
            counts.AddRow(name, count.ToString("#,0", CultureInfo.InvariantCulture));
        }

        console.Write(counts);

        long Ended(TaskState state) => tasks.Count(task => task.IsAcknowledged && task.State == state);
    }

    private static void AddGaps(Table table, string name, IEnumerable<double> gaps)
    {
        var sorted = gaps.Order().ToArray();
        table.AddRow(name, sorted.Length.ToString(CultureInfo.InvariantCulture), At(50), At(99), At(100));

        string At(double percent) => sorted.Length == 0
            ? "-"
            : sorted[Math.Max(0, (int)Math.Ceiling(percent / 100 * sorted.Length) - 1)].ToString("0.00", CultureInfo.InvariantCulture);
    }
}
