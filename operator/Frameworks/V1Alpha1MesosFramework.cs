using System.Text.Json.Serialization;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Agents;
using MesosK8sBridge.Operator.Roles;

namespace MesosK8sBridge.Operator.Frameworks;

/// <summary>Says that a Mesos framework may register, with what, and where its tasks go; and tells how it fares.</summary>
[KubernetesEntity(Group = "mesosbridge.io", ApiVersion = "v1alpha1", Kind = "MesosFramework", PluralName = "mesosframeworks")]
public sealed class V1Alpha1MesosFramework : KubernetesObject
{
    public V1Alpha1MesosFrameworkSpec Spec { get; set; } = new();

    public V1Alpha1MesosFrameworkStatus? Status { get; set; }
}

public sealed class V1Alpha1MesosFrameworkSpec : KubernetesModel
{
    /// <summary>Must equal <c>FrameworkInfo.name</c>; null: the resource's own name.</summary>
    public string? Name { get; set; }

    /// <summary>Must equal the framework's principal; null admits any.</summary>
    public string? Principal { get; set; }

    /// <summary>
    /// The Secret, in the same namespace, with which the framework must authenticate: keys <c>principal</c> and <c>secret</c>, or
    /// <c>username</c> and <c>password</c>. Null: it may come unasked, where the bridge allows that.
    /// </summary>
    public V1LocalObjectReference? CredentialSecretRef { get; set; }

    /// <summary>All roles of the framework must be among these; none given admits any.</summary>
    public IList<string>? Roles { get; set; }

    /// <summary>Labels that a node must carry to be offered.</summary>
    public IDictionary<string, string>? NodeSelector { get; set; }

    /// <summary>For tasks that name no image.</summary>
    public string? DefaultImage { get; set; }

    /// <summary>A task's <c>cpus</c> are also its limit.</summary>
    public bool? LimitCpus { get; set; }

    /// <summary>A task's <c>disk</c> is also its limit.</summary>
    public bool? LimitDisk { get; set; }

    /// <summary>The extended resource that stands for <c>gpus</c>; null: <c>nvidia.com/gpu</c>.</summary>
    public string? GpuResource { get; set; }

    /// <summary><c>Direct</c> or <c>Scheduler</c>, see <see cref="Pods.Binding"/>; null: what <c>--binding</c> says.</summary>
    public string? Binding { get; set; }

    /// <summary>Who users are that tasks name.</summary>
    public IList<V1Alpha1User>? Users { get; set; }

    /// <summary>The networks that tasks may name; null: any, and all of them are the Pods' network.</summary>
    public IList<V1Alpha1Network>? Networks { get; set; }

    /// <summary>The volume drivers that tasks may name.</summary>
    public IList<V1Alpha1VolumeClaims>? VolumeClaims { get; set; }

    /// <summary>How URIs of tasks are to be read, e.g. <c>s3://</c> of a bucket as its HTTPS address.</summary>
    public IList<V1Alpha1UriRewrite>? UriRewrites { get; set; }

    /// <summary>A headless Service for each <c>DiscoveryInfo.name</c>.</summary>
    public bool? DiscoveryServices { get; set; }

    public V1Alpha1PodPolicy? PodPolicy { get; set; }

    /// <summary>What each Pod of the framework carries besides what its tasks ask for.</summary>
    public V1Alpha1PodTemplate? PodTemplate { get; set; }

    /// <summary>How long Pods of ended tasks are kept, for their logs, and how many; null: as the bridge's options say.</summary>
    public V1Alpha1PodRetention? PodRetention { get; set; }

    /// <summary><c>Retain</c> (default): tasks run on when this resource is deleted. <c>Teardown</c>: the framework ends with it.</summary>
    public string? RemovalPolicy { get; set; }
}

/// <summary>See <see cref="Pods.PodPolicy"/>.</summary>
public sealed class V1Alpha1PodPolicy : KubernetesModel
{
    public bool? HostNetwork { get; set; }

    [JsonPropertyName("hostPID")]
    public bool? HostPID { get; set; }

    [JsonPropertyName("hostIPC")]
    public bool? HostIPC { get; set; }

    public bool? Privileged { get; set; }

    public bool? SeccompUnconfined { get; set; }

    public IList<V1Alpha1HostPath>? HostPaths { get; set; }

    public IList<string>? Capabilities { get; set; }

    public IList<string>? Users { get; set; }

    public IList<string>? Devices { get; set; }

    public IList<string>? Registries { get; set; }

    public IList<string>? Secrets { get; set; }

    public IList<string>? IgnoredDockerParameters { get; set; }
}

public sealed class V1Alpha1HostPath : KubernetesModel
{
    public string? Path { get; set; }

    [JsonPropertyName("readOnly")]
    public bool? ReadOnlyProperty { get; set; }
}

public sealed class V1Alpha1User : KubernetesModel
{
    /// <summary>As tasks write it; <c>*</c>: any that is not listed.</summary>
    public string? Name { get; set; }

    /// <summary>Null: whoever the image says.</summary>
    public long? Uid { get; set; }

    public long? Gid { get; set; }
}

public sealed class V1Alpha1Network : KubernetesModel
{
    /// <summary>As tasks write it.</summary>
    public string? Name { get; set; }

    /// <summary>Of Pods that join it.</summary>
    public IDictionary<string, string>? Annotations { get; set; }
}

