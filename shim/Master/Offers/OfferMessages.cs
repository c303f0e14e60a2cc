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
            FrameworkId = new FrameworkID { Value = offer.Framework.Id.Value },
            AgentId = new AgentID { Value = agent.Id.Value },
            Hostname = agent.Hostname,
            Url = offer.Agent.Url,
            Domain = agent.Domain,
        };
        var resources = traits.MultiRole ? offer.Resources.Allocate(offer.Role) : offer.Resources;
        message.Resources.AddRange(traits.ReservationRefinement ? resources.ToProtobuf() : resources.ToOldProtobuf());
        message.Attributes.AddRange(agent.Attributes);
        if (offer.Agent.Executors.Count > 0)
        {
            message.ExecutorIds.AddRange(ExecutorsOf(offer));
        }

        if (traits.MultiRole)
        {
            message.AllocationInfo = new Resource.Types.AllocationInfo { Role = offer.Role };
        }

        return message;
    }

    private static IEnumerable<ExecutorID> ExecutorsOf(Offer offer) =>
        offer.Agent.Executors
            .Where(e => e.Key.Framework == offer.Framework.Id && e.Value.LiveTasks > 0)
            .Select(e => e.Value.Info.ExecutorId);
}
