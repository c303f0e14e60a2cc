using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using MesosK8sBridge.Shim;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>Which node is behind an agent, as long as it is there. Thread-safe.</summary>
internal sealed class AgentDirectory
{
    private readonly ConcurrentDictionary<AgentId, string> _nodes = new();

    public bool TryFindNode(AgentId agent, [NotNullWhen(true)] out string? nodeName) => _nodes.TryGetValue(agent, out nodeName);

    public void See(AgentId agent, string nodeName) => _nodes[agent] = nodeName;

    public void Gone(AgentId agent) => _nodes.TryRemove(agent, out _);
}
