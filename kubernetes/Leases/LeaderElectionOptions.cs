using System.Collections.Immutable;

namespace MesosK8sBridge.Kubernetes.Leases;

/// <summary>Which lease is campaigned for, as whom, and how patiently.</summary>
public sealed record LeaderElectionOptions
{
    public required string Namespace { get; init; }

    /// <summary>Of the lease; made if it does not exist.</summary>
    public required string Name { get; init; }

    /// <summary>Told to all others; no two candidates may have the same.</summary>
    public required string Identity { get; init; }

    /// <summary>What the lease says of its holder besides, for others to find it: annotations, written with the lease itself.</summary>
    public ImmutableDictionary<string, string> Annotations { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>How long others wait for a sign of life before they take over. Whole seconds, default 15 s.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Without a renewal for this long a leader stops. Less than <see cref="LeaseDuration"/>, default 10 s.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between renewals, and between attempts that failed; a lease that is another's is looked at four times as often. Less than <see cref="RenewDeadline"/>, default 2 s.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <returns>What is wrong with it; null if nothing is.</returns>
    public string? Fault() =>
        string.IsNullOrEmpty(Identity) ? "An identity is needed."
        : LeaseDuration.Ticks % TimeSpan.TicksPerSecond != 0 ? "LeaseDuration is in whole seconds."
        : TimeSpan.Zero < RetryPeriod && RetryPeriod < RenewDeadline && RenewDeadline < LeaseDuration ? null
        : "0 < RetryPeriod < RenewDeadline < LeaseDuration must hold.";
}

/// <summary>The work of a leader went on after its lease was another's to take. Only the end of the process is safe now.</summary>
public sealed class LeaderOverstayedException(string message) : Exception(message);
