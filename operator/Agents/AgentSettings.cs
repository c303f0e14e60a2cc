namespace MesosK8sBridge.Operator.Agents;

/// <summary>How the master's agents are shown as resources.</summary>
public sealed record AgentSettings
{
    /// <summary>Make a MesosAgent for each node. Those that are there are acted upon and kept up in any case. Default true.</summary>
    public bool Create { get; init; } = true;

    /// <summary>Writes to MesosAgents, on the average. Default 50: what ten thousand nodes cost the API server is bounded by it.</summary>
    public int WritesPerSecond { get; init; } = 50;
}
