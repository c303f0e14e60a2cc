namespace MesosK8sBridge.Shim.Master.Frameworks;

/// <summary>What can happen to a framework's registration.</summary>
internal enum FrameworkOccasion
{
    /// <summary>A stream was opened in its name and admitted.</summary>
    Subscribed,

    /// <summary>Its stream ended.</summary>
    StreamLost,

    /// <summary>No rule admits it any more.</summary>
    Banned,

    /// <summary>It has been away for longer than its failover timeout.</summary>
    TimedOut,

    /// <summary>It, or an administrator, ended it.</summary>
    TornDown,
}

/// <summary>The life of a registration as a table.</summary>
/// <remarks>Mesos: src/master/master.cpp, Framework::State and its uses.</remarks>
internal static class FrameworkPhases
{
    /// <returns>The phase after, or null where the occasion means nothing in this phase.</returns>
    public static FrameworkPhase? After(FrameworkPhase phase, FrameworkOccasion occasion) =>
        (phase, occasion) switch
        {
            // What is over stays over.
            (FrameworkPhase.Completed, _) => null,

            // The second stream wins over the first.
            (_, FrameworkOccasion.Subscribed) => FrameworkPhase.Connected,

            (FrameworkPhase.Connected, FrameworkOccasion.StreamLost) => FrameworkPhase.Disconnected,
            (FrameworkPhase.Connected, FrameworkOccasion.Banned) => FrameworkPhase.Disconnected,

            // Who is connected cannot time out; who is away for an administrator's reason is not timed.
            (FrameworkPhase.Disconnected, FrameworkOccasion.TimedOut) => FrameworkPhase.Completed,
            (FrameworkPhase.Recovered, FrameworkOccasion.TimedOut) => FrameworkPhase.Completed,

            (_, FrameworkOccasion.TornDown) => FrameworkPhase.Completed,

            // Left over: the loss of a stream already lost, a ban of the absent, a timeout that came too late.
            _ => null,
        };
}
