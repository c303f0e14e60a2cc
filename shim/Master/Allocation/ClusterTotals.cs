using MesosK8sBridge.Protocol;
using Type = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>What there is of each scalar in the whole cluster: the measure of every share. And how much of it is reserved, for whom.</summary>
internal sealed class ClusterTotals(ScalarNames names)
{
    private readonly Tally _totals = new();
    private readonly Dictionary<string, Tally> _reservations = [];

    /// <summary>Grows when shares have to be measured anew.</summary>
    public int Version { get; private set; }

    public void Change(Resources before, Resources after)
    {
        Count(before, -1);
        Count(after, +1);
        Version++;
    }

    /// <summary>Weights have changed, and with them every share.</summary>
    public void MeasureAnew() => Version++;

    /// <returns>The part that is largest, of all that is charged.</returns>
    /// <remarks>Mesos: src/master/allocator/mesos/sorter/drf/sorter.cpp, calculateShare.</remarks>
    public double DominantShare(Tally charged)
    {
        var share = 0.0;
        for (var i = 0; i < charged.Reach; i++)
        {
            if (charged[i] > 0 && _totals[i] > 0)
            {
                share = Math.Max(share, charged[i] / (double)_totals[i]);
            }
        }

        return share;
    }

    /// <summary>All that is reserved for a top-level role and those below it, in use or not.</summary>
    public Tally ReservedFor(string topRole) => _reservations.TryGetValue(topRole, out var reserved) ? reserved : new Tally();

    private void Count(Resources resources, int sign)
    {
        foreach (var item in resources)
        {
            if (item.Type != Type.Scalar)
            {
                continue;
            }

            var number = names.NumberOf(item.Name);
            _totals.Add(number, sign * item.Thousandths);
            if (item.Metadata.ReservationRole is { } role)
            {
                Reserve(RoleTree.TopOf(role), number, sign * item.Thousandths);
            }
        }
    }

    private void Reserve(string topRole, int number, long amount)
    {
        if (!_reservations.TryGetValue(topRole, out var reserved))
        {
            _reservations.Add(topRole, reserved = new Tally());
        }

        reserved.Add(number, amount);
        if (reserved.IsZero)
        {
            _reservations.Remove(topRole);
        }
    }
}
