using System.Collections.Immutable;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Timing;
using MesosK8sBridge.Shim.Master.Snapshots;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>
/// Dominant resource fairness over roles, then over the frameworks of a role. Coarse: an agent goes whole to the first that
/// can take it. Only what may have a different outcome than last time is looked at: see <see cref="Rounds"/>.
/// </summary>
/// <remarks>Mesos: src/master/allocator/mesos/hierarchical.cpp.</remarks>
internal sealed class DrfAllocator : IAllocator
{
    private readonly Turn _turn;
    private readonly AgentTable _agents;
    private readonly TimeSpan _interval;
    private readonly Rounds _rounds;
    private readonly FairShares _shares;
    private readonly QuotaRound _quotas;
    private readonly HandOut _handOut;
    private readonly Dictionary<FrameworkId, Client> _clients = [];
    private readonly HashSet<KnownAgent> _due = [];
    private readonly HashSet<FrameworkId> _seekers = [];

    /// <param name="interval">Between two periodic rounds, and the shortest filter.</param>
    public DrfAllocator(Turn turn, Deadlines deadlines, Random random, AgentTable agents, Eligibility eligibility, TimeSpan interval)
    {
        _turn = turn;
        _agents = agents;
        _interval = interval;
        _rounds = new Rounds(turn, interval);
        _shares = new FairShares(deadlines);
        _quotas = new QuotaRound(_shares, new FreeScalars(agents, _shares.Names));
        _handOut = new HandOut(_shares, _quotas, eligibility, random);
    }

    public DateTimeOffset? NextRound => _rounds.Next;

    public IEnumerable<RoleView> ReadRoles() => _shares.ReadRoles();

    public void AddFramework(Framework framework)
    {
        var client = new Client(framework);
        if (_clients.TryAdd(framework.Id, client))
        {
            Subscribe(client);
        }
    }

    public void UpdateFramework(Framework framework, IReadOnlyCollection<string>? suppressed)
    {
        var client = _clients[framework.Id];
        foreach (var left in client.Claims.Keys.Except(framework.Traits.Roles).ToArray())
        {
            Unsubscribe(client, left);
        }

        Subscribe(client);
        if (suppressed is not null)
        {
            // A role that is suppressed no more is as good as revived.
            ForgetRefusals(client, client.Suppressed.Except(suppressed));
            client.Suppressed = suppressed.ToImmutableHashSet();
        }

        Settle(client);
        _rounds.LookAtAllLater(framework.Id);
    }

    public void Activate(Framework framework)
    {
        var client = _clients[framework.Id];
        client.Active = true;
        Settle(client);
        _rounds.LookAtAllNow(framework.Id);
    }

    public void Deactivate(Framework framework)
    {
        var client = _clients[framework.Id];
        client.Active = false;
        ForgetRefusals(client, client.Claims.Keys);
        Settle(client);
    }

    public void RemoveFramework(Framework framework)
    {
        if (_clients.Remove(framework.Id, out var client))
        {
            foreach (var role in client.Claims.Keys.ToArray())
            {
                Unsubscribe(client, role);
            }
        }
    }

    public void Revive(Framework framework, IReadOnlyCollection<string> roles)
    {
        var client = _clients[framework.Id];
        client.Suppressed = client.Suppressed.Except(roles);
        ForgetRefusals(client, roles);
        Settle(client);
        _rounds.LookAtAllNow(framework.Id);
    }

    public void Suppress(Framework framework, IReadOnlyCollection<string> roles)
    {
        var client = _clients[framework.Id];
        client.Suppressed = client.Suppressed.Union(roles);
        Settle(client);
    }

    public void SetRoles(RoleSettings settings)
    {
        _shares.SetRoles(settings.Weights, settings.Quotas);
        _quotas.SetQuotas(settings.Quotas);
        LookAtHeldBack();
    }

    public bool IsAboveLimit(string topRole) => _quotas.IsAboveLimit(topRole);

    public ImmutableSortedDictionary<string, long> MissingOf(string topRole) => _quotas.MissingOf(topRole);

    public void AddAgent(KnownAgent agent)
    {
        _shares.Resize(Resources.Empty, agent.Total);
        _rounds.LookNow(agent);
        LookAtHeldBack();
    }

    public void UpdateAgent(KnownAgent agent, Resources before, bool otherwiseChanged)
    {
        if (!ReferenceEquals(before, agent.Total))
        {
            _shares.Resize(before, agent.Total);
        }

        if (otherwiseChanged)
        {
            ForgetRefusalsOf(agent);
        }

        _rounds.LookNow(agent);
        LookAtHeldBack();
    }

