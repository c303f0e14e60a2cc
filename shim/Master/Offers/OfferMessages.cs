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
            Url = UrlOf(agent),
            Domain = agent.Domain,
        };
        message.Resources.AddRange(offer.Resources.ToResources(traits.MultiRole ? offer.Role : null).Select(r => Readable(r, traits)));
        message.Attributes.AddRange(agent.Attributes);
        message.ExecutorIds.AddRange(ExecutorsOf(offer));
        if (traits.MultiRole)
        {
            message.AllocationInfo = new Resource.Types.AllocationInfo { Role = offer.Role };
        }

        return message;
    }

    private static URL UrlOf(Agent agent) => new()
    {
        Scheme = "http",
        Address = new Address { Hostname = agent.Hostname, Ip = agent.Ip, Port = agent.Port },
        Path = "/slave(1)",
    };

    private static IEnumerable<ExecutorID> ExecutorsOf(Offer offer) =>
        offer.Agent.Executors
            .Where(e => e.Key.Framework == offer.Framework.Id && e.Value.LiveTasks > 0)
            .Select(e => e.Value.Info.ExecutorId);

    /// <summary>Without RESERVATION_REFINEMENT a framework reads the older format, in which a resource has one role.</summary>
    private static Resource Readable(Resource resource, FrameworkTraits traits)
    {
        if (traits.ReservationRefinement)
        {
            return resource;
        }

        if (resource.Reservations.Count == 0)
        {
            resource.Role = "*";
            return resource;
        }

        var reservation = resource.Reservations[0];
        resource.Role = reservation.Role;
        if (reservation.Type == Resource.Types.ReservationInfo.Types.Type.Dynamic)
        {
            resource.Reservation = reservation.Clone();
            resource.Reservation.ClearType();
            resource.Reservation.ClearRole();
        }

        resource.Reservations.Clear();
        return resource;
    }
}
