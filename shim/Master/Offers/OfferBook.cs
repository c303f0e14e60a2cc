using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Timing;

namespace MesosK8sBridge.Shim.Master.Offers;

/// <summary>All outstanding offers. Each ends exactly once: accepted, declined, rescinded or taken back.</summary>
/// <param name="timeout">After which an unanswered offer is rescinded; null never.</param>
internal sealed class OfferBook(string masterId, Turn turn, Deadlines deadlines, Ledger ledger, Outbox outbox, TimeSpan? timeout)
{
    private readonly Dictionary<OfferId, Offer> _offers = [];
    private long _next;

    public int Count => _offers.Count;

    public Offer? Find(OfferId id) => _offers.GetValueOrDefault(id);

    /// <summary>Offers and inverse offers are counted together.</summary>
    public OfferId NewId() => new($"{masterId}-O{_next++}");

    /// <summary>Makes offers of what was handed out; each framework hears of all of its own at once.</summary>
    public void Make(IReadOnlyList<Grant> grants)
    {
        if (grants.Count == 0)
        {
            return;
        }

        var events = new Dictionary<Framework, Event>();
        foreach (var grant in grants)
        {
            var offer = Make(grant);
            if (!events.TryGetValue(offer.Framework, out var @event))
            {
                events.Add(offer.Framework, @event = new Event { Type = Event.Types.Type.Offers, Offers = new Event.Types.Offers() });
            }

            @event.Offers.Offers_.Add(OfferMessages.Of(offer));
        }

        foreach (var (framework, @event) in events)
        {
            outbox.Send(framework, @event);
        }
    }

    /// <summary>Ends an offer and leaves its resources with the caller, who must account for them.</summary>
    public void Consume(Offer offer)
    {
        deadlines.Cancel(offer.Timeout);
        _offers.Remove(offer.Id);
        offer.Framework.Offers.Remove(offer.Id);
        offer.Agent.Offers.Remove(offer.Id);
        offer.Framework.Changed();
    }

    /// <summary>Ends an offer; its resources are free again.</summary>
    /// <param name="refuse">For how long the framework does not want them; null: no such wish.</param>
    public void TakeBack(Offer offer, TimeSpan? refuse = null)
    {
        Consume(offer);
        ledger.TakeBack(offer.Framework, offer.Agent, offer.Role, offer.Resources, refuse);
    }

    public void TakeBackAll(Framework framework)
    {
        foreach (var offer in framework.Offers.Values.ToArray())
        {
            TakeBack(offer);
        }
    }

    public void Rescind(Offer offer)
    {
        outbox.Rescind(offer.Framework, offer.Id);
        TakeBack(offer);
    }

    public void RescindAll(KnownAgent agent)
    {
        foreach (var offer in agent.Offers.Values.ToArray())
        {
            Rescind(offer);
        }
    }

    /// <summary>Those of agents that their frameworks may not be offered any more.</summary>
    public void RescindForbidden(IEnumerable<Offer> offers)
    {
        foreach (var offer in offers.Where(offer => !FrameworkPolicy.Lets(offer.Framework.Policy, offer.Agent.Facts!)).ToArray())
        {
            Rescind(offer);
        }
    }

    private Offer Make(Grant grant)
    {
        var number = _next;
        var offer = new Offer(NewId(), number, grant.Framework, grant.Agent, grant.Role, grant.Resources);
        offer.Timeout = TimeoutOf(offer);
        _offers.Add(offer.Id, offer);
        offer.Framework.Offers.Add(offer.Id, offer);
        offer.Agent.Offers.Add(offer.Id, offer);
        offer.Framework.Changed();
        return offer;
    }

    /// <summary>Its framework may be offered the same again at once: it has not said no.</summary>
    /// <remarks>Mesos: src/master/master.cpp, Master::offerTimeout.</remarks>
    private Deadline? TimeoutOf(Offer offer) => timeout is { } patience ? deadlines.Set(turn.Now + patience, () => Rescind(offer)) : null;
}