public sealed class V1Alpha1VolumeClaims : KubernetesModel
{
    /// <summary>Of <c>DOCKER_VOLUME</c>s, or the name of a CSI plugin.</summary>
    public string? Driver { get; set; }

    /// <summary>Before the volume's name in the name of its PersistentVolumeClaim.</summary>
    public string? ClaimPrefix { get; set; }

    /// <summary>Of claims that are made when they are not there; null: none are.</summary>
    public string? Size { get; set; }

    /// <summary>Of claims that are made; null: the cluster's default.</summary>
    public string? StorageClassName { get; set; }

    /// <summary>Of claims that are made; null: <c>ReadWriteOnce</c>.</summary>
    public IList<string>? AccessModes { get; set; }
}

public sealed class V1Alpha1UriRewrite : KubernetesModel
{
    /// <summary>Of a URI, as tasks write it; of several that fit the longest.</summary>
    public string? Prefix { get; set; }

    /// <summary>In its place.</summary>
    public string? Replacement { get; set; }
}

/// <summary>Each that is null: as the bridge's options say.</summary>
public sealed class V1Alpha1PodRetention : KubernetesModel
{
    /// <summary>From the end of the last container, e.g. <c>2h30m</c>; at most 30 d.</summary>
    public string? Time { get; set; }

    public int? Pods { get; set; }
}

/// <summary>The part of a Pod template that is not the tasks' to say. What is not named here is laid over each Pod: <see cref="Pods.PodOverlay"/>.</summary>
public sealed class V1Alpha1PodTemplate : KubernetesModel
{
    public V1Alpha1PodTemplateMetadata? Metadata { get; set; }

    public V1Alpha1PodTemplateSpec? Spec { get; set; }
}

public sealed class V1Alpha1PodTemplateMetadata : KubernetesModel
{
    public IDictionary<string, string>? Labels { get; set; }

    public IDictionary<string, string>? Annotations { get; set; }
}

public sealed class V1Alpha1PodTemplateSpec : KubernetesModel
{
    public string? ServiceAccountName { get; set; }

    public IList<V1LocalObjectReference>? ImagePullSecrets { get; set; }

    public IList<V1Toleration>? Tolerations { get; set; }

    /// <summary>As the resource's own node selector; a node must meet both.</summary>
    public IDictionary<string, string>? NodeSelector { get; set; }

    public V1PodSecurityContext? SecurityContext { get; set; }

    public V1SecurityContext? ContainerSecurityContext { get; set; }

    public string? PriorityClassName { get; set; }

    public string? RuntimeClassName { get; set; }
}

public sealed class V1Alpha1MesosFrameworkStatus : KubernetesModel
{
    /// <summary>Of the spec that the bridge last acted upon.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>Of the registration that is summed up here: the newest one that is not completed, else the newest.</summary>
    public string? FrameworkId { get; set; }

    /// <summary><c>Connected</c>, <c>Disconnected</c>, <c>Recovered</c> or <c>Completed</c>.</summary>
    public string? Phase { get; set; }

    /// <summary>Its latest subscription.</summary>
    public DateTimeOffset? ConnectedSince { get; set; }

    /// <summary>How many tasks are not at their end.</summary>
    public int? Tasks { get; set; }

    /// <summary>By Mesos' names of states.</summary>
    public IDictionary<string, int>? TasksByState { get; set; }

    /// <summary>Outstanding offers.</summary>
    public int? Offers { get; set; }

    /// <summary>In use by tasks and executors: Mesos' names, cores and MiB.</summary>
    public IDictionary<string, double>? Resources { get; set; }

    /// <summary>Tasks that seem lost without the framework's being told so.</summary>
    public int? LossesHeld { get; set; }

    /// <summary>The value of the annotation by which losses were last confirmed: it confirms once.</summary>
    public string? ConfirmedLosses { get; set; }

    /// <summary>Everything that must survive the bridge of each framework that registered by this resource.</summary>
    public IList<V1Alpha1Registration>? Registrations { get; set; }

    public IList<V1Condition>? Conditions { get; set; }
}

public sealed class V1Alpha1Registration : KubernetesModel
{
    public string? Id { get; set; }

    public string? Phase { get; set; }

    /// <summary>The <c>FrameworkInfo</c> in Mesos' JSON.</summary>
    public string? Info { get; set; }

    public DateTimeOffset? RegisteredAt { get; set; }

    public DateTimeOffset? ReregisteredAt { get; set; }

    public DateTimeOffset? FailoverDeadline { get; set; }
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(V1Alpha1MesosFramework))]
[JsonSerializable(typeof(KubernetesList<V1Alpha1MesosFramework>))]
[JsonSerializable(typeof(V1Alpha1MesosFrameworkStatus))]
[JsonSerializable(typeof(V1Alpha1MesosRole))]
[JsonSerializable(typeof(KubernetesList<V1Alpha1MesosRole>))]
[JsonSerializable(typeof(V1Alpha1MesosRoleStatus))]
[JsonSerializable(typeof(V1Alpha1MesosAgent))]
[JsonSerializable(typeof(KubernetesList<V1Alpha1MesosAgent>))]
[JsonSerializable(typeof(V1Alpha1MesosAgentStatus))]
internal sealed partial class CustomResourcesContext : JsonSerializerContext;
