using System.Text.Json;

namespace MesosK8sBridge.Kubernetes.Models;

[KubernetesEntity(
    Group = "apiextensions.k8s.io", ApiVersion = "v1", Kind = "CustomResourceDefinition", PluralName = "customresourcedefinitions", Namespaced = false)]
public sealed class V1CustomResourceDefinition : KubernetesObject
{
    public V1CustomResourceDefinitionSpec? Spec { get; set; }

    public V1CustomResourceDefinitionStatus? Status { get; set; }
}

public sealed class V1CustomResourceDefinitionSpec : KubernetesModel
{
    public string? Group { get; set; }

    public V1CustomResourceDefinitionNames? Names { get; set; }

    /// <summary><c>Namespaced</c> or <c>Cluster</c>.</summary>
    public string? Scope { get; set; }

    public IList<V1CustomResourceDefinitionVersion>? Versions { get; set; }

    public JsonElement? Conversion { get; set; }

    public bool? PreserveUnknownFields { get; set; }
}

public sealed class V1CustomResourceDefinitionNames : KubernetesModel
{
    public string? Plural { get; set; }

    public string? Singular { get; set; }

    public string? Kind { get; set; }

    public string? ListKind { get; set; }

    public IList<string>? ShortNames { get; set; }

    public IList<string>? Categories { get; set; }
}

public sealed class V1CustomResourceDefinitionVersion : KubernetesModel
{
    public string? Name { get; set; }

    public bool Served { get; set; }

    public bool Storage { get; set; }

    public JsonElement? Schema { get; set; }

    public JsonElement? Subresources { get; set; }

    public JsonElement? AdditionalPrinterColumns { get; set; }
}

public sealed class V1CustomResourceDefinitionStatus : KubernetesModel
{
    public IList<V1Condition>? Conditions { get; set; }

    public V1CustomResourceDefinitionNames? AcceptedNames { get; set; }

    public IList<string>? StoredVersions { get; set; }
}
