using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Validation;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;

namespace MesosK8sBridge.Shim.Master.Offers;

/// <summary>What the master fills in before it validates a launch. Messages of calls are never changed, only copies.</summary>
/// <remarks>Mesos: src/master/master.cpp, Master::accept; protobuf::injectAllocationInfo.</remarks>
internal static class LaunchDefaults
{
    /// <summary>A task of a LAUNCH.</summary>
    public static TaskInfo Fill(TaskInfo sent, Framework framework, string role)
    {
        var task = FillTask(sent, role);
        if (task.Executor is { } executor)
        {
            executor.FrameworkId ??= new FrameworkID { Value = framework.Id.Value };
        }

        return task;
    }

    /// <summary>A task of a group: it has the group's executor unless it says otherwise.</summary>
    public static TaskInfo Fill(TaskInfo sent, ExecutorInfo executor, string role)
    {
        var task = FillTask(sent, role);
        task.Executor ??= executor.Clone();
        return task;
    }

    public static ExecutorInfo Fill(ExecutorInfo sent, string role)
    {
        var executor = sent.Clone();
        FillResources(executor.Resources, role);
        return executor;
    }

    /// <summary>An operation on reservations or volumes.</summary>
    public static Operation Fill(Operation sent, string role)
    {
        var operation = sent.Clone();
        FillResources(OperationRules.ResourcesOf(operation), role);
        return operation;
    }

    private static TaskInfo FillTask(TaskInfo sent, string role)
    {
        var task = sent.Clone();
        FillResources(task.Resources, role);
        if (task.Executor is { } executor)
        {
            FillResources(executor.Resources, role);
        }

        if (task.HealthCheck is { HasType: false } check)
        {
            FillType(check);
        }

        return task;
    }

    private static void FillType(HealthCheck check)
    {
        if (check.Command is not null && check.Http is null)
        {
            check.Type = HealthCheck.Types.Type.Command;
        }
        else if (check.Http is not null && check.Command is null)
        {
            check.Type = HealthCheck.Types.Type.Http;
        }
    }

    private static void FillResources(IEnumerable<Resource> resources, string role)
    {
        foreach (var resource in resources)
        {
            resource.AllocationInfo ??= new Resource.Types.AllocationInfo { Role = role };
            if (Resources.Validate(resource) is null)
            {
                ReservationFormat.ToPostReservationRefinement(resource);
            }
        }
    }
}
