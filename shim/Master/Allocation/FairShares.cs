using System.Collections.Immutable;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Timing;
using MesosK8sBridge.Shim.Master.Snapshots;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>Who has how much of the cluster, and so who is next: roles first, then the frameworks of a role.</summary>
/// <remarks>Mesos: the role sorter and framework sorters of src/master/allocator/mesos/hierarchical.cpp.</remarks>
internal sealed class FairShares
{
    private readonly Deadlines _deadlines;
    private readonly RoleTree _tree;
    private readonly Dictionary<string, RoleClaims> _roles = new(StringComparer.Ordinal);
    private readonly Tally _amount = new();
    private readonly Tally _subject = new();
    private ImmutableDictionary<string, Quota> _quotas = ImmutableDictionary<string, Quota>.Empty;

    public FairShares(Deadlines deadlines)
    {
        _deadlines = deadlines;
        Totals = new ClusterTotals(Names);
        _tree = new RoleTree(Totals);
    }

    public ScalarNames Names { get; } = new();

    public ClusterTotals Totals { get; }

    /// <summary>Somebody wants offers.</summary>
    public bool AnyWanting => _tree.Root.Wanting.Count > 0;

    /// <summary>Roles in which somebody wants offers, as a tree.</summary>
    public RoleNode Roles => _tree.Root;

    /// <summary>An agent's part of the cluster has changed.</summary>
    public void Resize(Resources before, Resources after) => Totals.Change(before, after);

    public void SetRoles(IReadOnlyDictionary<string, double> weights, ImmutableDictionary<string, Quota> quotas)
    {
        _quotas = quotas;
        foreach (var role in _roles.Values)
        {
            role.Quota = quotas.GetValueOrDefault(RoleTree.TopOf(role.Role));
        }

        _tree.SetWeights(weights);
    }

    /// <summary>What each role that somebody claims has in use and in offers, with those below it.</summary>
    public IEnumerable<RoleView> ReadRoles() => ReadRoles(_tree.Root);

    private IEnumerable<RoleView> ReadRoles(RoleNode parent) => parent.Children.Where(child => child.Key != ".").SelectMany(child =>
        ReadRoles(child.Value).Prepend(new RoleView(child.Value.Name, Names.Read(child.Value.Charged))));

    /// <summary>What a top-level role and those below it have of what is subject to quotas, and what is reserved for them.</summary>
    public void Consumed(string topRole, Tally into)
    {
        into.Clear();
        into.Add(Totals.ReservedFor(topRole));
        if (_tree.Root.Children.TryGetValue(topRole, out var node))
        {
            into.Add(node.Subject);
        }
    }

    public Claim? Find(FrameworkId framework, string role) =>
        _roles.TryGetValue(role, out var claims) ? claims.All.GetValueOrDefault(framework) : null;

    public Claim FindOrAdd(FrameworkId framework, string role)
    {
        if (!_roles.TryGetValue(role, out var claims))
        {
            var leaf = _tree.Add(role);
            claims = new RoleClaims(role, leaf, Totals) { Quota = _quotas.GetValueOrDefault(RoleTree.TopOf(role)) };
            leaf.Claims = claims;
            _roles.Add(role, claims);
        }

        if (!claims.All.TryGetValue(framework, out var claim))
        {
            claims.All.Add(framework, claim = new Claim(framework, claims, _deadlines));
        }

        return claim;
    }

    /// <summary>Forgets a claim that nobody holds and to which nothing is charged.</summary>
    public void Tidy(Claim claim)
    {
        var role = claim.Role;
        if (claim.Holder is not null || !claim.Charged.IsZero || !role.All.Remove(claim.FrameworkId) || role.All.Count > 0)
        {
            return;
        }

        _roles.Remove(role.Role);
        RoleTree.Remove(role.Leaf);
    }

    public void Charge(Claim claim, Resources resources)
    {
        Names.Weigh(resources, _amount, _subject);
        claim.Charge(_amount);
        Update(claim);
        _tree.Charge(claim.Role.Leaf, _amount, _subject);
    }

    public void Refund(Claim claim, Resources resources)
    {
        Names.Weigh(resources, _amount, _subject);
        claim.Refund(_amount);
        Update(claim);
        _tree.Refund(claim.Role.Leaf, _amount, _subject);
        Tidy(claim);
    }

    public static void SetWanting(Claim claim, bool wanting)
    {
        var role = claim.Role;
        if (wanting && claim.Place < 0)
        {
            role.Wanting.Add(claim);
            RoleTree.Want(role.Leaf);
        }
        else if (!wanting && claim.Place >= 0)
        {
            role.Wanting.Remove(claim);
            if (role.Wanting.Count == 0)
            {
                RoleTree.WantNoMore(role.Leaf);
            }
        }
    }

    private static void Update(Claim claim)
    {
        if (claim.Place >= 0)
        {
            claim.Role.Wanting.Update(claim);
        }
    }
}
