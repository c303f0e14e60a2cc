using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;
using Capability = MesosK8sBridge.Protocol.V1.FrameworkInfo.Types.Capability.Types.Type;

namespace MesosK8sBridge.Shim.Master.Frameworks;

/// <summary>What a FrameworkInfo means: its roles in order, and what it can be spoken to about.</summary>
internal sealed class FrameworkTraits(FrameworkInfo info)
{
    public bool MultiRole { get; } = Has(info, Capability.MultiRole);

    public bool PartitionAware { get; } = Has(info, Capability.PartitionAware);

    public bool TaskKillingState { get; } = Has(info, Capability.TaskKillingState);

    public bool GpuResources { get; } = Has(info, Capability.GpuResources);

    public bool ReservationRefinement { get; } = Has(info, Capability.ReservationRefinement);

    public bool RegionAware { get; } = Has(info, Capability.RegionAware);

    public bool RevocableResources { get; } = Has(info, Capability.RevocableResources);

    public bool SharedResources { get; } = Has(info, Capability.SharedResources);

    /// <summary>Sorted by ordinal, without repetition; empty for a MULTI_ROLE framework that names none.</summary>
    public ImmutableSortedSet<string> Roles { get; } = RolesOf(info);

    private static bool Has(FrameworkInfo info, Capability capability) => info.Capabilities.Any(c => c.Type == capability);

    private static ImmutableSortedSet<string> RolesOf(FrameworkInfo info) =>
        Has(info, Capability.MultiRole)
            ? info.Roles.ToImmutableSortedSet(StringComparer.Ordinal)
            : ImmutableSortedSet.Create(StringComparer.Ordinal, info.Role);
}
