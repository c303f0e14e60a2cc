using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Nodes;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>
/// What Pods take of each node, kept up Pod by Pod: a change of one costs the same however many there are, and most changes, such as all
/// those of a task from its launch to its end, cost no more than finding that nothing has changed for its node.
/// </summary>
/// <param name="extended">Extended resources that count.</param>
internal sealed class NodeUsageBook(Func<V1Pod, bool> isAccounted, ExtendedResources extended)
{
    private readonly Dictionary<ObjectKey, Entry> _pods = [];
    private readonly Dictionary<string, NodeUsage> _nodes = [];

    public NodeUsage Of(string node) => _nodes.TryGetValue(node, out var usage) ? usage : NodeUsage.Of([]);

    /// <summary>Takes what is there now under a Pod's name.</summary>
    /// <param name="pod">Null: nothing.</param>
    /// <param name="changed">Gets the nodes that have more or less free now.</param>
    public void See(ObjectKey key, V1Pod? pod, ISet<string> changed)
    {
        var node = pod is null ? null : PodPlace.NodeOf(pod);
        var usage = node is null ? PodUsage.None : PodUsage.Of(pod!, isAccounted(pod!), extended);
        var before = _pods.GetValueOrDefault(key);
        var after = usage == PodUsage.None ? default : new Entry(node, usage);
        if (before == after)
        {
            return;
        }

        if (before.Node is not null)
        {
            _pods.Remove(key);
            Remove(before.Node, before.Usage);
            changed.Add(before.Node);
        }

        if (after.Node is not null)
        {
            _pods.Add(key, after);
            UsageOf(after.Node).Add(after.Usage);
            changed.Add(after.Node);
        }
    }

    private void Remove(string node, PodUsage usage)
    {
        _nodes[node].Remove(usage);
        if (_nodes[node].Pods == 0)
        {
            _nodes.Remove(node);
        }
    }

    private NodeUsage UsageOf(string node)
    {
        if (!_nodes.TryGetValue(node, out var usage))
        {
            _nodes.Add(node, usage = NodeUsage.Of([]));
        }

        return usage;
    }

    private readonly record struct Entry(string? Node, PodUsage Usage);
}
