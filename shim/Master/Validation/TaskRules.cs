using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;
using ExecutorType = MesosK8sBridge.Protocol.V1.ExecutorInfo.Types.Type;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What a task must look like to be launched. The order of the checks is Mesos'.</summary>
/// <remarks>Mesos: src/master/validation.cpp, namespace task.</remarks>
internal static class TaskRules
{
    /// <summary>Ours: until custom executors can run, a task that needs one is refused.</summary>
    public const string NoCustomExecutors = "Custom executors are not supported by this master";

    /// <summary>A task of a LAUNCH operation.</summary>
    /// <param name="pool">What the accepted offers still hold.</param>
    public static string? Check(TaskInfo task, Framework framework, KnownAgent agent, Resources pool, string role) =>
        CheckTask(task, framework, agent)
        ?? CheckExecutor(task, framework, agent)
        ?? CheckTogether(task)
        ?? CheckFits(task, framework, agent, pool, role)
        ?? (ContainerRules.SharesCgroups(task.Container, value: false)
            ? "Only tasks in a task group may have 'share_cgroups' set to 'false'"
            : null)
        ?? (task.Executor is null ? null : NoCustomExecutors);

    /// <summary>All but the executor, for tasks of either operation.</summary>
    public static string? CheckTask(TaskInfo task, Framework framework, KnownAgent agent) =>
        IdRules.Check(task.TaskId.Value)
        ?? CheckUnique(task, framework)
        ?? (task.AgentId.Value == agent.Id.Value ? null : $"Task uses invalid agent {task.AgentId.Value} while agent {agent.Id} is expected")
        ?? (task.KillPolicy?.GracePeriod is { Nanoseconds: < 0 } ? "Task's 'kill_policy.grace_period' must be non-negative" : null)
        ?? (task.MaxCompletionTime is { Nanoseconds: < 0 } ? "Task's `max_completion_time` must be non-negative" : null)
        ?? Wrap("Task uses invalid check: ", task.Check is { } check ? CheckRules.Check(check) : null)
        ?? Wrap("Task uses invalid health check: ", task.HealthCheck is { } health ? CheckRules.Check(health) : null)
        ?? CheckResources(task)
        ?? Wrap("Task's `CommandInfo` is invalid: ", task.Command is { } command ? CommandRules.Check(command) : null)
        ?? Wrap("Task's `ContainerInfo` is invalid: ", task.Container is { } container ? ContainerRules.Check(container) : null)
        ?? CheckLimits(task);

    private static string? Wrap(string prefix, string? error) => error is null ? null : prefix + error;

    private static string? CheckUnique(TaskInfo task, Framework framework)
    {
        var id = new TaskId(task.TaskId.Value);
        return framework.Tasks.ContainsKey(id) ? $"Task has duplicate ID: {id}"
            : framework.UnreachableTasks.ContainsKey(id) ? $"Task reuses the ID of an unreachable task: {id}"
            : null;
    }

    private static string? CheckResources(TaskInfo task) =>
        task.Resources.Count == 0
            ? "Task uses no resources"
            : Wrap("Task uses invalid resources: ", ResourceRules.Check(task.Resources))
                ?? Wrap("Task uses duplicate persistence ID: ", ResourceRules.CheckUniquePersistence(Resources.From(task.Resources)))
                ?? Wrap("Invalid task resources: ", ResourceRules.CheckSingleRole(task.Resources))
                ?? Wrap("Task mixes revocable and non-revocable resources: ", ResourceRules.CheckRevocable(Resources.From(task.Resources)));

    private static string? CheckLimits(TaskInfo task)
    {
        if (task.Limits.Keys.Any(name => name is not ("cpus" or "mem")))
        {
            return "Only cpus and mem may be included in a task's resource limits";
        }

        return CheckLimit(task, "cpus", "CPU", "cpu") ?? CheckLimit(task, "mem", "memory", "memory");
    }

    private static string? CheckLimit(TaskInfo task, string name, string noun, string adjective)
    {
        if (!task.Limits.TryGetValue(name, out var limit))
        {
            return null;
        }

        var request = Resources.From(task.Resources).Unallocate();
        return request.Named(name).IsEmpty ? $"When a {noun} limit is specified, a {noun} request must also be specified"
            : limit.Value < Thousandths.ToDouble(request.ScalarOf(name))
                ? $"The {adjective} limit must be greater than or equal to the {adjective} request"
            : null;
    }

    private static string? CheckExecutor(TaskInfo task, Framework framework, KnownAgent agent)
    {
        if (task.Executor is null == task.Command is null)
        {
            return "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present";
        }

        if (task.Executor is not { } executor)
        {
            return null;
        }

        return ExecutorRules.Check(executor, framework, agent)
            ?? (executor.HasType && executor.Type != ExecutorType.Custom ? "'ExecutorInfo.type' must be 'CUSTOM'" : null)
            ?? (executor.Command is null ? "'ExecutorInfo.command' must be set" : null)
            ?? CheckNotShared(executor)
            ?? (ContainerRules.SharesCgroups(executor.Container, value: true)
                ? "The 'share_cgroups' field cannot be set to 'true' on executor containers"
                : null);
    }

    private static string? CheckNotShared(ExecutorInfo executor)
    {
        var resources = Resources.From(executor.Resources);
        return resources.Shared().IsEmpty ? null : $"Executor resources {resources} should not contain any shared resources";
    }

    /// <summary>What task and executor may not claim both.</summary>
    private static string? CheckTogether(TaskInfo task)
    {
        if (task.Executor is not { } executor)
        {
            return null;
        }

        var (ofTask, ofExecutor) = (Resources.From(task.Resources), Resources.From(executor.Resources));
        return (ResourceRules.Overlap([ofTask, ofExecutor])
                ? $"There are overlapping resources in the task resources {ofTask} and executor resources {ofExecutor}"
                : null)
            ?? Wrap("Task and its executor use duplicate persistence ID: ", ResourceRules.CheckUniquePersistence(ofTask + ofExecutor))
            ?? Wrap("Task and its executor mix revocable and non-revocable resources: ", ResourceRules.CheckRevocable(ofTask + ofExecutor));
    }

    private static string? CheckFits(TaskInfo task, Framework framework, KnownAgent agent, Resources pool, string role)
    {
        var needed = Resources.From(task.Resources);
        if (task.Executor is { } executor && !agent.Executors.ContainsKey((framework.Id, executor.ExecutorId.Value)))
        {
            needed += Resources.From(executor.Resources);
        }

        var available = pool.Allocate(role);
        return available.Contains(needed)
            ? null
            : $"Total resources {needed} required by task and its executor is more than available {available}";
    }
}
