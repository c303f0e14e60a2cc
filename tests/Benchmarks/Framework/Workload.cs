using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Benchmarks.Framework;

/// <summary>The tasks that benchmarks launch.</summary>
internal static class Workload
{
    /// <summary>A hundredth of a core and 8 MiB, whatever it runs.</summary>
    public static TaskInfo Task(string id, Offer offer, string command) => new()
    {
        Name = id,
        TaskId = new TaskID { Value = id },
        AgentId = offer.AgentId,
        Command = new CommandInfo { Value = command },
        Resources = { Protocol.Resources.Parse("cpus:0.01;mem:8").Allocate(offer.AllocationInfo.Role).ToProtobuf() },
    };
}
