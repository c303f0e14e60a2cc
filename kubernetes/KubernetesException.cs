using System.Net;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes;

/// <summary>The API server answered, and the answer was no.</summary>
public sealed class KubernetesException : Exception
{
    public KubernetesException(int statusCode, string reason, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        StatusCode = statusCode;
        Reason = reason;
    }

    /// <param name="retryAfter">From the header, if it was there; else the status's own is used.</param>
    public KubernetesException(V1Status status, TimeSpan? retryAfter = null)
        : this(status.Code ?? 0, status.Reason ?? "", status.Message ?? status.Reason ?? $"HTTP {status.Code}")
    {
        Details = status.Details;
        RetryAfter = retryAfter ?? (status.Details?.RetryAfterSeconds is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null);
    }

    /// <summary>HTTP status code.</summary>
    public int StatusCode { get; }

    /// <summary>Machine-readable, e.g. <c>AlreadyExists</c>, <c>Conflict</c>, <c>Expired</c>; empty if the answer had none.</summary>
    public string Reason { get; }

    public V1StatusDetails? Details { get; }

    /// <summary>How long the server asks to be left alone; null if it did not say.</summary>
    public TimeSpan? RetryAfter { get; }

    public bool IsNotFound => StatusCode == (int)HttpStatusCode.NotFound;

    /// <summary>409 because the object or its preconditions have changed; not because the name is taken.</summary>
    public bool IsConflict => StatusCode == (int)HttpStatusCode.Conflict && !IsAlreadyExists;

    public bool IsAlreadyExists => StatusCode == (int)HttpStatusCode.Conflict && Reason == "AlreadyExists";

    /// <summary>The resource version or the continue token is too old: list again.</summary>
    public bool IsGone => StatusCode == (int)HttpStatusCode.Gone;

    public bool IsForbidden => StatusCode == (int)HttpStatusCode.Forbidden;

    public bool IsUnauthorized => StatusCode == (int)HttpStatusCode.Unauthorized;

    /// <summary>The object itself is at fault: 422, or 400.</summary>
    public bool IsInvalid => StatusCode is (int)HttpStatusCode.UnprocessableEntity or (int)HttpStatusCode.BadRequest;

    /// <summary>The same call may succeed later, without a change to it: 408, 429, and 5xx but 501.</summary>
    public bool IsTransient => StatusCode is 408 or 429 or (>= 500 and not 501);
}
