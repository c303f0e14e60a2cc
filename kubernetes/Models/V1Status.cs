namespace MesosK8sBridge.Kubernetes.Models;

/// <summary>What the API server answers instead of an object, above all when it refuses.</summary>
public sealed class V1Status : KubernetesModel
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ListMeta? Metadata { get; set; }

    /// <summary><c>Success</c> or <c>Failure</c>.</summary>
    public string? Status { get; set; }

    public string? Message { get; set; }

    public string? Reason { get; set; }

    public V1StatusDetails? Details { get; set; }

    /// <summary>HTTP status code.</summary>
    public int? Code { get; set; }
}

public sealed class V1StatusDetails : KubernetesModel
{
    public string? Name { get; set; }

    public string? Group { get; set; }

    public string? Kind { get; set; }

    public string? Uid { get; set; }

    public IList<V1StatusCause>? Causes { get; set; }

    public int? RetryAfterSeconds { get; set; }
}

public sealed class V1StatusCause : KubernetesModel
{
    /// <summary>Machine-readable, e.g. <c>FieldValueInvalid</c>.</summary>
    public string? Reason { get; set; }

    public string? Message { get; set; }

    /// <summary>Path of the field that is to blame.</summary>
    public string? Field { get; set; }
}

public sealed class V1ListMeta : KubernetesModel
{
    public string? ResourceVersion { get; set; }

    /// <summary>Asks for the next page; null or empty on the last.</summary>
    public string? Continue { get; set; }

    public long? RemainingItemCount { get; set; }
}
