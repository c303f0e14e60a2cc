namespace MesosK8sBridge.Simulation.Runs;

/// <summary>What happened, for somebody who wants to know why.</summary>
internal static class Story
{
    /// <summary>Lines that a story has at most.</summary>
    private const int Longest = 120;

    /// <summary>What is about the things that went wrong, and what went wrong around them; the end of it, if it is long.</summary>
    public static IEnumerable<string> Of(Tally tally)
    {
        var violation = tally.Violations[0];
        yield return $"seed {tally.Scenario.Seed}: {violation.Rule}";
        yield return $"  {violation.What.Split('\n')[0]}";
        yield return $"  faults: {Faults(tally)}; frameworks: {tally.Scenario.Frameworks - tally.Scenario.WithoutFrameworks.Count}; again: {Again(tally.Scenario)}";
        var told = tally.Lines.TakeWhile(line => line.At <= violation.At).Where(line => IsOfInterest(line.Line, violation.About)).ToList();
        foreach (var (at, line) in told.TakeLast(Longest))
        {
            yield return $"  {at:dd HH:mm:ss.fff} {(line.Length > 220 ? line[..220] + "…" : line)}";
        }
    }

    public static string Faults(Tally tally) =>
        tally.Faults.Count == 0 ? "none" : string.Join(", ", tally.Faults.Select(fault => $"{fault.Key} {fault.Value}"));

    private static string Again(Scenario scenario) => $"make simulate SEED={scenario.Seed} DAYS={scenario.Length.TotalDays:0.###} ARGS=\"--faults {scenario.Faults}\"".Replace(", ", ",", StringComparison.Ordinal);

    private static bool IsOfInterest(string line, IReadOnlyList<string> about) =>
        line.StartsWith("FAULT", StringComparison.Ordinal) || line.StartsWith("VIOLATION", StringComparison.Ordinal)
        || line.EndsWith(" leads", StringComparison.Ordinal) || line.EndsWith(" is dead", StringComparison.Ordinal)
        || line.EndsWith(" is stopped", StringComparison.Ordinal) || line.EndsWith(" goes on", StringComparison.Ordinal)
        || about.Any(word => Mentions(line, word));

    /// <summary>As a whole word: task-1 is not task-10. Names of Pods begin with ids of tasks.</summary>
    private static bool Mentions(string line, string word)
    {
        for (var at = line.IndexOf(word, StringComparison.Ordinal); at >= 0; at = line.IndexOf(word, at + 1, StringComparison.Ordinal))
        {
            var end = at + word.Length;
            if (end == line.Length || !char.IsLetterOrDigit(line[end]))
            {
                return true;
            }
        }

        return false;
    }
}
