namespace MesosK8sBridge.Chaos;

/// <summary>How much harm is done, and to how many.</summary>
internal sealed record ChaosOptions
{
    /// <summary>Of everything that is left to chance: the same seed plans the same faults at the same distances.</summary>
    public required int Seed { get; init; }

    /// <summary>kill -9 of the leader.</summary>
    public int Kills { get; init; } = 100;

    /// <summary>SIGTERM of the leader, among the kills.</summary>
    public int HandOvers { get; init; } = 20;

    public int Frameworks { get; init; } = 20;

    /// <summary>That a framework has running at the same time.</summary>
    public int TasksAtOnce { get; init; } = 3;

    /// <summary>Between two launches of one framework, at least.</summary>
    public TimeSpan LaunchEvery { get; init; } = TimeSpan.FromSeconds(0.7);

    /// <summary>Not even where a real API server could be had.</summary>
    public bool Embedded { get; init; }

    public int Nodes { get; init; } = 40;

    /// <summary>How long the others wait for a sign of life of the leader, in seconds; it gives up after two thirds of that.</summary>
    public int Lease { get; init; } = 3;

    public string LeaseDuration => $"{Lease}s";

    public string LeaseRenewDeadline => $"{Lease * 2000 / 3}ms";

    public string LeaseRetryPeriod => $"{Lease * 1000 / 6}ms";

    /// <summary>Connections to the API server are cut and stalled; a real one is also paused and restarted.</summary>
    public bool Troubles { get; init; } = true;

    /// <summary>How long all frameworks may be without a leader before that is a failure of its own.</summary>
    public TimeSpan LongestGap { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>After the last fault, for everything to come to its end.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>The whole run is given up then.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromMinutes(25);

    /// <summary>For the logs of the bridges.</summary>
    public required string Folder { get; init; }
}
