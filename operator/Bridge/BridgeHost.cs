using System.Net;
using System.Security.Cryptography;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Events;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>
/// A whole bridge in one process: the Mesos master with its endpoint on the one side, nodes, Pods and resources on the other.
/// Disposing it stops it in order; what it had not done is done by the next one.
/// </summary>
public sealed class BridgeHost : IAsyncDisposable
{
    private readonly BridgeOptions _options;
    private readonly TimeProvider _clock;
    private readonly MesosEndpoint _endpoint;
    private readonly MasterLoop _loop;
    private readonly MasterMetrics _metrics;
    private readonly PodQueue _queue;
    private readonly FrameworkController _controller;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _stoppingMaster = new();
    private readonly TaskCompletionSource _recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _running = [];
    private readonly Task _master;

    private BridgeHost(IKubernetes kubernetes, BridgeOptions options, TimeProvider clock, ILoggerFactory loggers, IFatalErrors fatal, MesosEndpoint endpoint, LateInbox late)
    {
        (_options, _clock, _endpoint) = (options, clock, endpoint);
        var log = loggers.CreateLogger<BridgeHost>();
        _metrics = new MasterMetrics();
        _loop = new MasterLoop(new MesosMaster(options.Master, MasterIdentity.Of(NewId(), endpoint.Address, options), NewRandom()), fatal, clock, _metrics);
        late.Set(_loop);

        var nodes = new Informer<V1Node>(kubernetes, new InformerOptions<V1Node>(), clock, NewRandom(), log);
        var pods = new Informer<V1Pod>(kubernetes, ClusterObserver.PodInformer, clock, NewRandom(), log);
        var resources = new Informer<V1Alpha1MesosFramework>(kubernetes, new InformerOptions<V1Alpha1MesosFramework>(), clock, NewRandom(), log);
        var events = new EventRecorder(
            kubernetes, new EventRecorderOptions { Component = "mesos-bridge", Instance = options.Instance }, clock, log);

        var catalog = new FrameworkCatalog(new FrameworkDefaults(options.Master.Admission, options.Namespace, options.DefaultImage)
        {
            Tolerations = options.Nodes.Tolerations,
        });
        var figures = new FigureBoard(_loop, options.StatusInterval, clock);
        _controller = new FrameworkController(
            kubernetes, resources, catalog, _loop, events, CustomResources.Json, figures.Of, clock, NewRandom(), log);
        var (directory, agents) = (new TaskDirectory(), new AgentDirectory());
        var worker = new PodWorker(kubernetes, directory, agents, catalog, _loop, events, options.Patience, clock, log);
        _queue = new PodQueue(worker, options.Parallelism, new Backoff(options.FirstRetry, options.LongestRetry, NewRandom()), clock, log);
        var observer = new ClusterObserver(
            nodes,
            pods,
            new ClusterParts(kubernetes, _loop, directory, agents, catalog, _queue, events, _ => NodeOverrides.None),
            new ObserverSettings(options.Nodes, options.Patience, options.Master.MaxLossShare, options.Master.ReregistrationTimeout),
            clock,
            NewRandom(),
            log);

        _queue.Start();
        _master = _loop.RunAsync(endpoint, new ClusterEffects(_queue, directory, catalog), _stoppingMaster.Token);
        Run(nodes.RunAsync);
        Run(pods.RunAsync);
        Run(resources.RunAsync);
        Run(events.RunAsync);
        Run(figures.RunAsync);
        Run(async stop =>
        {
            await Task.WhenAll(nodes.WaitForSyncAsync(stop), pods.WaitForSyncAsync(stop), resources.WaitForSyncAsync(stop));
            await observer.RecoverAsync(await _controller.RecoverAsync(stop), stop);
            await _loop.SnapshotAsync(stop); // Whoever awaits the recovery finds the endpoint open.
            _recovered.TrySetResult();
            Run(observer.RunAsync);
            Run(ended => _controller.RunAsync(options.StatusInterval, ended));
            Run(ended => new PodReaper(directory, _queue, options.Retention, clock).RunAsync(ended));
        });

        // What ends one part by a fault of ours ends the bridge: half of it would lose updates in silence.
        void Run(Func<CancellationToken, Task> part)
        {
            lock (_running)
            {
                _running.Add(GuardAsync(part, fatal));
            }
        }
    }

    /// <summary>Where frameworks connect.</summary>
    public IPEndPoint Address => _endpoint.Address;

    /// <summary>Completes when everything that earlier bridges left is known again; before, frameworks are told to wait (503).</summary>
    public Task Recovered => _recovered.Task;

    /// <summary>Returns as soon as the endpoint listens; see <see cref="Recovered"/>.</summary>
    /// <param name="kubernetes">Knows <see cref="CustomResources.Json"/>.</param>
    /// <exception cref="IOException">The address to listen on is in use, or not this machine's.</exception>
    public static async Task<BridgeHost> StartAsync(
        IKubernetes kubernetes,
        BridgeOptions options,
        TimeProvider clock,
        ILoggerFactory loggers,
        IFatalErrors? fatal = null,
        CancellationToken cancellationToken = default)
    {
        if (options.InstallCustomResources)
        {
            await CustomResources.InstallAsync(kubernetes, clock, cancellationToken);
        }

        var inbox = new LateInbox();
        var endpoint = new MesosEndpoint(inbox, options.Listener, clock, loggers);
        try
        {
            await endpoint.StartAsync(cancellationToken);
            return new BridgeHost(kubernetes, options, clock, loggers, fatal ?? new ProcessEnd(loggers.CreateLogger<ProcessEnd>()), endpoint, inbox);
        }
        catch
        {
            await endpoint.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends streams first, so that nothing new comes; then finishes what is under way, within <see cref="BridgeOptions.StopTimeout"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        using var patience = new CancellationTokenSource(_options.StopTimeout, _clock);
        await _endpoint.StopAsync(patience.Token);
        await _queue.DrainAsync(_options.StopTimeout);
        await _stopping.CancelAsync();
        for (var parts = Parts(); parts.Any(part => !part.IsCompleted); parts = Parts())
        {
            await Task.WhenAll(parts); // One of them may have been starting others.
        }

        await _queue.DisposeAsync();
        _controller.Dispose();
        await _stoppingMaster.CancelAsync();
        await _master;
        _recovered.TrySetCanceled();
        await _endpoint.DisposeAsync();
        _metrics.Dispose();
        _stopping.Dispose();
        _stoppingMaster.Dispose();
    }

    private Task[] Parts()
    {
        lock (_running)
        {
            return [.. _running];
        }
    }

    private async Task GuardAsync(Func<CancellationToken, Task> part, IFatalErrors fatal)
    {
        try
        {
            await Task.Run(() => part(_stopping.Token));
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // Asked to stop.
        }
#pragma warning disable CA1031 // The edge of the process.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _recovered.TrySetException(fault);
            fatal.End("A part of the bridge failed", fault);
        }
    }

    private static Guid NewId() => MesosUuid.OfRandom(RandomNumberGenerator.GetBytes(16));

    private static Random NewRandom() => new(RandomNumberGenerator.GetInt32(int.MaxValue));
}
