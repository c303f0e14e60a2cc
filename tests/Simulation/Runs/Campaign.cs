using System.Diagnostics;
using MesosK8sBridge.Simulation.Faults;

namespace MesosK8sBridge.Simulation.Runs;

/// <summary>Many runs, one after the other, and what came of them all.</summary>
internal sealed class Campaign(TextWriter output)
{
    private readonly SortedDictionary<string, int> _faults = new(StringComparer.Ordinal);
    private readonly List<Tally> _failed = [];
    private int _runs;
    private double _hours;
    private TimeSpan _busy;
    private long _tasks;
    private long _updates;

    public bool HasFailed => _failed.Count > 0;

    /// <summary>Simulated hours for each minute of one processor.</summary>
    public double Pace => _hours / _busy.TotalMinutes;

    public Tally Run(Scenario scenario)
    {
        var before = Busy();
        var tally = new Run(scenario).Go();
        Count(tally, Busy() - before);
        if (tally.Violations.Count > 0)
        {
            _failed.Add(tally);
            Tell(tally);
        }

        return tally;
    }

    public void Progress(Tally tally, TimeSpan passed) => output.WriteLine(
        $"[{passed.TotalSeconds,5:0} s] seed {tally.Scenario.Seed}: {tally.Length.TotalHours:0.#} h, {tally.Tasks} tasks, {tally.Faults.Values.Sum()} faults, {tally.Hash}{(tally.Violations.Count > 0 ? " VIOLATION" : "")}");

    public void Summary()
    {
        output.WriteLine();
        output.WriteLine($"seeds             {_runs,10}");
        output.WriteLine($"simulated hours   {_hours,10:0}");
        output.WriteLine($"hours per minute  {Pace,10:0}   of one processor");
        output.WriteLine($"tasks             {_tasks,10}");
        output.WriteLine($"updates           {_updates,10}");
        foreach (var (kind, count) in _faults)
        {
            output.WriteLine($"{kind,-17} {count,10}");
        }

        output.WriteLine($"seeds that failed {_failed.Count,10}   {string.Join(", ", _failed.Select(tally => $"{tally.Scenario.Seed}: {tally.Violations[0].Rule}"))}");
    }

    private void Count(Tally tally, TimeSpan busy)
    {
        _runs++;
        _busy += busy;
        _hours += tally.Length.TotalHours;
        _tasks += tally.Tasks;
        _updates += tally.Updates;
        foreach (var (kind, count) in tally.Faults)
        {
            _faults[kind] = _faults.GetValueOrDefault(kind) + count;
        }
    }

    private void Tell(Tally tally)
    {
        output.WriteLine($"seed {tally.Scenario.Seed} breaks a rule: {tally.Violations[0].Rule}; looking for its story");
        foreach (var line in Story.Of(Shrinker.Shrink(tally, mostRuns: 60)))
        {
            output.WriteLine(line);
        }
    }

    private static TimeSpan Busy()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }
}
