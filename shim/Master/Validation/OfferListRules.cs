using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Offers;
using Offer = MesosK8sBridge.Shim.Master.Offers.Offer;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>Whether the offers that a call names can be accepted together.</summary>
/// <remarks>Mesos: src/master/validation.cpp, namespace offer.</remarks>
internal static class OfferListRules
{
    /// <returns>What is wrong, in Mesos' words; null if nothing is.</returns>
    public static string? Check(IReadOnlyList<OfferID> ids, Framework framework, OfferBook book)
    {
        if (ids.Count == 0)
        {
            return "No offers specified";
        }

        return FirstDuplicate(ids)
            ?? ids.Select(id => Missing(id, book)).FirstOrDefault(e => e is not null)
            ?? ids.Select(id => Foreign(id, framework, book)).FirstOrDefault(e => e is not null)
            ?? Disagreement([.. ids.Select(id => book.Find(new OfferId(id.Value))!)]);
    }

    private static string? FirstDuplicate(IReadOnlyList<OfferID> ids)
    {
        var seen = new HashSet<string>();
        return ids.FirstOrDefault(id => !seen.Add(id.Value)) is { } duplicate ? $"Duplicate offer {duplicate.Value} in offer list" : null;
    }

    private static string? Missing(OfferID id, OfferBook book) =>
        book.Find(new OfferId(id.Value)) is null ? $"Offer {id.Value} is no longer valid" : null;

    private static string? Foreign(OfferID id, Framework framework, OfferBook book)
    {
        var owner = book.Find(new OfferId(id.Value))!.Framework.Id;
        return owner == framework.Id ? null : $"Offer {id.Value} has invalid framework {owner} while framework {framework.Id} is expected";
    }

    private static string? Disagreement(Offer[] offers)
    {
        var first = offers[0];
        if (offers.FirstOrDefault(o => o.Role != first.Role) is { } otherRole)
        {
            // The odd quotes are Mesos' own.
            return $"Aggregated offers must be allocated to the same role. Offer {otherRole.Id} uses role '{otherRole.Role} "
                + $"but another is using role '{first.Role}";
        }

        return offers.FirstOrDefault(o => o.Agent != first.Agent) is { } otherAgent
            ? $"Aggregated offers must belong to one single agent. Offer {otherAgent.Id} uses agent {otherAgent.Agent.Id} "
                + $"and agent {first.Agent.Id}"
            : null;
    }
}
