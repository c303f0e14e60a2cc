using MesosK8sBridge.Simulation.Runs;

namespace MesosK8sBridge.Simulation.Faults;

/// <summary>What will go wrong, and when: decided before the run, so that a fault can be left out and the others stay.</summary>
internal sealed class FaultPlan
{
    private readonly SortedDictionary<string, int> _happened = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, int> Happened => _happened;

    public static FaultPlan Make(Scenario scenario, Run run)
    {
        return new FaultPlan();
    }
}
