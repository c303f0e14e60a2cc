using System.Collections.Immutable;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Offers;

namespace MesosK8sBridge.Shim.Master.Frameworks;

/// <summary>What new rules mean for frameworks that are registered already.</summary>
internal sealed class Rules(FrameworkTable frameworks, Admittance admittance, Presence presence, IAllocator allocator, OfferBook offers, Outbox outbox)
{
    public void Replace(ImmutableArray<FrameworkPolicy> policies, bool apply)
    {
        admittance.Replace(policies);
        if (apply)
        {
            Apply();
        }
    }

    /// <summary>Judges every framework anew. A ban ends a connection, never a task.</summary>
    public void Apply()
    {
        foreach (var framework in frameworks.All.ToArray())
        {
            Apply(framework);
        }
    }

    private void Apply(Framework framework)
    {
        var (policy, refusal) = admittance.Judge(framework);
        if (refusal is not null)
        {
            Ban(framework, refusal);
            return;
        }

        var before = framework.Policy;
        framework.Policy = policy;
        framework.Changed();
        if (!framework.Admitted)
        {
            presence.Readmit(framework);
        }
        else if (before?.Key != policy?.Key)
        {
            presence.Record(framework);
        }

        if (!FrameworkPolicy.AreSameForAgents(before, policy))
        {
            offers.RescindForbidden(framework.Offers.Values);
            allocator.UpdateFramework(framework, suppressed: null);
        }
    }

    private void Ban(Framework framework, string refusal)
    {
        if (framework.Stream is { } stream)
        {
            outbox.Refuse(stream, refusal);
        }

        if (framework.Admitted || framework.Connected)
        {
            presence.Ban(framework);
        }
    }
}
