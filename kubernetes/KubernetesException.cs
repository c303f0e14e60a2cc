namespace MesosK8sBridge.Kubernetes;

/// <summary>The API server answered, and the answer was no.</summary>
public sealed class KubernetesException(int statusCode, string reason, string message) : Exception(message)
{
    /// <summary>HTTP status code.</summary>
    public int StatusCode { get; } = statusCode;

    /// <summary>Machine-readable, e.g. <c>AlreadyExists</c>, <c>Conflict</c>, <c>Expired</c>.</summary>
    public string Reason { get; } = reason;
}
