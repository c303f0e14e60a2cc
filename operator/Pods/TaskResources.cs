using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>What a container asks for, and what it may not exceed.</summary>
/// <remarks>Mesos: include/mesos/v1/mesos.proto, TaskInfo.limits and LinuxInfo.share_cgroups. A limit is never below its request here.</remarks>
internal static class TaskResources
{
    /// <summary>Mesos' containers never have less memory, however little their task asks for.</summary>
    /// <remarks>Mesos: src/slave/containerizer/mesos/isolators/cgroups/constants.hpp, MIN_MEMORY.</remarks>
    private const long LeastMemory = 32_000;

    /// <param name="all">Of the launch: tasks of a group that share their cgroups share their limits.</param>
    /// <param name="settings">Of the framework.</param>
    /// <remarks>The resources of a group's executor are counted with its first task; nothing else of it is in the Pod.</remarks>
    public static V1ResourceRequirements Of(TaskDraft draft, IReadOnlyList<TaskDraft> all, PodSettings settings)
    {
        var extra = ReferenceEquals(draft, all[0]) ? draft.Executor : null;
        var requests = new SortedDictionary<string, ResourceQuantity>(StringComparer.Ordinal);
        var limits = new SortedDictionary<string, ResourceQuantity>(StringComparer.Ordinal);
        if (Asked(draft.Task, extra, "cpus") is { } cpus)
        {
            requests["cpu"] = Amounts.Cores(cpus);
            var most = Limit(draft.Task, "cpus", settings.LimitCpus ? Shared(draft, all, "cpus") : null);
            SetLimit(limits, "cpu", most is { } amount ? Math.Max(amount, cpus) : null, Amounts.Cores);
        }

        if (Asked(draft.Task, extra, "mem") is { } mem)
        {
            requests["memory"] = Amounts.Mebibytes(mem);
            var most = Limit(draft.Task, "mem", Shared(draft, all, "mem"));
            SetLimit(limits, "memory", most is { } amount ? Math.Max(Math.Max(amount, mem), LeastMemory) : null, Amounts.Mebibytes);
        }

        if (Asked(draft.Task, extra, "disk") is > 0 and { } disk)
        {
            requests["ephemeral-storage"] = Amounts.Mebibytes(disk);
            SetLimit(limits, "ephemeral-storage", settings.LimitDisk ? disk : null, Amounts.Mebibytes);
        }

        foreach (var name in settings.Extended.Names)
        {
            if (Asked(draft.Task, extra, name) is > 0 and { } pieces)
            {
                var device = settings.Extended.DeviceOf(name)!;
                requests[device] = limits[device] = ResourceQuantity.FromInt64(pieces / 1000);
            }
        }

        return new V1ResourceRequirements { Requests = requests, Limits = limits.Count == 0 ? null : limits };
    }

    public static Refusal? Problem(TaskInfo task, PodSettings settings) =>
        settings.Extended.Names.Select(name => Problem(task, name, settings)).FirstOrDefault(problem => problem is not null);

    private static Refusal? Problem(TaskInfo task, string name, PodSettings settings) => Amounts.Thousandths(task.Resources, name) switch
    {
        > 0 when settings.Extended.DeviceOf(name) is var device && !settings.Policy.AllowsDevice(device!) => Refusal.Forbidden($"Device '{device}'"),
        { } pieces when pieces % 1000 != 0 => Refusal.Invalid($"The '{name}' resource must be an unsigned integer"),
        _ => null,
    };

    private static long? Asked(TaskInfo task, ExecutorInfo? extra, string name)
    {
        var (own, more) = (Amounts.Thousandths(task.Resources, name), extra is null ? null : Amounts.Thousandths(extra.Resources, name));
        return own is null && more is null ? null : (own ?? 0) + (more ?? 0);
    }

    /// <summary>What tasks that share their cgroups may use together, each of them.</summary>
    private static long Shared(TaskDraft draft, IReadOnlyList<TaskDraft> all, string name) =>
        draft.Executor is { } executor && SharesCgroups(draft.Task)
            ? all.Where(other => SharesCgroups(other.Task)).Sum(other => Amounts.Thousandths(other.Task.Resources, name) ?? 0)
                + (Amounts.Thousandths(executor.Resources, name) ?? 0)
            : Amounts.Thousandths(draft.Task.Resources, name) ?? 0;

    private static bool SharesCgroups(TaskInfo task) => task.Container?.LinuxInfo?.ShareCgroups ?? true;

    /// <summary>What the task's <c>limits</c> say, of which infinity is none, else the given.</summary>
    private static long? Limit(TaskInfo task, string name, long? otherwise) =>
        !task.Limits.TryGetValue(name, out var limit) ? otherwise
        : double.IsInfinity(limit.Value) ? null
        : Amounts.Thousandths(limit.Value);

    private static void SetLimit(SortedDictionary<string, ResourceQuantity> limits, string name, long? amount, Func<long, ResourceQuantity> quantity)
    {
        if (amount is { } most)
        {
            limits[name] = quantity(most);
        }
    }
}
