namespace MesosK8sBridge.Shim.Master.Agents;

/// <summary>All agents by id.</summary>
internal sealed class AgentTable
{
    /// <summary>Beyond it the first to go is forgotten. Mesos keeps more, but in a store: --registry_max_agent_count.</summary>
    private const int MaxGone = 10_000;

    private readonly Dictionary<AgentId, KnownAgent> _agents = [];
    private readonly HashSet<AgentId> _gone = [];
    private readonly Queue<AgentId> _goneOrder = new();
    private readonly HashSet<KnownAgent> _leaving = [];
    private readonly List<KnownAgent> _touched = [];

    public IEnumerable<KnownAgent> All => _agents.Values;

    public int Count => _agents.Count;

    /// <summary>How many agents are awaited: as long as there are some, what is unknown may be with them.</summary>
    public int Awaited { get; set; }

    /// <summary>Those about which something has changed since <see cref="ForgetTouched"/>, each once.</summary>
    public IReadOnlyList<KnownAgent> Touched => _touched;

    public void ForgetTouched()
    {
        foreach (var agent in _touched)
        {
            agent.IsTouched = false;
        }

        _touched.Clear();
    }

    public KnownAgent? Find(AgentId id) => _agents.GetValueOrDefault(id);

    public KnownAgent FindOrAwait(AgentId id)
    {
        if (!_agents.TryGetValue(id, out var agent))
        {
            agent = new KnownAgent(id, _touched);
            _agents.Add(id, agent);
            Awaited++;
        }

        return agent;
    }

    public void Enter(KnownAgent agent, AgentState state)
    {
        if (agent.State == AgentState.Awaited && state != AgentState.Awaited)
        {
            Awaited--;
        }

        agent.State = state;
        agent.Changed();
    }

    /// <summary>Whether it was removed for good, as far as that is remembered; it may have come back since.</summary>
    public bool IsGone(AgentId id) => _gone.Contains(id);

    /// <summary>It is gone for good. As long as that is not said of all its tasks it stays in the table.</summary>
    public void Retire(KnownAgent agent)
    {
        RememberGone(agent.Id);
        _leaving.Add(agent);
        LetGo(agent);
    }

    public void RememberGone(AgentId id)
    {
        if (!_gone.Add(id))
        {
            return;
        }

        _goneOrder.Enqueue(id);
        if (_goneOrder.Count > MaxGone)
        {
            _gone.Remove(_goneOrder.Dequeue());
        }
    }

    /// <summary>Removed agents of which nothing more is to be said leave the table.</summary>
    public void ForgetRemoved()
    {
        foreach (var agent in _leaving.ToArray())
        {
            LetGo(agent);
        }
    }

    private void LetGo(KnownAgent agent)
    {
        if (agent.State != AgentState.Removed)
        {
            _leaving.Remove(agent);
        }
        else if (agent.Tasks.Values.All(t => t.IsTerminal))
        {
            _leaving.Remove(agent);
            _agents.Remove(agent.Id);
        }
    }
}
