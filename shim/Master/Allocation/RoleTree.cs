namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>A role, or a branch of roles whose names begin alike.</summary>
/// <param name="path">Of a role that is a leaf below its own branch, ends with <c>/.</c></param>
internal sealed class RoleNode(string path, RoleNode? parent, ClusterTotals totals) : Sharer(path)
{
    public RoleNode? Parent { get; } = parent;

    /// <summary>By the last part of their paths.</summary>
    public Dictionary<string, RoleNode> Children { get; } = new(capacity: 0, StringComparer.Ordinal);

    /// <summary>Children that want something.</summary>
    public Ranking<RoleNode> Wanting { get; } = new(totals);

    /// <summary>Of a leaf.</summary>
    public RoleClaims? Claims { get; set; }

    /// <summary>Of what is charged, the part that is subject to quotas; kept for top-level roles.</summary>
    public Tally Subject { get; } = new();
}

/// <summary>All roles that somebody claims, as a tree: siblings are compared inside their parent.</summary>
/// <remarks>Mesos: src/master/allocator/mesos/sorter/drf/sorter.cpp.</remarks>
internal sealed class RoleTree(ClusterTotals totals)
{
    private IReadOnlyDictionary<string, double> _weights = new Dictionary<string, double>();

    public RoleNode Root { get; } = new("", null, totals);

    public static string TopOf(string role)
    {
        var slash = role.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? role : role[..slash];
    }

    /// <summary>The role is a leaf of its own below its path: a role and those below it are then siblings.</summary>
    public RoleNode Add(string role)
    {
        var node = Root;
        foreach (var name in role.Split('/'))
        {
            node = Child(node, name);
        }

        return Child(node, ".");
    }

    /// <summary>Forgets a leaf, and the branches on which nothing is left.</summary>
    public static void Remove(RoleNode leaf)
    {
        for (var node = leaf; node is { Parent: { } parent, Children.Count: 0 }; node = parent)
        {
            parent.Children.Remove(node.Name[(node.Name.LastIndexOf('/') + 1)..]);
        }
    }

    public void Charge(RoleNode leaf, Tally amount, Tally subject)
    {
        for (var node = leaf; node.Parent is { } parent; node = parent)
        {
            node.Charge(amount);
            if (parent == Root)
            {
                node.Subject.Add(subject);
            }

            Update(parent, node);
        }
    }

    public void Refund(RoleNode leaf, Tally amount, Tally subject)
    {
        for (var node = leaf; node.Parent is { } parent; node = parent)
        {
            node.Refund(amount);
            if (parent == Root)
            {
                node.Subject.Subtract(subject);
            }

            Update(parent, node);
        }
    }

    /// <summary>A branch wants something as long as one on it does.</summary>
    public static void Want(RoleNode leaf)
    {
        for (var node = leaf; node is { Parent: { } parent, Place: < 0 }; node = parent)
        {
            parent.Wanting.Add(node);
        }
    }

    public static void WantNoMore(RoleNode leaf)
    {
        for (var node = leaf; node is { Parent: { } parent, Place: >= 0, Wanting.Count: 0 }; node = parent)
        {
            parent.Wanting.Remove(node);
        }
    }

    /// <param name="weights">By path; all others have 1.</param>
    public void SetWeights(IReadOnlyDictionary<string, double> weights)
    {
        _weights = weights;
        SetWeights(Root);
        totals.MeasureAnew();
    }

    private void SetWeights(RoleNode parent)
    {
        foreach (var child in parent.Children.Values)
        {
            child.Weight = WeightOf(child.Name);
            SetWeights(child);
        }
    }

    private double WeightOf(string path) => _weights.TryGetValue(path, out var weight) ? weight : 1;

    private RoleNode Child(RoleNode parent, string name)
    {
        if (!parent.Children.TryGetValue(name, out var child))
        {
            var path = parent == Root ? name : $"{parent.Name}/{name}";
            child = new RoleNode(path, parent, totals) { Weight = WeightOf(path) };
            parent.Children.Add(name, child);
        }

        return child;
    }

    private static void Update(RoleNode parent, RoleNode node)
    {
        if (node.Place >= 0)
        {
            parent.Wanting.Update(node);
        }
    }
}
