using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Offers;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>
/// What administrators have set for roles, and what a change means for offers that are out: tasks are never ended for it, but
/// offers are rescinded so that what is promised can be kept soon. What comes back is handed out in the next periodic round.
/// </summary>
/// <remarks>Mesos: src/master/weights_handler.cpp and src/master/quota_handler.cpp, rescindOffers.</remarks>
internal sealed class RoleKeeper(AgentTable agents, FrameworkTable frameworks, IAllocator allocator, OfferBook offers)
{
    private RoleSettings _settings = RoleSettings.None;

    public void Replace(IEnumerable<RolePolicy> policies)
    {
        var before = _settings;
        _settings = RoleSettings.Of(policies);
        allocator.SetRoles(_settings);
        if (IsAnyWeightOfActiveRoleNew(before))
        {
            RescindAll();
            return;
        }

        foreach (var quota in _settings.Quotas.Values.OrderBy(q => q.Role, StringComparer.Ordinal))
        {
            var known = before.Quotas.GetValueOrDefault(quota.Role);
            if (!quota.Equals(known))
            {
                KeepLimits(quota.Role);
                MakeRoomForGuarantees(quota.Role);
            }
        }
    }

    /// <summary>A role is active that a framework is subscribed to.</summary>
    private bool IsAnyWeightOfActiveRoleNew(RoleSettings before) =>
        frameworks.All.SelectMany(f => f.Traits.Roles).Any(role => _settings.WeightOf(role) != before.WeightOf(role));

    private void RescindAll()
    {
        foreach (var agent in agents.All)
        {
            offers.RescindAll(agent);
        }
    }

    /// <summary>Offers to the role itself, and to those below it, end until what is left is within its limits; the newest first.</summary>
    private void KeepLimits(string topRole)
    {
        if (!allocator.IsAboveLimit(topRole))
        {
            return;
        }

        var own = frameworks.All.SelectMany(f => f.Offers.Values).Where(o => RoleTree.TopOf(o.Role) == topRole);
        foreach (var offer in own.OrderByDescending(o => o.Number).ToArray())
        {
            offers.Rescind(offer);
            if (!allocator.IsAboveLimit(topRole))
            {
                return;
            }
        }
    }

    /// <summary>
    /// All offers of one agent after the other, until as much has come back as the role lacks, and at least from as many agents as
    /// it has active frameworks. What is free already is taken for lost, as in Mesos.
    /// </summary>
    private void MakeRoomForGuarantees(string topRole)
    {
        var missing = allocator.MissingOf(topRole);
        if (missing.IsEmpty)
        {
            return;
        }

        var active = frameworks.All.Count(f => f.Connected && f.Traits.Roles.Any(r => RoleTree.TopOf(r) == topRole));
        var rescinded = Resources.Empty;
        foreach (var agent in agents.All.Where(a => a.Offerable && a.Offers.Count > 0).ToArray())
        {
            if (active <= 0 && missing.All(m => rescinded.ScalarOf(m.Key) >= m.Value))
            {
                return;
            }

            rescinded += agent.Offered.Where(static item => ScalarNames.IsSubjectToQuota(item));
            offers.RescindAll(agent);
            active--;
        }
    }
}
