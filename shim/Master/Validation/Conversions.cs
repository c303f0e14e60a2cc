using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;
using OperationType = MesosK8sBridge.Protocol.V1.Offer.Types.Operation.Types.Type;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What an operation takes from the accepted offers, and what it makes of it.</summary>
/// <remarks>Mesos: src/common/resources_utils.cpp, <c>getResourceConversions</c>; src/common/resources.cpp, <c>ResourceConversion::apply</c>.</remarks>
internal static class Conversions
{
    /// <returns>Why it cannot be done with what is there, or null.</returns>
    /// <param name="pool">Allocated to the role of the offers.</param>
    public static string? Check(Operation operation, Resources pool) => operation.Type switch
    {
        OperationType.Reserve => CheckEach(operation.Reserve.Resources, Unreserved, pool),
        OperationType.Unreserve => CheckEach(operation.Unreserve.Resources, static r => r, pool),
        OperationType.Create => CheckEach(operation.Create.Volumes, VolumeRules.Stripped, pool),
        OperationType.Destroy => CheckEach(operation.Destroy.Volumes, static r => r, pool),
        OperationType.GrowVolume => CheckAll("Invalid GROW_VOLUME operation: ", pool, operation.GrowVolume.Volume, operation.GrowVolume.Addition),
        OperationType.ShrinkVolume => CheckAll("Invalid SHRINK_VOLUME operation: ", pool, operation.ShrinkVolume.Volume),
        OperationType.CreateDisk => CheckAll("Invalid CREATE_DISK Operation: ", pool, operation.CreateDisk.Source),
        OperationType.DestroyDisk => CheckAll("Invalid DESTROY_DISK Operation: ", pool, operation.DestroyDisk.Source),
        _ => null,
    };

    private static string? CheckEach(IEnumerable<Resource> wanted, Func<Resource, Resource> source, Resources pool)
    {
        foreach (var resource in wanted)
        {
            var consumed = Resources.From(source(resource));
            if (!pool.Contains(consumed))
            {
                return $"{pool} does not contain {consumed}";
            }

            pool -= consumed;
        }

        return null;
    }

    private static string? CheckAll(string prefix, Resources pool, params ReadOnlySpan<Resource> wanted)
    {
        var consumed = Resources.From(wanted);
        return pool.Contains(consumed) ? null : $"{prefix}{pool} does not contain {consumed}";
    }

    private static Resource Unreserved(Resource resource)
    {
        var source = resource.Clone();
        source.Reservations.RemoveAt(source.Reservations.Count - 1);
        return source;
    }
}
