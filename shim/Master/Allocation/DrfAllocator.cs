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
    Turn turn, Deadlines deadlines, Random random, AgentTable agents, Rounds rounds, Eligibility eligibility, TimeSpan interval) : IAllocator
{
    private readonly Dictionary<FrameworkId, Client> _clients = [];
    private readonly FairShares _shares = new();
    private readonly List<string> _roleOrder = [];
    private readonly List<string> _frameworkOrder = [];
    private readonly List<Grant> _grants = [];

    public DateTimeOffset? NextRound => rounds.Next;

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
        rounds.LookAtAllLater();
    }

    public void Activate(Framework framework)
    {
        var client = _clients[framework.Id];
        client.Active = true;
        Settle(client);
        rounds.LookAtAllNow();
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
        rounds.LookAtAllNow();
    }

    public void Suppress(Framework framework, IReadOnlyCollection<string> roles)
    {
        var client = _clients[framework.Id];
        client.Suppressed = client.Suppressed.Union(roles);
        Settle(client);
    }

    public void AddAgent(KnownAgent agent)
    {
        _shares.Resize(Resources.Empty, agent.Total);
        rounds.LookNow(agent);
    }

    public void UpdateAgent(KnownAgent agent, Resources before, bool otherwiseChanged)
    {
        _shares.Resize(before, agent.Total);
        if (otherwiseChanged)
        {
            ForgetRefusalsOf(agent);
        }

        rounds.LookNow(agent);
    }

    public void RemoveAgent(KnownAgent agent, Resources before)
    {
        _shares.Resize(before, Resources.Empty);
        ForgetRefusalsOf(agent);
        rounds.Forget(agent);
    }

    public void Charge(FrameworkId framework, string role, Resources resources) => _shares.Charge(framework, role, resources);

    public void Refund(FrameworkId framework, string role, KnownAgent agent, Resources resources, TimeSpan? refuse)
    {
        _shares.Refund(framework, role, resources);
        if (!agent.Offerable)
        {
            return;
        }

        rounds.LookLater(agent);
        if (refuse > TimeSpan.Zero && !resources.IsEmpty && _clients.TryGetValue(framework, out var client) && client.Active)
        {
            var until = turn.Now + (refuse.Value > interval ? refuse.Value : interval);
            client.Refusals.Add(role, agent.Id, resources, until, Reconsider);
        }
    }

    public IReadOnlyList<Grant> Allocate()
    {
        var grants = new List<Grant>();
        if (rounds.Next <= turn.Now)
        {
            var due = rounds.Take();
            random.Shuffle(due);
            foreach (var agent in due.Where(a => _shares.AnyWanting && a.Offerable && !a.Available.IsEmpty))
            {
                HandOut(agent);
                grants.AddRange(_grants);
            }
        }

        return grants;
    }

    /// <summary>One agent, to whoever deserves it most and can take it; what is left, to the next.</summary>
    private void HandOut(KnownAgent agent)
    {
        _grants.Clear();
        var free = agent.Available;
        _shares.OrderRoles(_roleOrder);
        foreach (var role in _roleOrder)
        {
            free = HandOut(agent, role, free);
            if (free.IsEmpty)
            {
                break;
            }
        }

        // Charged only now: within one agent the order of all is that of its beginning.
        foreach (var grant in _grants)
        {
            Charge(grant.Framework.Id, grant.Role, grant.Resources);
        }
    }

    /// <returns>What is left.</returns>
    private Resources HandOut(KnownAgent agent, string role, Resources free)
    {
        _shares.OrderFrameworks(role, _frameworkOrder);
        foreach (var id in _frameworkOrder)
        {
            var client = _clients[new FrameworkId(id)];
            if (WhatOf(agent, free, role, client) is not { } share)
            {
                continue;
            }

            _grants.Add(new Grant(client.Framework, role, agent, share));
            free -= share;
            if (free.IsEmpty)
            {
                break;
            }
        }

        return free;
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

    private void Reconsider(AgentId id)
    {
        if (agents.Find(id) is { Offerable: true } agent)
        {
            rounds.LookLater(agent);
        }
    }

    /// <summary>Brings the shares in line with what the client wants now.</summary>
    private void Settle(Client client)
    {
        var wanted = client.Active ? client.Roles.Except(client.Suppressed) : [];
        foreach (var role in client.WantedRoles.Except(wanted))
        {
            _shares.WantNoMore(client.Framework.Id, role);
        }

        foreach (var role in wanted.Except(client.WantedRoles))
        {
            _shares.Want(client.Framework.Id, role);
        }

        client.WantedRoles = wanted;
    }

    private void ForgetRefusalsOf(KnownAgent agent)
    {
        foreach (var client in _clients.Values)
        {
            client.Refusals.ForgetAgent(agent.Id);
        }
    }

    private sealed class Client(Framework framework, Refusals refusals)
    {
        public Framework Framework { get; } = framework;

        public Refusals Refusals { get; } = refusals;

        public bool Active { get; set; }

        public ImmutableSortedSet<string> Roles { get; set; } = framework.Traits.Roles;

        public ImmutableHashSet<string> Suppressed { get; set; } = [];

        public ImmutableSortedSet<string> WantedRoles { get; set; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    }
}
