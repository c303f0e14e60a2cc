using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;
using OperationType = MesosK8sBridge.Protocol.V1.Offer.Types.Operation.Types.Type;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What an offer operation must look like.</summary>
/// <remarks>Mesos: src/master/master.cpp, Master::accept; src/common/resources_utils.cpp.</remarks>
internal static class OperationRules
{
    /// <summary>For LAUNCH and LAUNCH_GROUP, before their tasks are looked at one by one: an error here is the error of all.</summary>
    /// <param name="resources">Of all tasks and executors, as the master has filled them in.</param>
    public static string? CheckLaunch(Operation operation, IEnumerable<Resource> resources) =>
        HasPayload(operation)
            ? Resources.Validate(resources)
                ?? (operation.Id is null ? null : $"The `id` field cannot be set on {NameOf(operation.Type)} operations")
            : Missing(operation);

    /// <summary>Why an operation on reservations or volumes is not applied: what is wrong with it, or that it cannot be done yet.</summary>
    public static string Refusal(Operation operation)
    {
        if (operation.Type == OperationType.Unknown)
        {
            return "Unknown offer operation";
        }

        var error = HasPayload(operation) ? Resources.Validate(ResourcesOf(operation)) : Missing(operation);
        return error is null
            ? $"{NameOf(operation.Type)} operations are not supported by this master"
            : $"Operation attempted with invalid resources: {error}";
    }

    private static string Missing(Operation operation)
    {
        var name = NameOf(operation.Type);
        return $"A {name} offer operation must have the Offer.Operation.{name.ToLowerInvariant()} field set.";
    }

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

    private static Protocol.V1.Resource[] ResourcesOf(Operation operation) => operation.Type switch
    {
        OperationType.Reserve => [.. operation.Reserve.Resources],
        OperationType.Unreserve => [.. operation.Unreserve.Resources],
        OperationType.Create => [.. operation.Create.Volumes],
        OperationType.Destroy => [.. operation.Destroy.Volumes],
        OperationType.GrowVolume => [operation.GrowVolume.Volume, operation.GrowVolume.Addition],
        OperationType.ShrinkVolume => [operation.ShrinkVolume.Volume],
        OperationType.CreateDisk => [operation.CreateDisk.Source],
        OperationType.DestroyDisk => [operation.DestroyDisk.Source],
        _ => [],
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
