using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;
using OperationType = MesosK8sBridge.Protocol.V1.Offer.Types.Operation.Types.Type;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What offer operations must look like.</summary>
/// <remarks>
/// Mesos: src/common/resources_utils.cpp, <c>validateAndUpgradeResources</c>; src/master/master.cpp, <c>Master::accept</c>
/// and <c>Master::_accept</c>; src/master/validation.cpp, namespace operation.
/// </remarks>
internal static class OperationRules
{
    /// <summary>The form alone. Judged of all operations of an ACCEPT before any of them is applied.</summary>
    /// <param name="operation">As it came.</param>
    /// <returns>What is wrong, for the tasks of a launch or for the operation's status.</returns>
    public static string? CheckForm(Operation operation)
    {
        var error = HasPayload(operation) ? CheckResources(operation) : Missing(operation);
        return operation.Type switch
        {
            OperationType.Launch or OperationType.LaunchGroup =>
                error ?? (operation.Id is null ? null : $"The `id` field cannot be set on {NameOf(operation.Type)} operations"),
            OperationType.Reserve when error is null && operation.Reserve.Source.Count > 0 =>
                Spoilt("Reservation updates are not yet implemented for the scheduler API."),
            _ => error is null ? null : Spoilt(error),
        };
    }

    /// <summary>Why an operation on reservations or volumes is not applied: what is wrong with it, or that it cannot be done yet.</summary>
    /// <param name="operation">Of good form, with its resources in the new one and allocated.</param>
    /// <param name="pool">What the accepted offers still hold, allocated to nobody.</param>
    public static string Refusal(Operation operation, Framework framework, KnownAgent agent, Resources pool, string role)
    {
        if (CheckContent(operation, framework, agent) is { } error)
        {
            return $"{error}; on agent {MesosText.Agent(agent)}";
        }

        return Conversions.Check(operation, pool.Allocate(role))
            ?? $"{NameOf(operation.Type)} operations are not supported by this master";
    }

    /// <summary>All resources that an operation names, in the order in which Mesos looks at them.</summary>
    public static IEnumerable<Resource> ResourcesOf(Operation operation) => operation.Type switch
    {
        OperationType.Launch => operation.Launch.TaskInfos.SelectMany(ResourcesOf),
        OperationType.LaunchGroup => operation.LaunchGroup.Executor.Resources.Concat(
            operation.LaunchGroup.TaskGroup.Tasks.SelectMany(ResourcesOf)),
        OperationType.Reserve => operation.Reserve.Resources.Concat(operation.Reserve.Source),
        OperationType.Unreserve => operation.Unreserve.Resources,
        OperationType.Create => operation.Create.Volumes,
        OperationType.Destroy => operation.Destroy.Volumes,
        OperationType.GrowVolume => [operation.GrowVolume.Volume, operation.GrowVolume.Addition],
        OperationType.ShrinkVolume => [operation.ShrinkVolume.Volume],
        OperationType.CreateDisk => [operation.CreateDisk.Source],
        OperationType.DestroyDisk => [operation.DestroyDisk.Source],
        _ => [],
    };

    private static IEnumerable<Resource> ResourcesOf(TaskInfo task) => task.Resources.Concat(task.Executor?.Resources.AsEnumerable() ?? []);

    /// <summary>Of a list Mesos says which resource is wrong.</summary>
    private static string? CheckResources(Operation operation) => operation.Type switch
    {
        OperationType.GrowVolume or OperationType.ShrinkVolume or OperationType.CreateDisk or OperationType.DestroyDisk =>
            ResourcesOf(operation).Select(Resources.Validate).FirstOrDefault(error => error is not null),
        _ => Resources.Validate(ResourcesOf(operation)),
    };

    private static string? CheckContent(Operation operation, Framework framework, KnownAgent agent) => operation.Type switch
    {
        OperationType.Reserve => ReservationRules.Check(operation.Reserve, framework),
        OperationType.Unreserve => ReservationRules.Check(operation.Unreserve),
        OperationType.Create => VolumeRules.Check(operation.Create, framework, agent),
        OperationType.Destroy => VolumeRules.Check(operation.Destroy, agent),
        OperationType.GrowVolume => VolumeRules.Check(operation.GrowVolume),
        OperationType.ShrinkVolume => VolumeRules.Check(operation.ShrinkVolume),
        OperationType.CreateDisk => DiskRules.Check(operation.CreateDisk),
        OperationType.DestroyDisk => DiskRules.Check(operation.DestroyDisk),
        _ => null,
    };

    private static string Spoilt(string error) => $"Operation attempted with invalid resources: {error}";

    /// <summary>Mesos' own words, with its uneven ends.</summary>
    private static string Missing(Operation operation) => operation.Type switch
    {
        OperationType.Unreserve => "An UNRESERVE offer operation must have the Offer.Operation.unreserve field set.",
        OperationType.GrowVolume => "A GROW_VOLUME operation must have the Offer.Operation.grow_volume field set",
        OperationType.ShrinkVolume => "A SHRINK_VOLUME offer operation must have the Offer.Operation.shrink_volume field set",
        OperationType.Unknown => "Unknown offer operation",
        _ => $"A {NameOf(operation.Type)} offer operation must have the Offer.Operation.{NameOf(operation.Type).ToLowerInvariant()} field set.",
    };

    private static bool HasPayload(Operation operation) => operation.Type switch
    {
        OperationType.Launch => operation.Launch is not null,
        OperationType.LaunchGroup => operation.LaunchGroup is not null,
        OperationType.Reserve => operation.Reserve is not null,
        OperationType.Unreserve => operation.Unreserve is not null,
        OperationType.Create => operation.Create is not null,
        OperationType.Destroy => operation.Destroy is not null,
        OperationType.GrowVolume => operation.GrowVolume is not null,
        OperationType.ShrinkVolume => operation.ShrinkVolume is not null,
        OperationType.CreateDisk => operation.CreateDisk is not null,
        OperationType.DestroyDisk => operation.DestroyDisk is not null,
        _ => false,
    };

    private static string NameOf(OperationType type) => type switch
    {
        OperationType.LaunchGroup => "LAUNCH_GROUP",
        OperationType.GrowVolume => "GROW_VOLUME",
        OperationType.ShrinkVolume => "SHRINK_VOLUME",
        OperationType.CreateDisk => "CREATE_DISK",
        OperationType.DestroyDisk => "DESTROY_DISK",
        _ => type.ToString().ToUpperInvariant(),
    };
}