    public void RemoveAgent(KnownAgent agent, Resources before)
    {
        _shares.Resize(before, Resources.Empty);
        ForgetRefusalsOf(agent);
        _rounds.Forget(agent);
        _handOut.HeldBack.Remove(agent);
        LookAtHeldBack();
    }

    public void Charge(FrameworkId framework, string role, Resources resources)
    {
        _shares.Charge(_shares.FindOrAdd(framework, role), resources);
        LookAtHeldBack();
    }

    public void Refund(FrameworkId framework, string role, KnownAgent agent, Resources resources, TimeSpan? refuse)
    {
        var claim = _shares.Find(framework, role);
        if (claim is not null)
        {
            _shares.Refund(claim, resources);
        }

        LookAtHeldBack();
        if (!agent.Offerable)
        {
            return;
        }

        _rounds.LookLater(agent);
        if (refuse > TimeSpan.Zero && !resources.IsEmpty && claim?.Holder is { } holder && _clients[holder.Id].Active)
        {
            claim.Refusals.Add(agent, resources, _turn.Now + (refuse.Value > _interval ? refuse.Value : _interval), Reconsider);
        }
    }

    public IReadOnlyList<Grant> Allocate()
    {
        _rounds.Take(_due, _seekers);
        if (!_shares.AnyWanting)
        {
            _quotas.Rest();
            return [];
        }

        var seekers = ClaimsOf(_seekers);
        if (_due.Count == 0 && seekers.Count == 0)
        {
            return [];
        }

        _handOut.HeldBack.ExceptWith(_due);
        KnownAgent[] agents = seekers.Count == 0 ? [.. _due] : [.. _agents.All];
        var grants = _handOut.Run(agents, seekers.Count == 0 ? static _ => true : _due.Contains, seekers);
        if (_quotas.HasLeftRoom)
        {
            LookAtHeldBack();
        }

        return grants;
    }

    private List<Claim> ClaimsOf(HashSet<FrameworkId> seekers)
    {
        var claims = new List<Claim>();
        foreach (var id in seekers)
        {
            if (_clients.TryGetValue(id, out var client))
            {
                claims.AddRange(client.Claims.Values.Where(c => c.Place >= 0));
            }
        }

        return claims;
    }

    /// <summary>What others have given back may leave room under a limit, or more than guarantees need.</summary>
    private void LookAtHeldBack()
    {
        foreach (var agent in _handOut.HeldBack)
        {
            _rounds.LookLater(agent);
        }

        _handOut.HeldBack.Clear();
    }

    private void Reconsider(KnownAgent agent)
    {
        if (agent.Offerable)
        {
            _rounds.LookLater(agent);
        }
    }

    private void Subscribe(Client client)
    {
        foreach (var role in client.Framework.Traits.Roles)
        {
            if (!client.Claims.ContainsKey(role))
            {
                var claim = _shares.FindOrAdd(client.Framework.Id, role);
                claim.Holder = client.Framework;
                client.Claims.Add(role, claim);
            }
        }
    }

    private void Unsubscribe(Client client, string role)
    {
        client.Claims.Remove(role, out var claim);
        claim!.Refusals.ForgetAll();
        claim.Holder = null;
        FairShares.SetWanting(claim, wanting: false);
        _shares.Tidy(claim);
    }

    /// <summary>Brings the shares in line with what the client wants now.</summary>
    private static void Settle(Client client)
    {
        foreach (var (role, claim) in client.Claims)
        {
            FairShares.SetWanting(claim, client.Active && !client.Suppressed.Contains(role));
        }
    }

    private static void ForgetRefusals(Client client, IEnumerable<string> roles)
    {
        foreach (var role in roles)
        {
            client.Claims.GetValueOrDefault(role)?.Refusals.ForgetAll();
        }
    }

    private void ForgetRefusalsOf(KnownAgent agent)
    {
        foreach (var client in _clients.Values)
        {
            foreach (var claim in client.Claims.Values)
            {
                claim.Refusals.Forget(agent);
            }
        }
    }

    private sealed class Client(Framework framework)
    {
        public Framework Framework { get; } = framework;

        /// <summary>By role, for all roles it is subscribed to.</summary>
        public Dictionary<string, Claim> Claims { get; } = new(StringComparer.Ordinal);

        public bool Active { get; set; }

        public ImmutableHashSet<string> Suppressed { get; set; } = [];
    }
}
