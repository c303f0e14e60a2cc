using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Benchmarks.Launch;

/// <summary>A ready node that no benchmark fills: 64 cores, 256 GiB.</summary>
internal static class LargeNode
{
    public static V1Node Named(string name)
    {
        var capacity = new Dictionary<string, ResourceQuantity>
        {
            ["cpu"] = "64",
            ["memory"] = "256Gi",
            ["ephemeral-storage"] = "1Ti",
            ["pods"] = "10000",
        };
        return new V1Node
        {
            Metadata = new V1ObjectMeta { Name = name },
            Status = new V1NodeStatus
            {
                Capacity = capacity,
                Allocatable = capacity,
                Addresses = [new V1NodeAddress { Type = "InternalIP", Address = "127.0.0.1" }, new V1NodeAddress { Type = "Hostname", Address = name }],
                Conditions = [new V1NodeCondition { Type = "Ready", Status = "True", LastTransitionTime = Time.Clock.GetUtcNow() }],
            },
        };
    }
}
