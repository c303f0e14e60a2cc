using System.Text.Json;
using System.Text.Json.Serialization;

namespace MesosK8sBridge.Kubernetes.Models;

[KubernetesEntity(ApiVersion = "v1", Kind = "Node", PluralName = "nodes", Namespaced = false)]
public sealed class V1Node : KubernetesObject
{
    public V1NodeSpec? Spec { get; set; }

    public V1NodeStatus? Status { get; set; }
}

public sealed class V1NodeSpec : KubernetesModel
{
    /// <summary>True: cordoned.</summary>
    public bool? Unschedulable { get; set; }

    public IList<V1Taint>? Taints { get; set; }

    [JsonPropertyName("podCIDR")]
    public string? PodCIDR { get; set; }

    [JsonPropertyName("podCIDRs")]
    public IList<string>? PodCIDRs { get; set; }

    [JsonPropertyName("providerID")]
    public string? ProviderID { get; set; }
}

public sealed class V1Taint : KubernetesModel
{
    public string? Key { get; set; }

    public string? Value { get; set; }

    /// <summary><c>NoSchedule</c>, <c>PreferNoSchedule</c> or <c>NoExecute</c>.</summary>
    public string? Effect { get; set; }

    public DateTimeOffset? TimeAdded { get; set; }
}

public sealed class V1NodeStatus : KubernetesModel
{
    public IDictionary<string, ResourceQuantity>? Capacity { get; set; }

    public IDictionary<string, ResourceQuantity>? Allocatable { get; set; }

    public IList<V1NodeCondition>? Conditions { get; set; }

    public IList<V1NodeAddress>? Addresses { get; set; }

    public V1NodeSystemInfo? NodeInfo { get; set; }

    public string? Phase { get; set; }

    public JsonElement? Images { get; set; }

    public JsonElement? DaemonEndpoints { get; set; }

    public IList<string>? VolumesInUse { get; set; }

    public JsonElement? VolumesAttached { get; set; }
}

public sealed class V1NodeCondition : KubernetesModel
{
    public string? Type { get; set; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public string? Status { get; set; }

    public string? Reason { get; set; }

    public string? Message { get; set; }

    public DateTimeOffset? LastHeartbeatTime { get; set; }

    public DateTimeOffset? LastTransitionTime { get; set; }
}

public sealed class V1NodeAddress : KubernetesModel
{
    /// <summary><c>Hostname</c>, <c>InternalIP</c>, <c>ExternalIP</c>, <c>InternalDNS</c> or <c>ExternalDNS</c>.</summary>
    public string? Type { get; set; }

    public string? Address { get; set; }
}

public sealed class V1NodeSystemInfo : KubernetesModel
{
    public string? Architecture { get; set; }

    [JsonPropertyName("bootID")]
    public string? BootID { get; set; }

    public string? ContainerRuntimeVersion { get; set; }

    public string? KernelVersion { get; set; }

    public string? KubeProxyVersion { get; set; }

    public string? KubeletVersion { get; set; }

    [JsonPropertyName("machineID")]
    public string? MachineID { get; set; }

    public string? OperatingSystem { get; set; }

    public string? OsImage { get; set; }

    [JsonPropertyName("systemUUID")]
    public string? SystemUUID { get; set; }
}
