using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Frameworks;

namespace MesosK8sBridge.Shim.Master.Offers;

/// <summary>An offer as its framework can read it.</summary>
/// <remarks>Mesos: src/master/master.cpp, Master::offer.</remarks>
internal static class OfferMessages
{
    public static Protocol.V1.Offer Of(Offer offer)
    {
        var traits = offer.Framework.Traits;
        var agent = offer.Agent.Facts!;
        var message = new Protocol.V1.Offer
        {
            Id = new OfferID { Value = offer.Id.Value },
            FrameworkId = offer.Framework.Info.Id,
            AgentId = new AgentID { Value = agent.Id.Value },
            Hostname = agent.Hostname,
            Url = offer.Agent.Url,
            Domain = agent.Domain,
            Unavailability = agent.Unavailability,
        };
        message.AllocationInfo = traits.MultiRole ? new Resource.Types.AllocationInfo { Role = offer.Role } : null;
        foreach (var resource in traits.ReservationRefinement ? offer.Resources.ToProtobuf() : offer.Resources.ToOldProtobuf())
        {
            // One message for all: nothing of what is sent is ever changed.
            resource.AllocationInfo = message.AllocationInfo;
            message.Resources.Add(resource);
        }

        message.Attributes.AddRange(agent.Attributes);
        if (offer.Agent.Executors.Count > 0)
        {
            message.ExecutorIds.AddRange(ExecutorsOf(offer));
        }

        return message;
    }

    /// <summary>Without resources: the whole agent is wanted back.</summary>
    /// <remarks>Mesos: src/master/master.cpp, Master::inverseOffer.</remarks>
    public static Protocol.V1.InverseOffer Of(InverseOffer inverse) => new()
    {
        Id = new OfferID { Value = inverse.Id.Value },
        Url = inverse.Agent.Url,
        FrameworkId = new FrameworkID { Value = inverse.Framework.Id.Value },
        AgentId = new AgentID { Value = inverse.Agent.Id.Value },
        Unavailability = inverse.Agent.Maintenance!.Window,
    };

    private static IEnumerable<ExecutorID> ExecutorsOf(Offer offer) =>
        offer.Agent.Executors
            .Where(e => e.Key.Framework == offer.Framework.Id && e.Value.LiveTasks > 0)
            .Select(e => e.Value.Info.ExecutorId);
}
