namespace MesosK8sBridge.Kubernetes.Embedded;

/// <summary>Where the API server gets a container's output from; the part of a kubelet's own HTTP server that the bridge needs.</summary>
public interface IPodLogs
{
    /// <param name="container">Exists in the Pod; it need not have been started yet.</param>
    /// <returns>
    /// Pieces of text as <c>kubectl logs</c> prints it. Ends when all is read, or with <see cref="PodLogOptions.Follow"/> when
    /// the container ends. Null if nobody here runs that Pod, or the container has not been started.
    /// </returns>
    IAsyncEnumerable<ReadOnlyMemory<byte>>? Read(string podUid, string container, PodLogOptions options, CancellationToken cancellationToken);
}
