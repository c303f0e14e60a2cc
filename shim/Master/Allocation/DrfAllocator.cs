using System.Collections.Immutable;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Timing;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>
/// Dominant resource fairness over roles, then over the frameworks of a role. Coarse: an agent goes whole to the first that
/// can take it. Only agents about which something has changed are looked at.
/// </summary>
/// <remarks>Mesos: src/master/allocator/mesos/hierarchical.cpp.</remarks>
internal sealed class DrfAllocator(
    Turn turn, Deadlines deadlines, Random random, AgentTable agents, Eligibility eligibility, TimeSpan interval) : IAllocator
{
    private readonly Dictionary<FrameworkId, Client> _clients = [];
    private readonly ClusterTotals _totals = new();
    private readonly Dictionary<string, RoleShares> _roles = [];
    private readonly HashSet<KnownAgent> _now = [];
    private readonly HashSet<KnownAgent> _later = [];
    private readonly List<string> _roleOrder = [];
    private readonly List<string> _frameworkOrder = [];
    private ShareTree? _roleTree;
    private bool _allNow;
    private bool _allLater;
    private DateTimeOffset? _gridStart;
    private DateTimeOffset? _batchAt;

    public DateTimeOffset? NextRound => _allNow || _now.Count > 0 ? turn.Now : _batchAt;

    private ShareTree RoleTree => _roleTree ??= new ShareTree(_totals, hierarchical: true);

    public void AddFramework(Framework framework) => _clients.TryAdd(framework.Id, new Client(framework, new Refusals(deadlines)));

    public void UpdateFramework(Framework framework, IReadOnlyCollection<string>? suppressed)
    {
        var client = _clients[framework.Id];
        foreach (var left in client.Roles.Except(framework.Traits.Roles))
        {
            client.Refusals.ForgetRole(left);
        }

        client.Roles = framework.Traits.Roles;
        if (suppressed is not null)
        {
            client.Suppressed = suppressed.ToImmutableHashSet();
        }

        Settle(client);
        LookAtAllLater();
    }

    public void Activate(Framework framework)
    {
        var client = _clients[framework.Id];
        client.Active = true;
        Settle(client);
        _allNow = true;
    }

    public void Deactivate(Framework framework)
    {
        var client = _clients[framework.Id];
        client.Active = false;
        client.Refusals.ForgetAll();
        Settle(client);
    }

    public void RemoveFramework(Framework framework)
    {
        if (_clients.Remove(framework.Id, out var client))
        {
            client.Active = false;
            client.Refusals.ForgetAll();
            Settle(client);
        }
    }

    public void Revive(Framework framework, IReadOnlyCollection<string> roles)
    {
        var client = _clients[framework.Id];
        client.Suppressed = client.Suppressed.Except(roles);
        foreach (var role in roles)
        {
            client.Refusals.ForgetRole(role);
        }

        Settle(client);
        _allNow = true;
    }

    public void Suppress(Framework framework, IReadOnlyCollection<string> roles)
    {
        var client = _clients[framework.Id];
        client.Suppressed = client.Suppressed.Union(roles);
        Settle(client);
    }

    public void AddAgent(KnownAgent agent)
    {
        _totals.Change(Resources.Empty, agent.Total);
        _now.Add(agent);
    }

    public void UpdateAgent(KnownAgent agent, Resources before, bool otherwiseChanged)
    {
        _totals.Change(before, agent.Total);
        if (otherwiseChanged)
        {
            ForgetRefusalsOf(agent);
        }

        _now.Add(agent);
    }

    public void RemoveAgent(KnownAgent agent, Resources before)
    {
        _totals.Change(before, Resources.Empty);
        ForgetRefusalsOf(agent);
        _now.Remove(agent);
        _later.Remove(agent);
    }

    public void Charge(FrameworkId framework, string role, Resources resources)
    {
        RoleTree.Charge(role, resources);
        Role(role).Frameworks.Charge(framework.Value, resources);
    }

    public void Refund(FrameworkId framework, string role, KnownAgent agent, Resources resources, TimeSpan? refuse)
    {
        RoleTree.Refund(role, resources);
        Role(role).Frameworks.Refund(framework.Value, resources);
        Tidy(framework, role);
        if (!agent.Offerable)
        {
            return;
        }

        LookAtLater(agent);
        if (refuse > TimeSpan.Zero && !resources.IsEmpty && _clients.TryGetValue(framework, out var client) && client.Active)
        {
            var until = turn.Now + (refuse.Value > interval ? refuse.Value : interval);
            client.Refusals.Add(role, agent.Id, resources, until, Reconsider);
        }
    }

    public IReadOnlyList<Grant> Allocate()
    {
        _gridStart ??= turn.Now;
        if (NextRound is not { } due || due > turn.Now)
        {
            return [];
        }

        var grants = new List<Grant>();
        foreach (var agent in TakeCandidates())
        {
            if (agent.Offerable && !agent.Available.IsEmpty)
            {
                HandOut(agent, grants);
            }
        }

        return grants;
    }

    /// <summary>One agent, to whoever deserves it most and can take it; what is left, to the next.</summary>
    private void HandOut(KnownAgent agent, List<Grant> grants)
    {
        var first = grants.Count;
        var free = agent.Available;
        RoleTree.Order(_roleOrder);
        foreach (var role in _roleOrder)
        {
            Role(role).Frameworks.Order(_frameworkOrder);
            foreach (var id in _frameworkOrder)
            {
                var client = _clients[new FrameworkId(id)];
                if (WhatOf(agent, free, role, client) is { } share)
                {
                    grants.Add(new Grant(client.Framework, role, agent, share));
                    free -= share;
                }

                if (free.IsEmpty)
                {
                    break;
                }
            }

            if (free.IsEmpty)
            {
                break;
            }
        }

        // Charged only now: within one agent the order of all is that of its beginning.
        for (var i = first; i < grants.Count; i++)
        {
            Charge(grants[i].Framework.Id, grants[i].Role, grants[i].Resources);
        }
    }

    private Resources? WhatOf(KnownAgent agent, Resources free, string role, Client client)
    {
        if (!eligibility.MayHave(client.Framework, role, agent))
        {
            return null;
        }

        var share = Eligibility.For(role, client.Framework.Traits, free);
        return share.IsEmpty
            || !Eligibility.IsWorthwhile(client.Framework, role, share)
            || client.Refusals.Cover(role, agent.Id, share)
            ? null
            : share;
    }

    private KnownAgent[] TakeCandidates()
    {
        var isBatch = _batchAt <= turn.Now;
        var candidates = _allNow || (isBatch && _allLater) ? [.. agents.All]
            : isBatch ? [.. _now.Union(_later)]
            : _now.ToArray();
        if (isBatch || _allNow)
        {
            _later.Clear();
            _allLater = false;
        }
        else
        {
            _later.ExceptWith(_now);
        }

        _now.Clear();
        _allNow = false;
        _batchAt = _allLater || _later.Count > 0 ? _batchAt : null;
        random.Shuffle(candidates);
        return candidates;
    }

    private void Reconsider(AgentId id)
    {
        if (agents.Find(id) is { Offerable: true } agent)
        {
            LookAtLater(agent);
        }
    }

    private void LookAtLater(KnownAgent agent)
    {
        _later.Add(agent);
        _batchAt ??= NextOnGrid();
    }

    private void LookAtAllLater()
    {
        _allLater = true;
        _batchAt ??= NextOnGrid();
    }

    /// <summary>Periodic rounds keep their rhythm even though idle ones are left out.</summary>
    private DateTimeOffset NextOnGrid()
    {
        _gridStart ??= turn.Now;
        var passed = (turn.Now - _gridStart.Value).Ticks / interval.Ticks;
        return _gridStart.Value + (passed + 1) * interval;
    }

    /// <summary>Brings the sorters in line with what the client wants now.</summary>
    private void Settle(Client client)
    {
        var id = client.Framework.Id.Value;
        var wanted = client.Active ? client.Roles.Except(client.Suppressed) : [];
        foreach (var role in client.ActiveRoles.Except(wanted))
        {
            SetActive(role, id, active: false);
            Tidy(client.Framework.Id, role);
        }

        foreach (var role in wanted.Except(client.ActiveRoles))
        {
            SetActive(role, id, active: true);
        }

        client.ActiveRoles = wanted;
    }

    private void SetActive(string role, string framework, bool active)
    {
        var shares = Role(role);
        shares.Frameworks.Add(framework);
        shares.Frameworks.SetActive(framework, active);
        shares.ActiveFrameworks += active ? 1 : -1;
        RoleTree.Add(role);
        RoleTree.SetActive(role, shares.ActiveFrameworks > 0);
    }

    private void Tidy(FrameworkId framework, string role)
    {
        var shares = Role(role);
        shares.Frameworks.RemoveIfIdle(framework.Value);
        RoleTree.RemoveIfIdle(role);
        if (shares.Frameworks.IsEmpty)
        {
            _roles.Remove(role);
        }
    }

    private RoleShares Role(string role)
    {
        if (!_roles.TryGetValue(role, out var shares))
        {
            _roles.Add(role, shares = new RoleShares(new ShareTree(_totals, hierarchical: false)));
        }

        return shares;
    }

    private void ForgetRefusalsOf(KnownAgent agent)
    {
        foreach (var client in _clients.Values)
        {
            client.Refusals.ForgetAgent(agent.Id);
        }
    }

    private sealed class RoleShares(ShareTree frameworks)
    {
        public ShareTree Frameworks { get; } = frameworks;

        public int ActiveFrameworks { get; set; }
    }

    private sealed class Client(Framework framework, Refusals refusals)
    {
        public Framework Framework { get; } = framework;

        public Refusals Refusals { get; } = refusals;

        public bool Active { get; set; }

        public ImmutableSortedSet<string> Roles { get; set; } = framework.Traits.Roles;

        public ImmutableHashSet<string> Suppressed { get; set; } = [];

        public ImmutableSortedSet<string> ActiveRoles { get; set; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    }
}
