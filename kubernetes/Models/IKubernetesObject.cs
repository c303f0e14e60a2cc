using System.Text.Json;
using System.Text.Json.Serialization;

namespace MesosK8sBridge.Kubernetes.Models;

/// <summary>Anything with a kind, a version and a name. Concrete types carry a <see cref="KubernetesEntityAttribute"/>.</summary>
public interface IKubernetesObject
{
    string? ApiVersion { get; set; }

    string? Kind { get; set; }

    V1ObjectMeta Metadata { get; set; }
}

/// <summary>Where the API server keeps a type.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KubernetesEntityAttribute : System.Attribute
{
    /// <summary>Empty for the core group.</summary>
    public string Group { get; init; } = "";

    public required string ApiVersion { get; init; }

    public required string Kind { get; init; }

    /// <summary>Lower-case plural, as in the URL.</summary>
    public required string PluralName { get; init; }

    public bool Namespaced { get; init; } = true;
}

/// <summary>
/// A JSON object whose unknown fields are kept, so that writing back what was read loses nothing that a newer server knows.
/// </summary>
public abstract class KubernetesModel
{
    /// <summary>Fields that the type does not name, by their JSON names.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? ExtensionData { get; set; }
}

/// <summary>A <see cref="KubernetesModel"/> that the API server keeps under a name.</summary>
/// <remarks>The client fills in <see cref="ApiVersion"/> and <see cref="Kind"/> where they are null.</remarks>
public abstract class KubernetesObject : KubernetesModel, IKubernetesObject
{
    [JsonPropertyOrder(-3)]
    public string? ApiVersion { get; set; }

    [JsonPropertyOrder(-2)]
    public string? Kind { get; set; }

    [JsonPropertyOrder(-1)]
    public V1ObjectMeta Metadata { get; set; } = new();
}
