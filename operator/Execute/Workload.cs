using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Execute;

/// <summary>What is launched together on one agent: one command task, or a group of tasks with their executor.</summary>
/// <param name="Tasks">
/// Without <c>agent_id</c>; resources as wanted (name and amount only), filled in from the offer that is accepted.
/// </param>
/// <param name="Executor">The group's executor, its resources as wanted; null for a command task.</param>
/// <param name="KillAfter">Each task is killed this long after it was first seen running; null: never.</param>
internal sealed record Workload(ImmutableArray<TaskInfo> Tasks, ExecutorInfo? Executor, TimeSpan? KillAfter)
{
    public IEnumerable<Resource> Resources => Tasks.SelectMany(task => task.Resources).Concat(Executor?.Resources ?? []);
}

/// <summary>A framework that launches its workloads once, follows them to their ends, and goes.</summary>
/// <param name="Framework">Its <c>id</c> may be set: the framework then takes over that registration.</param>
/// <param name="Timeout">For the whole run; null: as long as it takes.</param>
/// <param name="ConnectTimeout">Without a subscription for longer than this, it gives up.</param>
internal sealed record ExecutionPlan(
    FrameworkInfo Framework, ImmutableArray<Workload> Workloads, TimeSpan? Timeout, TimeSpan ConnectTimeout);
