using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>
/// One round: goes through agents in a random order and gives each, as a whole, to whoever deserves it most and can take it;
/// what is left, to the next. First for guarantees that are not met, then for everybody.
/// </summary>
/// <remarks>Mesos: src/master/allocator/mesos/hierarchical.cpp, __generateOffers.</remarks>
internal sealed class HandOut(FairShares shares, QuotaRound quotas, Eligibility eligibility, Random random)
{
    private readonly List<(Claim Claim, Resources Resources)> _given = [];
    private readonly List<Grant> _grants = [];
    private readonly Dictionary<(KnownAgent Agent, Claim Claim), int> _guaranteed = [];
    private readonly List<Claim> _seeking = [];
    private KnownAgent _agent = null!;
    private Resources _free = Resources.Empty;
    private bool _forGuarantees;
    private bool _forSeekers;

    /// <summary>Agents of which something was held back: they are due again when somebody gives something back.</summary>
    public HashSet<KnownAgent> HeldBack { get; } = [];

    /// <param name="agents">Those to be looked at. Reordered.</param>
    /// <param name="isDue">Of others only <paramref name="seekers"/> are asked.</param>
    public IReadOnlyList<Grant> Run(Span<KnownAgent> agents, Func<KnownAgent, bool> isDue, IEnumerable<Claim> seekers)
    {
        _grants.Clear();
        _guaranteed.Clear();
        quotas.Begin();
        Seek(seekers);
        random.Shuffle(agents);
        if (quotas.AnyMissing)
        {
            _forGuarantees = true;
            GoThrough(agents, isDue);
            _forGuarantees = false;

            // Again, since the first stage takes more from those in front.
            random.Shuffle(agents);
        }

        GoThrough(agents, isDue);
        SeekNoMore();
        return _grants;
    }

    private void Seek(IEnumerable<Claim> seekers)
    {
        foreach (var claim in seekers)
        {
            _seeking.Add(claim);
            claim.Role.Seeking.Add(claim);
        }
    }

    private void SeekNoMore()
    {
        foreach (var claim in _seeking)
        {
            claim.Role.Seeking.Clear();
        }

        _seeking.Clear();
    }

    private void GoThrough(ReadOnlySpan<KnownAgent> agents, Func<KnownAgent, bool> isDue)
    {
        foreach (var agent in agents)
        {
            if (!agent.Offerable || agent.Available.IsEmpty)
            {
                continue;
            }

            _agent = agent;
            _free = agent.Available;
            _forSeekers = !isDue(agent);
            Visit(shares.Roles);
            Settle();
        }
    }

    /// <summary>Counted only now: within one agent the order of all is that of its beginning.</summary>
    private void Settle()
    {
        foreach (var (claim, resources) in _given)
        {
            shares.Charge(claim, resources);
            Ledger.Offer(claim.Holder!, _agent, resources);
            Grant(claim, resources);
        }

        _given.Clear();
    }

    /// <summary>What a framework is given in both stages is one offer.</summary>
    private void Grant(Claim claim, Resources resources)
    {
        var key = (_agent, claim);
        if (_guaranteed.TryGetValue(key, out var before))
        {
            _grants[before] = _grants[before] with { Resources = _grants[before].Resources + resources };
            return;
        }

        if (_forGuarantees)
        {
            _guaranteed.Add(key, _grants.Count);
        }

        _grants.Add(new Grant(claim.Holder!, claim.Role.Role, _agent, resources));
    }

    private void Visit(RoleNode parent)
    {
        foreach (var node in parent.Wanting.InOrder)
        {
            if (node.Claims is { } role)
            {
                OfferTo(role);
            }
            else
            {
                Visit(node);
            }

            if (_free.IsEmpty)
            {
                return;
            }
        }
    }

    private void OfferTo(RoleClaims role)
    {
        if ((_forSeekers && role.Seeking.Count == 0) || (_forGuarantees && !quotas.IsMissing(role.Quota)))
        {
            return;
        }

        var free = _free.AllocatableTo(role.Role);
        foreach (var claim in _forSeekers ? role.SeekingInOrder() : role.Wanting.InOrder)
        {
            if (free.IsEmpty || (_forGuarantees && !quotas.IsMissing(role.Quota)))
            {
                return;
            }

            if (ShareOf(claim, free) is not { } share)
            {
                continue;
            }

            quotas.Give(role.Quota, share, _forGuarantees);
            _given.Add((claim, share));
            _free -= share;
            free = ReferenceEquals(share, free) ? Resources.Empty : free - share;
        }
    }

    /// <returns>Null if the framework cannot or will not have anything of it.</returns>
    private Resources? ShareOf(Claim claim, Resources free)
    {
        var framework = claim.Holder!;
        var role = claim.Role;
        if (claim.Refusals.Cover(_agent, free) || !eligibility.MayHave(framework, role.Role, _agent))
        {
            return null;
        }

        var wanted = Eligibility.For(framework.Traits, free);
        var share = _forGuarantees ? quotas.ForGuarantees(role.Quota!, wanted) : quotas.ForEverybody(role.Quota, wanted);
        if (!_forGuarantees && !ReferenceEquals(share, wanted))
        {
            HeldBack.Add(_agent);
        }

        return share.IsEmpty
            || !Eligibility.IsWorthwhile(framework, role.Role, share)
            || (!ReferenceEquals(share, free) && claim.Refusals.Cover(_agent, share))
            ? null
            : share;
    }
}
