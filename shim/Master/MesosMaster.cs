using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Shim.Master;

/// <summary>
/// A Mesos master as a deterministic state machine: frameworks, agents, offers, tasks and status updates.
/// Single-threaded; touches no clock, socket, log, file or cluster.
/// </summary>
public sealed class MesosMaster
{
    public MesosMaster(MasterOptions options, MasterInfo info, Random random)
    {
    }

    /// <summary>When time alone will change something; null if never. The shell then sends a <see cref="MasterInput.Tick"/>.</summary>
    public DateTimeOffset? NextDeadline { get; private set; }

    /// <param name="now">UTC; never earlier than at the call before.</param>
    /// <returns>What is to be done, in this order.</returns>
    public IReadOnlyList<MasterEffect> Handle(MasterInput input, DateTimeOffset now)
    {
        NextDeadline = null;
        return [];
    }
}
