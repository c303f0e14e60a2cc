using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Timing;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>What one framework has, and wants, for one role. There as long as it is subscribed to the role or has something for it.</summary>
internal sealed class Claim(FrameworkId framework, RoleClaims role, Deadlines deadlines) : Sharer(framework.Value)
{
    public FrameworkId FrameworkId { get; } = framework;

    public RoleClaims Role { get; } = role;

    /// <summary>Null while the framework is not subscribed to the role.</summary>
    public Framework? Holder { get; set; }

    public Refusals Refusals { get; } = new(deadlines);
}

/// <summary>The frameworks of one role.</summary>
internal sealed class RoleClaims(string role, RoleNode leaf, ClusterTotals totals)
{
    public string Role { get; } = role;

    public RoleNode Leaf { get; } = leaf;

    public Dictionary<FrameworkId, Claim> All { get; } = [];

    /// <summary>Those that want offers.</summary>
    public Ranking<Claim> Wanting { get; } = new(totals);

    /// <summary>Those for whose sake agents are looked at again that nobody else wants; see <see cref="Rounds"/>.</summary>
    public List<Claim> Seeking { get; } = [];

    /// <summary>Of the top-level role above it, for all below together; null for none.</summary>
    public Quota? Quota { get; set; }

    public ReadOnlySpan<Claim> SeekingInOrder()
    {
        if (Seeking.Count > 1)
        {
            _ = Wanting.InOrder;
            Seeking.Sort(static (left, right) => left.Place.CompareTo(right.Place));
        }

        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Seeking);
    }
}
