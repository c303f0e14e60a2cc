using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes;

/// <summary>Writes down a node as its kubelet registers it. Pure, but for what this machine is.</summary>
internal static class NodeObject
{
    private static readonly (string Type, string Reason, string Message, string Status)[] Healthy =
    [
        ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available", "False"),
        ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", "False"),
        ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available", "False"),
        ("Ready", "KubeletReady", "kubelet is posting ready status", "True"),
    ];

    public static V1Node Of(NodeOptions options, string runtimeName, DateTimeOffset now)
    {
        var labels = new Dictionary<string, string>(options.Labels)
        {
            ["kubernetes.io/hostname"] = options.Name,
            ["kubernetes.io/os"] = "linux",
            ["kubernetes.io/arch"] = Architecture,
            ["beta.kubernetes.io/os"] = "linux",
            ["beta.kubernetes.io/arch"] = Architecture,
        };
        return new V1Node
        {
            Metadata = new V1ObjectMeta { Name = options.Name, Labels = labels },
            Spec = new V1NodeSpec(),
            Status = Status(options, runtimeName, before: null, now),
        };
    }

    /// <param name="before">Tells since when each condition is as it is.</param>
    public static V1NodeStatus Status(NodeOptions options, string runtimeName, V1NodeStatus? before, DateTimeOffset now) => new()
    {
        Capacity = Resources(options),
        Allocatable = Resources(options),
        Addresses =
        [
            new V1NodeAddress { Type = "InternalIP", Address = options.Address },
            new V1NodeAddress { Type = "Hostname", Address = options.Name },
        ],
        Conditions = [.. Healthy.Select(c => Condition(c, before, now))],
        NodeInfo = Info(options, runtimeName),
    };

    private static string Architecture => RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    private static Dictionary<string, ResourceQuantity> Resources(NodeOptions options)
    {
        var resources = options.ExtraResources.ToDictionary(r => r.Key, r => ResourceQuantity.FromInt64(r.Value));
        resources["cpu"] = ResourceQuantity.FromMilli((long)(options.Cpus * 1000));
        resources["memory"] = ResourceQuantity.FromMebibytes(options.MemoryMebibytes);
        resources["ephemeral-storage"] = ResourceQuantity.FromMebibytes(options.DiskMebibytes);
        resources["pods"] = ResourceQuantity.FromInt64(options.MaxPods);
        return resources;
    }

    private static V1NodeCondition Condition(
        (string Type, string Reason, string Message, string Status) healthy, V1NodeStatus? before, DateTimeOffset now)
    {
        var same = before?.Conditions?.FirstOrDefault(c => c.Type == healthy.Type && c.Status == healthy.Status);
        return new()
        {
            Type = healthy.Type,
            Status = healthy.Status,
            Reason = healthy.Reason,
            Message = healthy.Message,
            LastHeartbeatTime = now,
            LastTransitionTime = same?.LastTransitionTime ?? now,
        };
    }

    private static V1NodeSystemInfo Info(NodeOptions options, string runtimeName)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(options.Name)).AsSpan(0, 16));
        return new()
        {
            Architecture = Architecture,
            OperatingSystem = "linux",
            OsImage = RuntimeInformation.OSDescription,
            KernelVersion = Environment.OSVersion.Version.ToString(),
            KubeletVersion = "v1.20.2-embedded",
            KubeProxyVersion = "v1.20.2-embedded",
            ContainerRuntimeVersion = runtimeName,
            MachineID = id,
            SystemUUID = id,
            BootID = id,
        };
    }
}
