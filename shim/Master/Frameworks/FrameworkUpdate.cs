using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Offers;
using MesosK8sBridge.Shim.Master.Validation;

namespace MesosK8sBridge.Shim.Master.Frameworks;

/// <summary>UPDATE_FRAMEWORK: a framework changes what it says about itself without a new subscription.</summary>
/// <remarks>Mesos: src/master/master.cpp, Master::updateFramework.</remarks>
internal sealed class FrameworkUpdate(Admittance admittance, Presence presence, IAllocator allocator, OfferBook offers)
{
    /// <returns>Why the update is refused, or null.</returns>
    public SchedulerAnswer? Check(Framework framework, Call.Types.UpdateFramework call, out FrameworkPolicy? policy)
    {
        policy = null;
        var info = call.FrameworkInfo;
        if (FrameworkInfoRules.Check(info) is { } invalid)
        {
            return SchedulerAnswer.BadRequest($"Supplied FrameworkInfo is not valid: {invalid}");
        }

        if (FrameworkInfoRules.CheckUpdate(framework.Info, info) is { } change)
        {
            return SchedulerAnswer.BadRequest($"FrameworkInfo update is not valid: {change}");
        }

        var traits = new FrameworkTraits(info);
        var error = FrameworkInfoRules.CheckSuppressed(traits, call.SuppressedRoles)
            ?? AgentConstraints.Parse(call.OfferConstraints, traits, out _);
        if (error is not null)
        {
            return SchedulerAnswer.BadRequest($"'UpdateFramework' call is not valid: {error}");
        }

        (policy, var refusal) = admittance.Judge(info.Name, info.HasPrincipal ? info.Principal : null, traits);
        return refusal is null ? null : SchedulerAnswer.Forbidden(refusal);
    }

    public void Apply(Framework framework, Call.Types.UpdateFramework call, FrameworkPolicy? policy)
    {
        framework.Update(call.FrameworkInfo.Clone());
        framework.Policy = policy;
        AgentConstraints.Parse(call.OfferConstraints, framework.Traits, out var constraints);
        framework.Constraints = constraints;
        presence.Record(framework);
        foreach (var offer in framework.Offers.Values.Where(o => !framework.Traits.Roles.Contains(o.Role)).ToArray())
        {
            offers.Rescind(offer);
        }

        allocator.UpdateFramework(framework, call.SuppressedRoles);
    }
}
