using Google.Protobuf.Reflection;

namespace MesosK8sBridge.Protocol.Tests;

/// <summary>All message and enum types of the v1 protocol.</summary>
internal static class MesosTypes
{
    private static readonly FileDescriptor[] Files =
    [
        V1.MesosReflection.Descriptor,
        V1.Agent.AgentReflection.Descriptor,
        V1.Allocator.AllocatorReflection.Descriptor,
        V1.Executor.ExecutorReflection.Descriptor,
        V1.Maintenance.MaintenanceReflection.Descriptor,
        V1.Master.MasterReflection.Descriptor,
        V1.Quota.QuotaReflection.Descriptor,
        V1.ResourceProvider.ResourceProviderReflection.Descriptor,
        V1.Scheduler.SchedulerReflection.Descriptor,
    ];

    public static IReadOnlyList<MessageDescriptor> Messages { get; } = [.. Files.SelectMany(file => file.MessageTypes).SelectMany(WithNested)];

    public static IReadOnlyList<EnumDescriptor> Enums { get; } =
        [.. Files.SelectMany(file => file.EnumTypes), .. Messages.SelectMany(message => message.EnumTypes)];

    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor message) =>
        message.GetOptions()?.MapEntry == true ? [] : [message, .. message.NestedTypes.SelectMany(WithNested)];
}
