using MesosK8sBridge.Kubernetes.Leases;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>How several bridges in front of one cluster agree which of them is the master. The times are those of other controllers.</summary>
public sealed record LeadershipSettings
{
    /// <summary>Of the lease.</summary>
    public string Namespace { get; init; } = "default";

    /// <inheritdoc cref="LeaderElectionOptions.Name"/>
    public string Name { get; init; } = "mesos-bridge";

    /// <inheritdoc cref="LeaderElectionOptions.LeaseDuration"/>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <inheritdoc cref="LeaderElectionOptions.RenewDeadline"/>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="LeaderElectionOptions.RetryPeriod"/>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a leader that was asked to stop still answers frameworks, with the way to its successor. Default 1 s.</summary>
    public TimeSpan Farewell { get; init; } = TimeSpan.FromSeconds(1);

    public LeaderElectionOptions Of(string identity) => new()
    {
        Namespace = Namespace,
        Name = Name,
        Identity = identity,
        LeaseDuration = LeaseDuration,
        RenewDeadline = RenewDeadline,
        RetryPeriod = RetryPeriod,
    };
}
