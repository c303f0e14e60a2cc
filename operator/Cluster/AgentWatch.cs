using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>Tells the master of the agents behind nodes: what they have, that they are silent, that they are gone.</summary>
internal sealed class AgentWatch(
    Informer<V1Node> nodes, NodeUsageBook usage, ClusterParts parts, ObserverSettings settings, Alarms alarms, Action<Doubt> ask, ILogger log)
{
    /// <summary>Missing at the start, so many are believed of any cluster, if the API server confirms each.</summary>
    private const int FewAgents = 5;

    private readonly Dictionary<string, AgentEntry> _agents = [];

    /// <summary>Agents of tasks without a node that we have ever seen.</summary>
    private readonly Dictionary<Doubt.Node, AgentId> _missing = [];

    public int Count => _agents.Count;

    /// <returns>True if Pods have to leave the node from now on, or no longer.</returns>
    public async Task<bool> ObserveAsync(string name, CancellationToken cancellationToken)
    {
        var node = nodes.Current.Find(null, name);
        if (_agents.TryGetValue(name, out var entry) && node?.Uid() != entry.Uid)
        {
            ask(new Doubt.Node(name, entry.Uid));
            return false;
        }

        if (node is null)
        {
            return false;
        }

        entry ??= Enter(node);
        Warn(node, entry);
        entry = _agents[name];
        if (NodeReader.SilentSince(node) is { } since && !entry.IsUnreachable)
        {
            var lost = since + settings.Nodes.UnreachableAfter;
            if (lost <= alarms.Now)
            {
                await TellUnreachableAsync(node, entry, since, cancellationToken);
                return false;
            }

            alarms.Set(name, lost, book => book.NoteNode(name));
        }

        await TellAgentAsync(node, _agents[name], cancellationToken);
        return NoteDrain(node);
    }

    /// <summary>A node is gone when the API server says so to our face.</summary>
    public async Task LearnAsync(Doubt.Node doubt, bool isThere, CancellationToken cancellationToken)
    {
        if (isThere)
        {
            return;
        }

        if (_agents.TryGetValue(doubt.Name, out var entry) && entry.Uid == doubt.Uid)
        {
            _agents.Remove(doubt.Name);
            parts.Agents.Gone(entry.Id);
            log.AgentGone(doubt.Name, entry.Id);
            await RemoveAsync(entry.Id, cancellationToken);
            await ObserveAsync(doubt.Name, cancellationToken);
        }
        else if (_missing.Remove(doubt, out var missing))
        {
            log.AgentGone(doubt.Name, missing);
            await RemoveAsync(missing, cancellationToken);
        }
    }

    /// <summary>
    /// Agents whose nodes went while no bridge was there. What the first list left out is asked for by name; where much is missing the
    /// list, and whoever gave it, is not believed so soon: the master waits for those agents as for any that do not come back.
    /// </summary>
    public void Miss(IEnumerable<TaskPod> pods)
    {
        foreach (var pod in pods.Where(pod => !parts.Agents.TryFindNode(pod.Tasks.Agent, out _)))
        {
            _missing.TryAdd(new Doubt.Node(PodPlace.NodeOf(pod.Pod) ?? "", NodeReader.UidOf(pod.Tasks.Agent)), pod.Tasks.Agent);
        }

        var all = _agents.Count + _missing.Count;
        if (_missing.Count > FewAgents && _missing.Count > settings.MostMissing * all)
        {
            log.TooManyMissing(_missing.Count, all, settings.MissingPatience);
            alarms.Set(new object(), alarms.Now + settings.MissingPatience, _ => AskForMissing());
            return;
        }

        AskForMissing();
    }

    private void AskForMissing()
    {
        foreach (var (doubt, agent) in _missing.ToList())
        {
            if (parts.Agents.TryFindNode(agent, out _))
            {
                _missing.Remove(doubt);
            }
            else
            {
                ask(doubt);
            }
        }
    }

    private AgentEntry Enter(V1Node node)
    {
        var entry = new AgentEntry(node.Uid(), NodeReader.AgentIdOf(node), Told: null, IsUnreachable: false);
        _agents[node.Name()] = entry;
        parts.Agents.See(entry.Id, node.Name());
        log.AgentSeen(node.Name(), entry.Id);
        return entry;
    }

    private async Task TellAgentAsync(V1Node node, AgentEntry entry, CancellationToken cancellationToken)
    {
        if (entry.IsUnreachable && NodeReader.SilentSince(node) is not null)
        {
            return;
        }

        var agent = NodeReader.Read(node, usage.Of(node.Name()), settings.Nodes, parts.Overrides.Of(node));
        if (!entry.Knows(agent))
        {
            _agents[node.Name()] = entry with { Told = agent, IsUnreachable = false };
            await TellAsync(new MasterInput.AgentObserved(agent), cancellationToken);
        }
    }

    private async Task TellUnreachableAsync(V1Node node, AgentEntry entry, DateTimeOffset since, CancellationToken cancellationToken)
    {
        if (entry.Told is null)
        {
            await TellAgentAsync(node, entry, cancellationToken); // Nobody can miss what he has never heard of.
            entry = _agents[node.Name()];
        }

        _agents[node.Name()] = entry with { IsUnreachable = true };
        log.AgentUnreachable(node.Name(), entry.Id, since);
        await TellAsync(new MasterInput.AgentUnreachable(entry.Id, since), cancellationToken);
    }

    private bool NoteDrain(V1Node node)
    {
        var (entry, drain) = (_agents[node.Name()], NodeReader.DrainOf(node, settings.Nodes));
        if (entry.Drain == drain)
        {
            return false;
        }

        _agents[node.Name()] = entry with { Drain = drain };
        return true;
    }

    private void Warn(V1Node node, AgentEntry entry)
    {
        var problems = NodeReader.Problems(node, settings.Nodes, parts.Overrides.Of(node));
        if (problems.SequenceEqual(entry.Problems))
        {
            return;
        }

        _agents[node.Name()] = entry with { Problems = problems };
        foreach (var problem in problems.Except(entry.Problems))
        {
            parts.Events.Warning(node, problem.Reason, problem.Message);
        }
    }

    private ValueTask RemoveAsync(AgentId agent, CancellationToken cancellationToken) =>
        TellAsync(new MasterInput.AgentRemoved(agent), cancellationToken);

    private ValueTask TellAsync(MasterInput input, CancellationToken cancellationToken) => parts.Inbox.PostAsync(input, cancellationToken);
}
