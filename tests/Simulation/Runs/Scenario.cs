using MesosK8sBridge.Simulation.Bugs;
using MesosK8sBridge.Simulation.Faults;

namespace MesosK8sBridge.Simulation.Runs;

/// <summary>What one run is made of. The same scenario is the same run.</summary>
/// <param name="Seed">All chance comes from it.</param>
/// <param name="Length">Simulated time until faults and new work stop; some hours more are given to come to rest.</param>
/// <param name="Faults">What may go wrong.</param>
internal sealed record Scenario(int Seed, TimeSpan Length, FaultKinds Faults)
{
    public int Nodes { get; init; } = 20;

    public int Frameworks { get; init; } = 5;

    /// <summary>Indices of frameworks that are left out; the others stay as they are.</summary>
    public IReadOnlySet<int> WithoutFrameworks { get; init; } = new HashSet<int>();

    /// <summary>Indices of faults that are left out.</summary>
    public IReadOnlySet<int> WithoutFaults { get; init; } = new HashSet<int>();

    /// <summary>The run ends here, without coming to rest: a violation is known to come before. Null: it goes its whole length.</summary>
    public TimeSpan? Stops { get; init; }

    public bool KeepsLines { get; init; }

    /// <summary>Made for each life of a bridge; null plants none.</summary>
    public Func<PlantedBug>? Bug { get; init; }

    /// <summary>The run stops at the first violation.</summary>
    public bool StopsAtOnce { get; init; } = true;
}
