namespace MesosK8sBridge.Kubernetes.Models;

[KubernetesEntity(ApiVersion = "v1", Kind = "Secret", PluralName = "secrets")]
public sealed class V1Secret : KubernetesObject
{
    public string? Type { get; set; }

    public bool? Immutable { get; set; }

    /// <summary>Base64 on the wire, plain here.</summary>
    public IDictionary<string, byte[]>? Data { get; set; }

    /// <summary>Only for writing; the server merges it into <see cref="Data"/>.</summary>
    public IDictionary<string, string>? StringData { get; set; }

    /// <summary>The name only: what is inside must not reach a log.</summary>
    public override string ToString() => $"Secret {Metadata.NamespaceProperty}/{Metadata.Name}";
}

[KubernetesEntity(ApiVersion = "v1", Kind = "ConfigMap", PluralName = "configmaps")]
public sealed class V1ConfigMap : KubernetesObject
{
    public bool? Immutable { get; set; }

    public IDictionary<string, string>? Data { get; set; }

    public IDictionary<string, byte[]>? BinaryData { get; set; }
}

[KubernetesEntity(ApiVersion = "v1", Kind = "ServiceAccount", PluralName = "serviceaccounts")]
public sealed class V1ServiceAccount : KubernetesObject
{
    public IList<V1ObjectReference>? Secrets { get; set; }

    public IList<V1LocalObjectReference>? ImagePullSecrets { get; set; }

    public bool? AutomountServiceAccountToken { get; set; }
}
