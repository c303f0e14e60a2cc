using MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;

/// <summary>What runs a node's containers. Thread-safe.</summary>
internal interface IContainerRuntime
{
    /// <summary>As the node's status names it.</summary>
    string Name { get; }

    /// <summary><see cref="StartAsync"/> takes no time.</summary>
    bool StartsAtOnce { get; }

    /// <summary>Its containers can be asked how they are; else they are ready as soon as they run.</summary>
    bool IsProbed { get; }

    /// <param name="run">0 for the first start, 1 for the first restart, and so on.</param>
    /// <exception cref="ContainerRefusedException">There is no container; it is worth trying again.</exception>
    /// <exception cref="ContainerStartException">There is one, and its program could not be executed.</exception>
    ValueTask<StartedContainer> StartAsync(V1Pod pod, V1Container container, int run, string address, CancellationToken cancellationToken);

    /// <summary>Asks a running container once. Only where <see cref="IsProbed"/>.</summary>
    /// <returns>Null if it could not be asked, e.g. because it has just ended.</returns>
    ValueTask<bool?> ProbeAsync(V1Pod pod, V1Container container, ContainerProbe probe, string address, CancellationToken cancellationToken);

    /// <summary>The Pod's files may go.</summary>
    void Forget(V1Pod pod);

    /// <inheritdoc cref="IPodLogs.Read"/>
    IAsyncEnumerable<ReadOnlyMemory<byte>>? ReadLog(string podUid, string container, PodLogOptions options, CancellationToken cancellationToken);
}

/// <param name="Exited">Null for a simulated container, which ends at <paramref name="EndsAt"/> or when it is told to.</param>
/// <param name="TerminationMessage">What the container has left to say, asked for once it has ended.</param>
internal sealed record StartedContainer(
    string Id,
    DateTimeOffset StartedAt,
    Action<int> Signal,
    Task<ContainerExit>? Exited,
    Func<ContainerExit, string?> TerminationMessage,
    DateTimeOffset? EndsAt = null,
    int EndsWith = 0);

/// <summary>A container could not be made.</summary>
/// <param name="reason">As in the waiting state, e.g. CreateContainerConfigError.</param>
internal sealed class ContainerRefusedException(string reason, string message) : Exception(message)
{
    public string Reason { get; } = reason;
}
