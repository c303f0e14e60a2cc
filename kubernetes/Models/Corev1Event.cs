using System.Text.Json.Serialization;
using MesosK8sBridge.Kubernetes.Json;

namespace MesosK8sBridge.Kubernetes.Models;

[KubernetesEntity(ApiVersion = "v1", Kind = "Event", PluralName = "events")]
public sealed class Corev1Event : KubernetesObject
{
    public V1ObjectReference? InvolvedObject { get; set; }

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public string? Type { get; set; }

    /// <summary>One word in CamelCase.</summary>
    public string? Reason { get; set; }

    public string? Message { get; set; }

    public V1EventSource? Source { get; set; }

    public int? Count { get; set; }

    public DateTimeOffset? FirstTimestamp { get; set; }

    public DateTimeOffset? LastTimestamp { get; set; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? EventTime { get; set; }

    public string? Action { get; set; }

    public string? ReportingComponent { get; set; }

    public string? ReportingInstance { get; set; }
}

public sealed class V1EventSource : KubernetesModel
{
    public string? Component { get; set; }

    public string? Host { get; set; }
}
