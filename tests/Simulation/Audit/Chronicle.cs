using System.Globalization;
using MesosK8sBridge.Simulation.Time;

namespace MesosK8sBridge.Simulation.Audit;

/// <summary>What was found wrong, and when.</summary>
/// <param name="About">Words that a story about it is to be searched for: ids of a task, a Pod, an agent.</param>
internal sealed record Violation(DateTimeOffset At, string Rule, string What, IReadOnlyList<string> About);

/// <summary>All that happens in a run, as one number; and, if somebody wants to read it, as lines.</summary>
internal sealed class Chronicle(World world, bool keepsLines)
{
    private ulong _hash = 14695981039346656037;

    public List<Violation> Violations { get; } = [];

    public List<(DateTimeOffset At, string Line)> Lines { get; } = [];

    public bool KeepsLines => keepsLines;

    /// <summary>The same seed has the same, always and everywhere.</summary>
    public string Hash => _hash.ToString("x16", CultureInfo.InvariantCulture);

    public void Note(string what)
    {
        foreach (var c in what)
        {
            Mix(c);
        }

        Mix((ulong)world.Now.UtcTicks);
        if (keepsLines)
        {
            Lines.Add((world.Now, what));
        }
    }

    /// <summary>For readers only.</summary>
    public void Remark(string what)
    {
        if (keepsLines)
        {
            Lines.Add((world.Now, what));
        }
    }

    public void Violated(string rule, string what, params IReadOnlyList<string> about)
    {
        Note($"VIOLATION {rule}: {what}");
        Violations.Add(new Violation(world.Now, rule, what, about));
    }

    private void Mix(ulong value) => _hash = (_hash ^ value) * 1099511628211;
}
