using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Tasks;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>
/// Moves resources between free, offered and used, so that agent, framework and allocator always agree.
/// The only place where they move.
/// </summary>
internal sealed class Ledger(IAllocator allocator)
{
    /// <summary>Free → offered. By the allocator alone, which counts them itself.</summary>
    public static void Offer(Framework framework, KnownAgent agent, Resources resources)
    {
        agent.CountOffered(agent.Offered + resources);
        framework.CountOffered(framework.Offered + resources);
    }

    /// <summary>Offered → free.</summary>
    public void TakeBack(Framework framework, KnownAgent agent, string role, Resources resources, TimeSpan? refuse)
    {
        agent.CountOffered(agent.Offered - resources);
        framework.CountOffered(framework.Offered - resources);
        allocator.Refund(framework.Id, role, agent, resources, refuse);
    }

    /// <summary>Offered → used.</summary>
    public static void Use(Framework framework, KnownAgent agent, Resources resources)
    {
        agent.CountOffered(agent.Offered - resources);
        framework.CountOffered(framework.Offered - resources);
        agent.CountUsed(agent.Used + resources);
        framework.CountUsed(framework.Used + resources);
    }

    /// <summary>Free → used: what was found running.</summary>
    public void Hold(LaunchedTask task)
    {
        if (!task.HoldsResources)
        {
            task.HoldsResources = true;
            Hold(task.Framework, task.Agent, task.Role, task.Resources);
        }

        if (task.Executor is { HoldsResources: false } executor)
        {
            executor.HoldsResources = true;
            Hold(task.Framework, task.Agent, executor.Role, executor.Resources);
        }
    }

    /// <summary>Free → used, by a task whose framework is not known.</summary>
    public static void HoldUnclaimed(KnownAgent agent, Resources resources) => agent.CountUsed(agent.Used + resources);

    /// <summary>Used → free, or claimed by its framework.</summary>
    public static void FreeUnclaimed(KnownAgent agent, Resources resources) => agent.CountUsed(agent.Used - resources);

    /// <summary>Used → free. The executor's share goes with its last task.</summary>
    public void Free(LaunchedTask task)
    {
        if (task.HoldsResources)
        {
            task.HoldsResources = false;
            Free(task.Framework, task.Agent, task.Role, task.Resources);
        }

        if (task.Executor is { HoldsResources: true, LiveTasks: 0 } executor)
        {
            executor.HoldsResources = false;
            Free(task.Framework, task.Agent, executor.Role, executor.Resources);
        }
    }

    private void Hold(Framework framework, KnownAgent agent, string role, Resources resources)
    {
        agent.CountUsed(agent.Used + resources);
        framework.CountUsed(framework.Used + resources);
        allocator.Charge(framework.Id, role, resources);
    }

    private void Free(Framework framework, KnownAgent agent, string role, Resources resources)
    {
        agent.CountUsed(agent.Used - resources);
        framework.CountUsed(framework.Used - resources);
        allocator.Refund(framework.Id, role, agent, resources, refuse: null);
    }
}
