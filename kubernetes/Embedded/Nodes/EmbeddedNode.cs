using MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes;

/// <summary>
/// A node that runs its Pods' containers as processes of this machine. It talks to the API server as a kubelet does and only
/// so: any API server will do.
/// </summary>
public sealed class EmbeddedNode : IAsyncDisposable
{
    private readonly IKubernetes _kubernetes;
    private readonly NodeOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Backoff _backoff;
    private readonly ProcessRuntime _runtime;
    private readonly SemaphoreSlim _turn = new(1);
    private Brain? _brain;
    private NodeTasks? _connection;

    internal EmbeddedNode(
        IKubernetes kubernetes, NodeOptions options, ProcessHost host, string directory, TimeProvider clock, Random random, ILogger logger)
    {
        _kubernetes = kubernetes;
        _options = options;
        _clock = clock;
        _logger = logger;
        _backoff = new Backoff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10), random);
        _runtime = new ProcessRuntime(kubernetes, host, directory, clock);
    }

    public string Name => _options.Name;

    /// <summary>Registers the node and takes up its work, or takes it up again where <see cref="StopAsync"/> left it.</summary>
    /// <exception cref="KubernetesException">The API server does not let it register.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_connection is not null)
            {
                return;
            }

            var heartbeats = new Heartbeats(_kubernetes, _options, _runtime.Name, _clock, _logger);
            await heartbeats.RegisterAsync(cancellationToken);
            _brain ??= NewBrain();
            _brain.Kubelet.Serve(heartbeats.Node);
            _connection = Connect(_brain, heartbeats);
            _logger.NodeStarted(Name, _options.Cpus, _options.MemoryMebibytes);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Heartbeats stop, and the API server hears of nothing any more. <see cref="StartAsync"/> ends it.</summary>
    public async Task StopAsync(NodeLoss loss)
    {
        await _turn.WaitAsync();
        try
        {
            await (_connection?.DisposeAsync() ?? ValueTask.CompletedTask);
            _connection = null;
            if (loss == NodeLoss.Machine)
            {
                await (_brain?.Loop.DisposeAsync() ?? ValueTask.CompletedTask);
                _brain = null;
                await _runtime.KillAllAsync();
            }

            _logger.NodeStopped(Name, loss);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(NodeLoss.Machine);
        _runtime.Dispose();
        _turn.Dispose();
    }

    /// <returns>Null if the container has not been started on this node.</returns>
    internal IAsyncEnumerable<ReadOnlyMemory<byte>>? ReadLog(
        string podUid, string container, PodLogOptions options, CancellationToken cancellationToken) =>
        _runtime.ReadLog(podUid, container, options, cancellationToken);

    private Brain NewBrain()
    {
        var writer = new StatusWriter(_kubernetes, _backoff, _clock, _logger);
        var kubelet = new Kubelet(_runtime, new PodMachine(_options.MinimumGrace), writer, _clock, _logger);
        return new(kubelet, writer, NodeTasks.Run(_logger, kubelet.RunAsync));
    }

    private NodeTasks Connect(Brain brain, Heartbeats heartbeats)
    {
        var feed = new Feed<V1Pod>(_kubernetes, $"spec.nodeName={Name}", _backoff, _clock, _logger);
        return NodeTasks.Run(_logger, heartbeats.RunAsync, brain.Writer.RunAsync, stopping => brain.Kubelet.FollowAsync(feed, stopping));
    }

    /// <summary>What the machine remembers while it is on.</summary>
    private sealed record Brain(Kubelet Kubelet, StatusWriter Writer, NodeTasks Loop);
}
