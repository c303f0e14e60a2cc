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
