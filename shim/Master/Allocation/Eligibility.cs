using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>Whether a framework may be offered an agent at all, and what of it.</summary>
/// <remarks>Mesos: src/master/allocator/mesos/hierarchical.cpp, the skip rules of __generateOffers.</remarks>
/// <param name="masterDomain">Null: no agent counts as remote.</param>
internal sealed class Eligibility(DomainInfo? masterDomain)
{
    /// <summary>0.01 cpus or 32 MB make an offer worth making. Mesos: --min_allocatable_resources.</summary>
    private const long MinCpus = 10;
    private const long MinMem = 32_000;

    public bool MayHave(Framework framework, string role, KnownAgent agent) =>
        (!agent.HasGpus || framework.Traits.GpuResources)
        && (framework.Traits.RegionAware || !IsRemote(agent))
        && FrameworkPolicy.Lets(framework.Policy, agent.Facts!)
        && framework.Constraints.Allow(role, agent.Facts!);

    /// <summary>What of these resources the framework can deal with.</summary>
    public static Resources For(FrameworkTraits traits, Resources free) =>
        free.IsPlain || traits is { RevocableResources: true, SharedResources: true, ReservationRefinement: true }
            ? free
            : free.Where(item => MayHold(traits, item.Metadata));

    public static bool IsWorthwhile(Framework framework, string role, Resources offer)
    {
        if (!framework.Info.OfferFilters.TryGetValue(role, out var filters) || filters.MinAllocatableResources is not { } minimum)
        {
            return offer.ScalarOf("cpus") >= MinCpus || offer.ScalarOf("mem") >= MinMem;
        }

        return minimum.Quantities.Count == 0
            || minimum.Quantities.Any(q => q.Quantities.All(n => offer.QuantityOf(n.Key) >= Thousandths.FromDouble(n.Value.Value)));
    }

    private static bool MayHold(FrameworkTraits traits, ResourceMetadata resource) =>
        (!resource.IsRevocable || traits.RevocableResources)
        && (!resource.IsShared || traits.SharedResources)
        && (resource.Reservations.Length < 2 || traits.ReservationRefinement);

    private bool IsRemote(KnownAgent agent) =>
        masterDomain?.FaultDomain is { } home
        && agent.Facts?.Domain?.FaultDomain is { } there
        && home.Region.Name != there.Region.Name;
}
