namespace MesosK8sBridge.Shim.Master;

/// <summary>The settings of the core, with Mesos' own defaults.</summary>
/// <remarks>Mesos: src/master/flags.cpp, src/master/constants.hpp.</remarks>
public sealed record MasterOptions
{
    public Admission Admission { get; init; } = Admission.Declared;

    /// <summary>Time between two HEARTBEAT events on one stream. Mesos: DEFAULT_HEARTBEAT_INTERVAL.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time between two periodic allocations, and the shortest filter. Mesos: --allocation_interval.</summary>
    public TimeSpan AllocationInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long after a restart of the master frameworks and agents that were there before have to come back.
    /// Mesos: --agent_reregister_timeout.
    /// </summary>
    public TimeSpan ReregistrationTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How many completed frameworks are remembered and refused. Mesos: --max_completed_frameworks.</summary>
    public int MaxCompletedFrameworks { get; init; } = 50;

    /// <summary>
    /// How many tasks of one framework may be declared lost within <see cref="LossInterval"/> before an administrator confirms;
    /// of a framework with more tasks, as many as <see cref="MaxLossShare"/> of them. Mesos bounds the removal of agents in the same
    /// spirit: --agent_removal_rate_limit and --recovery_agent_removal_limit.
    /// </summary>
    public int MaxLosses { get; init; } = 100;

    /// <summary>0 to 1; see <see cref="MaxLosses"/>, the larger bound counts.</summary>
    public double MaxLossShare { get; init; } = 0.2;

    public TimeSpan LossInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>After which an offer that nobody has answered is rescinded; null never. Mesos: --offer_timeout.</summary>
    public TimeSpan? OfferTimeout { get; init; }
}
