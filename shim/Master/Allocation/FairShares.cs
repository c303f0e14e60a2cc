using MesosK8sBridge.Protocol;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>Who has how much of the cluster, and so who is next: roles first, then the frameworks of a role.</summary>
/// <remarks>Mesos: the role sorter and framework sorters of src/master/allocator/mesos/hierarchical.cpp.</remarks>
internal sealed class FairShares
{
    private readonly ClusterTotals _totals = new();
    private readonly ShareTree _roles;
    private readonly Dictionary<string, RoleShares> _byRole = [];

    public FairShares() => _roles = new ShareTree(_totals, hierarchical: true);

    /// <summary>An agent's part of the cluster has changed.</summary>
    public void Resize(Resources before, Resources after) => _totals.Change(before, after);

    /// <summary>Somebody wants offers.</summary>
    public bool AnyWanting => _roles.AnyActive;

    /// <summary>Roles in which somebody wants offers, the most deserving first.</summary>
    public void OrderRoles(List<string> into) => _roles.Order(into);

    /// <summary>Frameworks that want offers for the role, the most deserving first.</summary>
    public void OrderFrameworks(string role, List<string> into) => Of(role).Frameworks.Order(into);

    public void Charge(FrameworkId framework, string role, Resources resources)
    {
        _roles.Charge(role, resources);
        Of(role).Frameworks.Charge(framework.Value, resources);
    }

    public void Refund(FrameworkId framework, string role, Resources resources)
    {
        _roles.Refund(role, resources);
        Of(role).Frameworks.Refund(framework.Value, resources);
        Tidy(framework, role);
    }

    public void Want(FrameworkId framework, string role) => SetActive(framework, role, active: true);

    public void WantNoMore(FrameworkId framework, string role)
    {
        SetActive(framework, role, active: false);
        Tidy(framework, role);
    }

    private void SetActive(FrameworkId framework, string role, bool active)
    {
        var shares = Of(role);
        shares.Frameworks.Add(framework.Value);
        shares.Frameworks.SetActive(framework.Value, active);
        shares.Wanting += active ? 1 : -1;
        _roles.Add(role);
        _roles.SetActive(role, shares.Wanting > 0);
    }

    /// <summary>A role or framework stays as long as it wants something or has something.</summary>
    private void Tidy(FrameworkId framework, string role)
    {
        var shares = Of(role);
        shares.Frameworks.RemoveIfIdle(framework.Value);
        _roles.RemoveIfIdle(role);
        if (shares.Frameworks.IsEmpty)
        {
            _byRole.Remove(role);
        }
    }

    private RoleShares Of(string role)
    {
        if (!_byRole.TryGetValue(role, out var shares))
        {
            _byRole.Add(role, shares = new RoleShares(new ShareTree(_totals, hierarchical: false)));
        }

        return shares;
    }

    private sealed class RoleShares(ShareTree frameworks)
    {
        public ShareTree Frameworks { get; } = frameworks;

        /// <summary>How many frameworks want offers for the role.</summary>
        public int Wanting { get; set; }
    }
}
