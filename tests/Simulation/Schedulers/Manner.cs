using MesosK8sBridge.Simulation.Time;

namespace MesosK8sBridge.Simulation.Schedulers;

/// <summary>How one framework behaves: its capabilities, its work, and its manners.</summary>
internal sealed record Manner
{
    public bool PartitionAware { get; init; }

    public bool TaskKillingState { get; init; }

    public bool MultiRole { get; init; }

    public TimeSpan FailoverTimeout { get; init; }

    /// <summary>Mean time between two new jobs.</summary>
    public TimeSpan JobEvery { get; init; }

    /// <summary>Share of jobs that are task groups.</summary>
    public double Groups { get; init; }

    /// <summary>Share of jobs that go on until they are killed.</summary>
    public double Services { get; init; }

    /// <summary>Takes all there is in an offer.</summary>
    public double Greed { get; init; }

    public bool Suppresses { get; init; }

    /// <summary>Seconds for which it declines.</summary>
    public double Refuses { get; init; }

    /// <summary>Longest time it thinks about offers and updates.</summary>
    public TimeSpan Slowness { get; init; }

    /// <summary>Share of acknowledgements that it forgets, until it is told again.</summary>
    public double ForgetsAcks { get; init; }

    public double WrongAcks { get; init; }

    public double DoubleAcks { get; init; }

    /// <summary>Share of calls that name things there are not, and tasks there are already.</summary>
    public double Rudeness { get; init; }

    /// <summary>Mean time between two disconnections; zero never.</summary>
    public TimeSpan LeavesEvery { get; init; }

    public TimeSpan ReconcilesEvery { get; init; }

    public static Manner Of(Random random, bool rude) => new()
    {
        PartitionAware = random.Is(0.6),
        TaskKillingState = random.Is(0.5),
        MultiRole = random.Is(0.4),
        FailoverTimeout = random.Of([TimeSpan.FromDays(7), TimeSpan.FromDays(7), TimeSpan.FromHours(1), TimeSpan.FromMinutes(10)]),
        JobEvery = TimeSpan.FromMinutes(random.Next(4, 12)),
        Groups = random.Is(0.4) ? 0.3 : 0,
        Services = random.Is(0.5) ? 0.3 : 0.05,
        Greed = random.Is(0.3) ? 0.2 : 0,
        Suppresses = random.Is(0.7),
        Refuses = random.Of([300.0, 600, 3600]),
        Slowness = TimeSpan.FromSeconds(random.Of([0.05, 0.5, 5])),
        ForgetsAcks = rude && random.Is(0.4) ? 0.2 : 0,
        WrongAcks = rude && random.Is(0.3) ? 0.2 : 0,
        DoubleAcks = rude && random.Is(0.3) ? 0.2 : 0,
        Rudeness = rude && random.Is(0.4) ? 0.2 : 0,
        LeavesEvery = rude && random.Is(0.5) ? TimeSpan.FromHours(random.Next(1, 8)) : TimeSpan.Zero,
        ReconcilesEvery = TimeSpan.FromMinutes(random.Next(10, 40)),
    };
}
