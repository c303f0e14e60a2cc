using System.Text.Json.Serialization;

namespace MesosK8sBridge.Kubernetes.Models;

public sealed class V1Container : KubernetesModel
{
    public string? Name { get; set; }

    public string? Image { get; set; }

    /// <summary><c>Always</c>, <c>IfNotPresent</c> or <c>Never</c>.</summary>
    public string? ImagePullPolicy { get; set; }

    public IList<string>? Command { get; set; }

    public IList<string>? Args { get; set; }

    public string? WorkingDir { get; set; }

    public IList<V1EnvVar>? Env { get; set; }

    public IList<V1EnvFromSource>? EnvFrom { get; set; }

    public IList<V1ContainerPort>? Ports { get; set; }

    public V1ResourceRequirements? Resources { get; set; }

    public IList<V1VolumeMount>? VolumeMounts { get; set; }

    public V1Probe? LivenessProbe { get; set; }

    public V1Probe? ReadinessProbe { get; set; }

    public V1Probe? StartupProbe { get; set; }

    public V1Lifecycle? Lifecycle { get; set; }

    public V1SecurityContext? SecurityContext { get; set; }

    public bool? Stdin { get; set; }

    public bool? StdinOnce { get; set; }

    public bool? Tty { get; set; }

    public string? TerminationMessagePath { get; set; }

    /// <summary><c>File</c> or <c>FallbackToLogsOnError</c>.</summary>
    public string? TerminationMessagePolicy { get; set; }
}

public sealed class V1ContainerPort : KubernetesModel
{
    public string? Name { get; set; }

    public int ContainerPort { get; set; }

    public int? HostPort { get; set; }

    [JsonPropertyName("hostIP")]
    public string? HostIP { get; set; }

    /// <summary><c>TCP</c>, <c>UDP</c> or <c>SCTP</c>; null is TCP.</summary>
    public string? Protocol { get; set; }
}

public sealed class V1ResourceRequirements : KubernetesModel
{
    public IDictionary<string, ResourceQuantity>? Requests { get; set; }

    public IDictionary<string, ResourceQuantity>? Limits { get; set; }
}

public sealed class V1EnvVar : KubernetesModel
{
    public string? Name { get; set; }

    public string? Value { get; set; }

    public V1EnvVarSource? ValueFrom { get; set; }
}

public sealed class V1EnvVarSource : KubernetesModel
{
    public V1ObjectFieldSelector? FieldRef { get; set; }

    public V1ResourceFieldSelector? ResourceFieldRef { get; set; }

    public V1ConfigMapKeySelector? ConfigMapKeyRef { get; set; }

    public V1SecretKeySelector? SecretKeyRef { get; set; }
}

public sealed class V1ObjectFieldSelector : KubernetesModel
{
    public string? ApiVersion { get; set; }

    public string? FieldPath { get; set; }
}

public sealed class V1ResourceFieldSelector : KubernetesModel
{
    public string? ContainerName { get; set; }

    public string? Resource { get; set; }

    public ResourceQuantity? Divisor { get; set; }
}

public sealed class V1ConfigMapKeySelector : KubernetesModel
{
    public string? Name { get; set; }

    public string? Key { get; set; }

    public bool? Optional { get; set; }
}

public sealed class V1SecretKeySelector : KubernetesModel
{
    public string? Name { get; set; }

    public string? Key { get; set; }

    public bool? Optional { get; set; }
}

public sealed class V1EnvFromSource : KubernetesModel
{
    public string? Prefix { get; set; }

    public V1EnvFromReference? ConfigMapRef { get; set; }

    public V1EnvFromReference? SecretRef { get; set; }
}

public sealed class V1EnvFromReference : KubernetesModel
{
    public string? Name { get; set; }

    public bool? Optional { get; set; }
}

public sealed class V1ContainerStatus : KubernetesModel
{
    public string? Name { get; set; }

    public V1ContainerState? State { get; set; }

    public V1ContainerState? LastState { get; set; }

    public bool Ready { get; set; }

    public bool? Started { get; set; }

    public int RestartCount { get; set; }

    public string? Image { get; set; }

    [JsonPropertyName("imageID")]
    public string? ImageID { get; set; }

    /// <summary>E.g. <c>containerd://…</c>.</summary>
    [JsonPropertyName("containerID")]
    public string? ContainerID { get; set; }
}

/// <summary>At most one of the three; none is waiting.</summary>
public sealed class V1ContainerState : KubernetesModel
{
    public V1ContainerStateWaiting? Waiting { get; set; }

    public V1ContainerStateRunning? Running { get; set; }

    public V1ContainerStateTerminated? Terminated { get; set; }
}

public sealed class V1ContainerStateWaiting : KubernetesModel
{
    public string? Reason { get; set; }

    public string? Message { get; set; }
}

public sealed class V1ContainerStateRunning : KubernetesModel
{
    public DateTimeOffset? StartedAt { get; set; }
}

public sealed class V1ContainerStateTerminated : KubernetesModel
{
    public int ExitCode { get; set; }

    public int? Signal { get; set; }

    public string? Reason { get; set; }

    public string? Message { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    [JsonPropertyName("containerID")]
    public string? ContainerID { get; set; }
}
