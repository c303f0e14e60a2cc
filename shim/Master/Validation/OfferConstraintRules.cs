using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master.Frameworks;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>Which agents a framework may say it cannot use.</summary>
/// <remarks>Mesos: src/master/allocator/mesos/offer_constraints_filter.cpp.</remarks>
internal static class OfferConstraintRules
{
    public static string? Check(FrameworkTraits traits, OfferConstraints? constraints)
    {
        var strange = constraints?.RoleConstraints.Keys.FirstOrDefault(role => !traits.Roles.Contains(role));
        return strange is null
            ? null
            // The missing blank is Mesos' own.
            : $"Offer constraints specify `role_constraints` for a role '{strange}'not contained in the set of roles";
    }
}
