using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Tasks;
using ExecutorType = MesosK8sBridge.Protocol.V1.ExecutorInfo.Types.Type;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What a task group must look like: one wrong task makes all of it wrong.</summary>
/// <remarks>Mesos: src/master/validation.cpp, namespace task::group.</remarks>
internal static class TaskGroupRules
{
    private const long MinCpus = 10;
    private const long MinMem = 32_000;

    public static string? Check(
        IReadOnlyList<TaskInfo> tasks, ExecutorInfo executor, Framework framework, KnownAgent agent, Resources pool, string role)
    {
        var seen = new HashSet<string>();
        foreach (var task in tasks)
        {
            var error = TaskRules.CheckTask(task, framework, agent)
                ?? (seen.Add(task.TaskId.Value) ? null : $"Task has duplicate ID: {task.TaskId.Value}")
                ?? CheckTask(task);
            if (error is not null)
            {
                return $"Task '{task.TaskId.Value}' is invalid: {error}";
            }
        }

        return ExecutorRules.Check(executor, framework, agent)
            ?? CheckExecutor(tasks, executor)
            ?? CheckSum(tasks, executor, framework, agent, pool, role)
            ?? CheckSharedCgroups(tasks, executor, framework, agent)
            ?? (executor.Type == ExecutorType.Custom ? TaskRules.NoCustomExecutors : null);
    }

    private static string? CheckTask(TaskInfo task)
    {
        if (task.Container is { NetworkInfos.Count: > 0 }
            && task.HealthCheck?.Type is HealthCheck.Types.Type.Http or HealthCheck.Types.Type.Tcp)
        {
            return "HTTP and TCP health checks are not supported for nested containers not joining parent's network";
        }

        if (task.Container?.Type == ContainerInfo.Types.Type.Docker)
        {
            return "Docker ContainerInfo is not supported on the task";
        }

        return task.Limits.Count > 0 && task.Container?.LinuxInfo is not { ShareCgroups: false }
            ? "Resource limits may only be set for tasks within a task group when the 'share_cgroups' field is set to 'false'."
            : null;
    }

    private static string? CheckExecutor(IReadOnlyList<TaskInfo> tasks, ExecutorInfo executor)
    {
        if (!executor.HasType)
        {
            return "'ExecutorInfo.type' must be set";
        }

        if (executor.Type == ExecutorType.Unknown)
        {
            return "Unknown executor type";
        }

        if (executor.Container?.Type == ContainerInfo.Types.Type.Docker)
        {
            return "Docker ContainerInfo is not supported on the executor";
        }

        return tasks.FirstOrDefault(t => !executor.Equals(t.Executor)) is { } other
            ? $"The `ExecutorInfo` of task '{other.TaskId.Value}' is different from executor '{executor.ExecutorId.Value}'"
            : CheckSize(executor, Resources.From(executor.Resources).Unallocate());
    }

    private static string? CheckSize(ExecutorInfo executor, Resources resources)
    {
        var id = executor.ExecutorId.Value;
        var cpus = resources.ScalarOf("cpus");
        if (cpus < MinCpus)
        {
            var has = !resources.Named("cpus").IsEmpty ? Thousandths.Print(cpus) : "None";
            return $"Executor '{id}' uses less CPUs ({has}) than the minimum required (0.01)";
        }

        var mem = resources.ScalarOf("mem");
        if (mem < MinMem)
        {
            var has = !resources.Named("mem").IsEmpty ? MesosText.Megabytes(mem) : "None";
            return $"Executor '{id}' uses less memory ({has}) than the minimum required (32MB)";
        }

        return !resources.Named("disk").IsEmpty ? null : $"Executor '{id}' uses no disk";
    }

    private static string? CheckSum(
        IReadOnlyList<TaskInfo> tasks, ExecutorInfo executor, Framework framework, KnownAgent agent, Resources pool, string role)
    {
        var named = executor.Resources.Concat(tasks.SelectMany(t => t.Resources)).ToArray();
        var all = Resources.From(named);
        if (ResourceRules.CheckUniquePersistence(all) is { } twice)
        {
            return $"Task group and executor use duplicate persistence ID: {twice}";
        }

        if (ResourceRules.CheckRevocable(all) is { } mixed)
        {
            return $"Task group and executor mix revocable and non-revocable resources: {mixed}";
        }

        var ofTasks = tasks.Select(t => Resources.From(t.Resources).Unallocate()).ToArray();
        var ofExecutor = Resources.From(executor.Resources).Unallocate();
        if (ResourceRules.Overlap([.. ofTasks, ofExecutor]))
        {
            return $"There are overlapping resources in the task group's task resources [ {string.Join(", ", ofTasks.Select(b => b.Allocate(role).ToString()))} ]"
                + $" and/or executor resources {ofExecutor.Allocate(role).ToString()}";
        }

        var total = ofTasks.Aggregate(Resources.Empty, (left, right) => left + right);
        if (!agent.Executors.ContainsKey((framework.Id, executor.ExecutorId.Value)))
        {
            total += ofExecutor;
        }

        return pool.Contains(total) && named.All(r => r.AllocationInfo?.Role == role)
            ? null
            : $"Total resources {total.Allocate(role).ToString()} required by task group and its executor are more than available {pool.Allocate(role).ToString()}";
    }

    private static string? CheckSharedCgroups(
        IReadOnlyList<TaskInfo> tasks, ExecutorInfo executor, Framework framework, KnownAgent agent)
    {
        if (ContainerRules.SharesCgroups(executor.Container, value: true))
        {
            return "The 'share_cgroups' field cannot be set to 'true' on executor containers";
        }

        var running = agent.Tasks.Values
            .Where(t => t.Framework == framework && t.Executor?.Info.ExecutorId.Value == executor.ExecutorId.Value)
            .Select(t => t.Info);
        return tasks.Concat(running).Select(t => ContainerRules.SharesCgroups(t.Container, value: false)).Distinct().Count() > 1
            ? "If set, the value of 'share_cgroups' must be the same for all tasks in each task group and under a single executor"
            : null;
    }
}
