using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Snapshots;
using MesosK8sBridge.Shim.Master.Timing;
using InverseOffer = MesosK8sBridge.Shim.Master.Offers.InverseOffer;

namespace MesosK8sBridge.Shim.Master.Agents;

/// <summary>One agent's planned outage: which frameworks have been asked to leave in time, and what they said.</summary>
/// <remarks>Mesos: src/master/allocator/mesos/hierarchical.hpp, Slave::Maintenance.</remarks>
internal sealed class Maintenance(Unavailability window)
{
    public Unavailability Window { get; } = window;

    /// <summary>Asked and not answered; at most once for each framework.</summary>
    public Dictionary<FrameworkId, InverseOffer> Outstanding { get; } = [];

    /// <summary>When a framework that has answered is asked again.</summary>
    public Dictionary<FrameworkId, Deadline> AskAgain { get; } = [];

    /// <summary>The latest word of each framework that was ever asked.</summary>
    public Dictionary<FrameworkId, MaintenanceView> Answers { get; } = [];
}
