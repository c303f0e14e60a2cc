namespace MesosK8sBridge.Shim.Master.Agents;

/// <summary>All agents by id.</summary>
internal sealed class AgentTable
{
    private readonly Dictionary<AgentId, KnownAgent> _agents = [];

    public IEnumerable<KnownAgent> All => _agents.Values;

    public int Count => _agents.Count;

    /// <summary>How many agents are awaited: as long as there are some, what is unknown may be with them.</summary>
    public int Awaited { get; set; }

    public KnownAgent? Find(AgentId id) => _agents.GetValueOrDefault(id);

    public KnownAgent FindOrAwait(AgentId id)
    {
        if (!_agents.TryGetValue(id, out var agent))
        {
            agent = new KnownAgent(id);
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

    public void Remove(KnownAgent agent)
    {
        if (agent.State == AgentState.Awaited)
        {
            Awaited--;
        }

        _agents.Remove(agent.Id);
    }
}
