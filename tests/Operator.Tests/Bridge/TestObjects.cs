using System.Text.Json.Serialization;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Frameworks;

namespace MesosK8sBridge.Operator.Tests.Bridge;

/// <summary>What may stand in the way of a namespace's Pods, and the bridge itself never looks at.</summary>
[KubernetesEntity(ApiVersion = "v1", Kind = "LimitRange", PluralName = "limitranges")]
public sealed class LimitRange : KubernetesObject;

/// <inheritdoc cref="LimitRange"/>
[KubernetesEntity(ApiVersion = "v1", Kind = "ResourceQuota", PluralName = "resourcequotas")]
public sealed class ResourceQuota : KubernetesObject;

internal static class TestObjects
{
    /// <summary>Knows them and the bridge's own types.</summary>
    public static KubernetesJson Json { get; } = new(CustomResourcesContext.Default, TestObjectsContext.Default);
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(LimitRange))]
[JsonSerializable(typeof(ResourceQuota))]
internal sealed partial class TestObjectsContext : JsonSerializerContext;
