namespace MesosK8sBridge.Kubernetes.Embedded;

/// <summary>Gives what containers have written; whoever runs the containers of an embedded cluster implements it.</summary>
public interface IPodLogSource
{
    /// <summary>
    /// Opens a container's output. Of a stream that follows, reads wait for more and end when the container has ended.
    /// </summary>
    /// <returns>Null if the container has not been started (yet).</returns>
    Task<Stream?> OpenAsync(PodLogRequest request, CancellationToken cancellationToken);
}

/// <param name="Follow">Go on with what is written later.</param>
/// <param name="Previous">Of the container's run before the current one.</param>
/// <param name="TailLines">Only so many lines from the end; null: all.</param>
/// <param name="LimitBytes">Most bytes to give; null: all. The server sees to it.</param>
/// <param name="SinceTime">Only what was written after; null: all. May be ignored.</param>
/// <param name="Timestamps">Each line begins with its time. May be ignored.</param>
public sealed record PodLogRequest(
    string Namespace,
    string Pod,
    string Uid,
    string Container,
    bool Follow,
    bool Previous,
    int? TailLines,
    long? LimitBytes,
    DateTimeOffset? SinceTime,
    bool Timestamps);
