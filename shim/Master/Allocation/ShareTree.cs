using MesosK8sBridge.Protocol;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>What there is of each scalar in the whole cluster, in thousandths; the measure of every share.</summary>
internal sealed class ClusterTotals
{
    private readonly Dictionary<string, long> _totals = [];

    /// <summary>Counts changes, so that a share can tell whether it is stale.</summary>
    public int Version { get; private set; }

    public void Change(Resources before, Resources after)
    {
        foreach (var item in before.Scalars())
        {
            _totals[item.Name] = _totals.GetValueOrDefault(item.Name) - item.Thousandths;
        }

        foreach (var item in after.Scalars())
        {
            _totals[item.Name] = _totals.GetValueOrDefault(item.Name) + item.Thousandths;
        }

        Version++;
    }

    /// <returns>The part that is largest, of all that is charged.</returns>
    public double DominantShare(Dictionary<string, long> charged)
    {
        var share = 0.0;
        foreach (var (name, amount) in charged)
        {
            if (amount > 0 && _totals.TryGetValue(name, out var total) && total > 0)
            {
                share = Math.Max(share, amount / (double)total);
            }
        }

        return share;
    }
}

/// <summary>
/// Clients in order of their dominant share, smallest first; then fewest charges made, then name.
/// Paths with slashes form a tree: siblings are compared inside their parent.
/// </summary>
/// <remarks>Mesos: src/master/allocator/mesos/sorter/drf/sorter.cpp.</remarks>
internal sealed class ShareTree(ClusterTotals totals, bool hierarchical)
{
    private readonly Dictionary<string, Node> _clients = [];
    private readonly Node _root = new("", "", null);

    /// <summary>No client, and nothing charged to one that was.</summary>
    public bool IsEmpty => _clients.Count == 0;

    public void Add(string client)
    {
        if (_clients.ContainsKey(client))
        {
            return;
        }

        var parent = _root;
        var names = hierarchical ? client.Split('/') : [client];
        foreach (var name in names)
        {
            parent = parent.Child(name);
        }

        // The client itself is a leaf of its own below its path: a role and its sub-roles are then siblings.
        _clients.Add(client, hierarchical ? parent.Child(".", client) : parent.Named(client));
    }

    public void SetActive(string client, bool active)
    {
        if (_clients.TryGetValue(client, out var leaf) && leaf.Active != active)
        {
            leaf.Active = active;
            for (var node = leaf; node is not null; node = node.Parent)
            {
                node.ActiveLeaves += active ? 1 : -1;
            }
        }
    }

    /// <summary>Forgets a client that is no longer one, as soon as nothing is charged to it.</summary>
    public void RemoveIfIdle(string client)
    {
        if (_clients.TryGetValue(client, out var leaf) && !leaf.Active && leaf.Charged.Count == 0)
        {
            _clients.Remove(client);
            for (var node = leaf; node is { Parent: not null, Children.Count: 0 }; node = node.Parent)
            {
                node.Parent.Children.Remove(node);
            }
        }
    }

    public void Charge(string client, Resources resources)
    {
        Add(client);
        for (var node = _clients[client]; node is not null; node = node.Parent)
        {
            node.Charge(resources, +1);
        }
    }

    public void Refund(string client, Resources resources)
    {
        if (!_clients.TryGetValue(client, out var leaf))
        {
            return;
        }

        for (var node = leaf; node is not null; node = node.Parent)
        {
            node.Charge(resources, -1);
        }
    }

    public bool AnyActive => _root.ActiveLeaves > 0;

    /// <summary>Active clients, the most deserving first.</summary>
    public void Order(List<string> into)
    {
        into.Clear();
        Visit(_root, into);
    }

    private void Visit(Node node, List<string> into)
    {
        node.SortChildren(totals);
        foreach (var child in node.Children)
        {
            if (child.ActiveLeaves == 0)
            {
                continue;
            }

            if (child.Client is { } client)
            {
                into.Add(client);
            }
            else
            {
                Visit(child, into);
            }
        }
    }

    private sealed class Node(string name, string path, Node? parent)
    {
        private int _sortedVersion = -1;
        private bool _moved = true;
        private bool _stale = true;

        public string? Client { get; private set; }

        public Node? Parent { get; } = parent;

        public List<Node> Children { get; } = [];

        public bool Active { get; set; }

        public int ActiveLeaves { get; set; }

        public Dictionary<string, long> Charged { get; } = [];

        private long Charges { get; set; }

        private double Share { get; set; }

        public Node Child(string childName, string? client = null)
        {
            foreach (var child in Children)
            {
                if (child.IsNamed(childName))
                {
                    return child;
                }
            }

            var added = new Node(childName, path.Length == 0 ? childName : $"{path}/{childName}", this) { Client = client };
            Children.Add(added);
            _moved = true;
            return added;
        }

        public Node Named(string client)
        {
            Client = client;
            return this;
        }

        public void Charge(Resources resources, int sign)
        {
            foreach (var item in resources)
            {
                var scalar = item.Name;
                var now = Charged.GetValueOrDefault(scalar) + sign * item.Thousandths;
                if (now == 0)
                {
                    Charged.Remove(scalar);
                }
                else
                {
                    Charged[scalar] = now;
                }
            }

            Charges += sign > 0 ? 1 : 0;
            _stale = true;
            if (Parent is not null)
            {
                Parent._moved = true;
            }
        }

        public void SortChildren(ClusterTotals totals)
        {
            var allStale = _sortedVersion != totals.Version;
            if (!_moved && !allStale)
            {
                return;
            }

            foreach (var child in Children)
            {
                if (child._stale || allStale)
                {
                    child.Share = totals.DominantShare(child.Charged);
                    child._stale = false;
                }
            }

            if (allStale)
            {
                Children.Sort(Compare);
            }
            else
            {
                SettleFew();
            }

            _moved = false;
            _sortedVersion = totals.Version;
        }

        /// <summary>Insertion sort: between two rounds few have moved, and not far.</summary>
        private void SettleFew()
        {
            for (var i = 1; i < Children.Count; i++)
            {
                var child = Children[i];
                var at = i;
                while (at > 0 && Compare(child, Children[at - 1]) < 0)
                {
                    Children[at] = Children[at - 1];
                    at--;
                }

                Children[at] = child;
            }
        }

        private bool IsNamed(string other) => name == other;

        private static int Compare(Node left, Node right)
        {
            var byShare = left.Share.CompareTo(right.Share);
            if (byShare != 0)
            {
                return byShare;
            }

            var byCharges = left.Charges.CompareTo(right.Charges);
            return byCharges != 0 ? byCharges : string.CompareOrdinal(left.Path, right.Path);
        }

        private string Path => path;
    }
}
