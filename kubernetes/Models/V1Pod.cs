using System.Text.Json;
using System.Text.Json.Serialization;

namespace MesosK8sBridge.Kubernetes.Models;

[KubernetesEntity(ApiVersion = "v1", Kind = "Pod", PluralName = "pods")]
public sealed class V1Pod : KubernetesObject
{
    public V1PodSpec? Spec { get; set; }

    public V1PodStatus? Status { get; set; }
}

public sealed class V1PodTemplateSpec : KubernetesModel
{
    public V1ObjectMeta? Metadata { get; set; }

    public V1PodSpec? Spec { get; set; }
}

public sealed class V1PodSpec : KubernetesModel
{
    public IList<V1Container>? Containers { get; set; }

    public IList<V1Container>? InitContainers { get; set; }

    public IList<V1Volume>? Volumes { get; set; }

    public string? NodeName { get; set; }

    public IDictionary<string, string>? NodeSelector { get; set; }

    /// <summary><c>Always</c>, <c>OnFailure</c> or <c>Never</c>.</summary>
    public string? RestartPolicy { get; set; }

    public long? TerminationGracePeriodSeconds { get; set; }

    public long? ActiveDeadlineSeconds { get; set; }

    public string? ServiceAccountName { get; set; }

    public bool? AutomountServiceAccountToken { get; set; }

    public IList<V1LocalObjectReference>? ImagePullSecrets { get; set; }

    public V1PodSecurityContext? SecurityContext { get; set; }

    public IList<V1Toleration>? Tolerations { get; set; }

    public V1Affinity? Affinity { get; set; }

    public bool? HostNetwork { get; set; }

    [JsonPropertyName("hostPID")]
    public bool? HostPID { get; set; }

    [JsonPropertyName("hostIPC")]
    public bool? HostIPC { get; set; }

    public bool? ShareProcessNamespace { get; set; }

    public string? Hostname { get; set; }

    public string? Subdomain { get; set; }

    public string? SchedulerName { get; set; }

    public string? PriorityClassName { get; set; }

    public int? Priority { get; set; }

    public string? RuntimeClassName { get; set; }

    public string? DnsPolicy { get; set; }

    public JsonElement? DnsConfig { get; set; }

    public IList<V1HostAlias>? HostAliases { get; set; }

    public bool? EnableServiceLinks { get; set; }

    public string? PreemptionPolicy { get; set; }

    public IDictionary<string, ResourceQuantity>? Overhead { get; set; }
}

public sealed class V1HostAlias : KubernetesModel
{
    public string? Ip { get; set; }

    public IList<string>? Hostnames { get; set; }
}

public sealed class V1Toleration : KubernetesModel
{
    public string? Key { get; set; }

    /// <summary><c>Exists</c> or <c>Equal</c>.</summary>
    [JsonPropertyName("operator")]
    public string? OperatorProperty { get; set; }

    public string? Value { get; set; }

    /// <summary><c>NoSchedule</c>, <c>PreferNoSchedule</c>, <c>NoExecute</c>, or null for all.</summary>
    public string? Effect { get; set; }

    public long? TolerationSeconds { get; set; }
}

/// <summary>Passed on as written: the bridge binds Pods to nodes by itself.</summary>
public sealed class V1Affinity : KubernetesModel
{
    public JsonElement? NodeAffinity { get; set; }

    public JsonElement? PodAffinity { get; set; }

    public JsonElement? PodAntiAffinity { get; set; }
}

public sealed class V1PodStatus : KubernetesModel
{
    /// <summary><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c>.</summary>
    public string? Phase { get; set; }

    public string? Reason { get; set; }

    public string? Message { get; set; }

    [JsonPropertyName("hostIP")]
    public string? HostIP { get; set; }

    [JsonPropertyName("podIP")]
    public string? PodIP { get; set; }

    [JsonPropertyName("podIPs")]
    public IList<V1PodIP>? PodIPs { get; set; }

    /// <summary>When the kubelet acknowledged the Pod; null before.</summary>
    public DateTimeOffset? StartTime { get; set; }

    public string? NominatedNodeName { get; set; }

    public string? QosClass { get; set; }

    public IList<V1PodCondition>? Conditions { get; set; }

    public IList<V1ContainerStatus>? InitContainerStatuses { get; set; }

    public IList<V1ContainerStatus>? ContainerStatuses { get; set; }
}

public sealed class V1PodIP : KubernetesModel
{
    public string? Ip { get; set; }
}

public sealed class V1PodCondition : KubernetesModel
{
    public string? Type { get; set; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public string? Status { get; set; }

    public string? Reason { get; set; }

    public string? Message { get; set; }

    public DateTimeOffset? LastProbeTime { get; set; }

    public DateTimeOffset? LastTransitionTime { get; set; }
}
