using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Snapshots;

namespace MesosK8sBridge.Simulation.Audit;

/// <summary>Whether the master's own accounts add up.</summary>
internal static class Books
{
    public static void Check(MasterSnapshot snapshot, Chronicle chronicle)
    {
        foreach (var agent in snapshot.Agents)
        {
            var used = Resources.From(agent.Used);
            var offered = Resources.From(agent.Offered);
            if (!offered.IsEmpty && !Resources.From(agent.Total).Contains(used + offered))
            {
                chronicle.Violated("no resource is offered twice", $"agent {agent.Id}: used {used}, offered {offered}, of {Resources.From(agent.Total)}", agent.Id.Value);
            }
        }

        var byFrameworks = snapshot.Frameworks.Sum(framework => Cpus(framework.Offered));
        var byAgents = snapshot.Agents.Sum(agent => Cpus(agent.Offered));
        if (Math.Abs(byFrameworks - byAgents) > 0.001)
        {
            chronicle.Violated("agents and frameworks agree on what is offered", $"{byAgents} cpus of agents, {byFrameworks} of frameworks");
        }
    }

    /// <summary>When nothing runs any more, nothing is used.</summary>
    public static void CheckEmpty(MasterSnapshot snapshot, Chronicle chronicle)
    {
        foreach (var agent in snapshot.Agents.Where(agent => agent.Used.Length > 0 || agent.Tasks > 0))
        {
            chronicle.Violated("nothing leaks", $"agent {agent.Id} has {agent.Tasks} tasks and {Resources.From(agent.Used)} in use, and nothing runs", agent.Id.Value);
        }

        foreach (var framework in snapshot.Frameworks.Where(framework => framework.Used.Length > 0 || framework.TasksByState.Count > 0))
        {
            chronicle.Violated("nothing leaks", $"framework {framework.Id} uses {Resources.From(framework.Used)}, and nothing runs", framework.Id.Value);
        }
    }

    private static double Cpus(IEnumerable<Resource> resources) => resources.Where(r => r.Name == "cpus").Sum(r => r.Scalar.Value);
}
