using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Shim.Master;

/// <summary>What must survive the master of one framework's registration.</summary>
/// <param name="Info">Its <c>id</c> is set.</param>
/// <param name="PolicyKey">The rule that admitted it; null under <see cref="Admission.Open"/> as long as none names it.</param>
/// <param name="RegisteredAt">First subscription with this id.</param>
/// <param name="ReregisteredAt">Latest subscription.</param>
/// <param name="FailoverDeadline">When it is removed unless it comes back; null while it is connected or not yet known to be gone.</param>
public sealed record FrameworkRegistration(
    FrameworkInfo Info,
    string? PolicyKey,
    FrameworkPhase Phase,
    DateTimeOffset RegisteredAt,
    DateTimeOffset ReregisteredAt,
    DateTimeOffset? FailoverDeadline)
{
    public FrameworkId Id => new(Info.Id.Value);
}

public enum FrameworkPhase
{
    /// <summary>It has a live stream.</summary>
    Connected,

    /// <summary>Its stream is gone; its tasks run on until the failover deadline.</summary>
    Disconnected,

    /// <summary>Known from an earlier life of the master, not seen since.</summary>
    Recovered,

    /// <summary>Torn down, or away for longer than its failover timeout. Its id is not accepted again.</summary>
    Completed,
}
