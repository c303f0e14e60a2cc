namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>Somebody among whom the cluster is shared: a framework within a role, a role, or a branch of the tree of roles.</summary>
/// <param name="name">Decides between those who have the same in every other respect.</param>
internal abstract class Sharer(string name)
{
    public string Name { get; } = name;

    /// <summary>What is offered to it and used by it.</summary>
    public Tally Charged { get; } = new();

    /// <summary>How often it was charged, ever.</summary>
    public long Charges { get; private set; }

    public double Weight { get; set; } = 1;

    /// <summary>Dominant share by weight, as its ranking last measured it.</summary>
    public double Share { get; set; }

    /// <summary>Its index in its ranking; -1 while it wants nothing.</summary>
    public int Place { get; set; } = -1;

    public void Charge(Tally amount)
    {
        Charged.Add(amount);
        Charges++;
    }

    public void Refund(Tally amount) => Charged.Subtract(amount);

    /// <returns>Below 0 if it comes before the other: the smallest share first; then who was charged less often; then by name.</returns>
    /// <remarks>Mesos: src/master/allocator/mesos/sorter/drf/sorter.cpp, compareDRF.</remarks>
    public int Rank(Sharer other)
    {
        var byShare = Share.CompareTo(other.Share);
        if (byShare != 0)
        {
            return byShare;
        }

        var byCharges = Charges.CompareTo(other.Charges);
        return byCharges != 0 ? byCharges : string.CompareOrdinal(Name, other.Name);
    }
}

/// <summary>Those who want something and are compared with each other, the most deserving first. Kept in order rather than sorted.</summary>
internal sealed class Ranking<T>(ClusterTotals totals)
    where T : Sharer
{
    /// <summary>Moves for each member after which sorting is cheaper than settling.</summary>
    private const int Patience = 8;

    private static readonly Comparer<T> BestFirst = Comparer<T>.Create(static (left, right) => left.Rank(right));

    private T[] _members = [];
    private int _measured = -1;

    public int Count { get; private set; }

    public ReadOnlySpan<T> InOrder
    {
        get
        {
            if (_measured != totals.Version)
            {
                MeasureAll();
            }

            return new ReadOnlySpan<T>(_members, 0, Count);
        }
    }

    public void Add(T member)
    {
        if (Count == _members.Length)
        {
            Array.Resize(ref _members, Math.Max(4, Count * 2));
        }

        Put(member, Count++);
        Update(member);
    }

    public void Remove(T member)
    {
        Shift(member.Place + 1, Count, -1);
        _members[--Count] = null!;
        member.Place = -1;
    }

    /// <summary>What is charged to a member has changed.</summary>
    public void Update(T member)
    {
        if (_measured == totals.Version)
        {
            member.Share = Measure(member);
            Move(member);
        }
    }

    private double Measure(T member) => totals.DominantShare(member.Charged) / member.Weight;

    private void Move(T member)
    {
        var at = member.Place;
        var to = at > 0 && member.Rank(_members[at - 1]) < 0 ? Search(member, 0, at) : Search(member, at + 1, Count) - 1;
        if (to < at)
        {
            Shift(to, at, +1);
        }
        else if (to > at)
        {
            Shift(at + 1, to + 1, -1);
        }

        Put(member, to);
    }

    /// <returns>The first place from <paramref name="low"/> on whose member does not come before this one.</returns>
    private int Search(T member, int low, int high)
    {
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_members[middle].Rank(member) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Moves the members from <paramref name="begin"/> to before <paramref name="end"/> by one place.</summary>
    private void Shift(int begin, int end, int by)
    {
        Array.Copy(_members, begin, _members, begin + by, end - begin);
        for (var i = begin + by; i < end + by; i++)
        {
            _members[i].Place = i;
        }
    }

    private void Put(T member, int place)
    {
        _members[place] = member;
        member.Place = place;
    }

    private void MeasureAll()
    {
        _measured = totals.Version;
        for (var i = 0; i < Count; i++)
        {
            _members[i].Share = Measure(_members[i]);
        }

        if (!TrySettle())
        {
            Array.Sort(_members, 0, Count, BestFirst);
        }

        for (var i = 0; i < Count; i++)
        {
            _members[i].Place = i;
        }
    }

    /// <summary>Insertion sort: a cluster that changes a little changes the order a little.</summary>
    private bool TrySettle()
    {
        var moves = Patience * Count;
        for (var i = 1; i < Count; i++)
        {
            var member = _members[i];
            var at = i;
            for (; at > 0 && moves > 0 && member.Rank(_members[at - 1]) < 0; at--, moves--)
            {
                _members[at] = _members[at - 1];
            }

            _members[at] = member;
            if (moves == 0)
            {
                return false;
            }
        }

        return true;
    }
}
