using System.Text.Json;
using System.Text.Json.Serialization;

namespace MesosK8sBridge.Kubernetes.Models;

[KubernetesEntity(ApiVersion = "v1", Kind = "Service", PluralName = "services")]
public sealed class V1Service : KubernetesObject
{
    public V1ServiceSpec? Spec { get; set; }

    public JsonElement? Status { get; set; }
}

public sealed class V1ServiceSpec : KubernetesModel
{
    /// <summary><c>ClusterIP</c>, <c>NodePort</c>, <c>LoadBalancer</c> or <c>ExternalName</c>.</summary>
    public string? Type { get; set; }

    [JsonPropertyName("clusterIP")]
    public string? ClusterIP { get; set; }

    public IDictionary<string, string>? Selector { get; set; }

    public IList<V1ServicePort>? Ports { get; set; }

    public string? ExternalName { get; set; }

    public bool? PublishNotReadyAddresses { get; set; }
}

public sealed class V1ServicePort : KubernetesModel
{
    public string? Name { get; set; }

    public int Port { get; set; }

    public IntOrString? TargetPort { get; set; }

    public int? NodePort { get; set; }

    public string? Protocol { get; set; }
}
