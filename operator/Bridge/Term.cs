using System.Security.Cryptography;
using System.Threading.Channels;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Operator.Agents;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Recovery;
using MesosK8sBridge.Operator.Roles;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>
/// One leadership: a Mesos master with an id of its own, recovered from what the cluster says, and all that acts for it. Nothing
/// of it outlives it but what it has written.
/// </summary>
internal sealed class Term : IAsyncDisposable
{
    private readonly BridgeParts _bridge;
    private readonly bool _isOnly;
    private readonly MasterMetrics _metrics = new();
    private readonly MasterLoop _loop;
    private readonly FigureBoard _figures;
    private readonly FrameworkController _frameworks;
    private readonly RoleController _roles;
    private readonly AgentController _agents;
    private readonly BridgeMetrics _bridgeMetrics;
    private readonly TaskDirectory _tasks = new();
    private readonly PodQueue _queue;
    private readonly ClusterObserver _observer;
    private readonly ClusterEffects _effects;
    private readonly FrameworkCatalog _catalog;
    private readonly LeftSecrets _leftSecrets;
    private readonly RunningParts _running;
    private readonly CancellationTokenSource _stoppingMaster = new();
    private readonly TaskCompletionSource _recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _master = Task.CompletedTask;

    /// <param name="kubernetes">Refuses to write when the leadership is lost.</param>
    /// <param name="isOnly">There is no other bridge, and the caches are as new as this process.</param>
    public Term(BridgeParts bridge, IKubernetes kubernetes, bool isOnly)
    {
        (_bridge, _isOnly) = (bridge, isOnly);
        var (options, clock, log) = (bridge.Options, bridge.Clock, bridge.Log);
        _running = new RunningParts(bridge.Fatal);
        Identity = MasterIdentity.Of(NewId(), bridge.Endpoint.Address, options);
        _loop = new MasterLoop(new MesosMaster(options.Master, Identity, bridge.Random()), bridge.Fatal, clock, _metrics);
        var catalog = new FrameworkCatalog(new FrameworkDefaults(options.Master.Admission, options.Namespace, options.DefaultImage, options.Fetcher)
        {
            Tolerations = options.Nodes.Tolerations,
            Extended = options.Nodes.Extended,
            Binding = options.Binding,
        });
        _figures = new FigureBoard(_loop, options.StatusInterval, clock);
        _frameworks = new FrameworkController(
            kubernetes, bridge.Caches.Frameworks, bridge.Credentials, catalog, _loop, bridge.Events, CustomResources.Json, _figures.Of, clock, bridge.Random(), log);
        _roles = new RoleController(
            kubernetes, bridge.Caches.Roles, _loop, bridge.Events, CustomResources.Json, _figures.OfRole, clock, bridge.Random(), log);
        var agents = new AgentDirectory();
        _agents = new AgentController(
            kubernetes,
            bridge.Caches.Nodes,
            bridge.Caches.Agents,
            agents,
            () => _figures.Latest,
            options.Agents,
            options.Nodes,
            CustomResources.Json,
            clock,
            new Backoff(options.FirstRetry, options.LongestRetry, bridge.Random()),
            log);
        var places = new PlaceLedger(clock);
        var worker = new PodWorker(
            kubernetes,
            _tasks,
            agents,
            catalog,
            new PodCompanions(kubernetes, catalog, Identity.Id),
            places,
            name => bridge.Caches.Nodes.Current.Find(null, name),
            _loop,
            bridge.Events,
            new PodSight(options.Patience, clock, log),
            clock,
            log);
        _queue = new PodQueue(worker, options.Parallelism, new Backoff(options.FirstRetry, options.LongestRetry, bridge.Random()), clock, log);
        var overrides = new AgentOverrides(bridge.Caches.Agents);
        _observer = new ClusterObserver(
            bridge.Caches.Nodes,
            bridge.Caches.Pods,
            new ClusterParts(kubernetes, _loop, _tasks, agents, places, catalog, _queue, bridge.Events, overrides),
            new ObserverSettings(options.Nodes, options.Patience, options.Master.MaxLossShare, options.Master.ReregistrationTimeout),
            clock,
            bridge.Random(),
            log);
        _leftSecrets = new LeftSecrets(kubernetes, Identity.Id, new Backoff(options.FirstRetry, options.LongestRetry, bridge.Random()), clock, log);
        _catalog = catalog;
        _effects = new ClusterEffects(_queue, _tasks, catalog);
        _bridgeMetrics = new BridgeMetrics(catalog);
    }

    /// <summary>What the master tells frameworks of itself.</summary>
    public MasterInfo Identity { get; }

    public IMasterInbox Inbox => _loop;

    /// <summary>Completes when the master knows everything that earlier ones have left.</summary>
    public Task Recovered => _recovered.Task;

    public void Start()
    {
        _queue.Start();
        _master = _loop.RunAsync(_bridge.Endpoint, _effects, _stoppingMaster.Token);
        _running.Start(_figures.RunAsync);
        _running.Start(RecoverAsync);
    }

    /// <summary>The master handles what it is given.</summary>
    /// <exception cref="OperationCanceledException">Not in time, or the term is over.</exception>
    public Task RespondAsync(CancellationToken ct) => _loop.PostAndWaitAsync(new MasterInput.Tick(), ct);

    /// <summary>Finishes what is under way, when no more calls come. Then dispose it.</summary>
    /// <returns>Whether nothing is left that was begun.</returns>
    public async Task<bool> HandOverAsync(TimeSpan atMost, CancellationToken lost)
    {
        using var deadline = new CancellationTokenSource(atMost, _bridge.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, lost);
        try
        {
            await RespondAsync(either.Token); // What was posted before may be launches that nobody has begun yet.
        }
        catch (Exception silent) when (silent is OperationCanceledException or ChannelClosedException)
        {
            return false;
        }

        await _frameworks.FlushAsync(either.Token);
        return await _queue.DrainAsync(either.Token);
    }

    /// <summary>Ends everything at once. What it had not done is done by the next master.</summary>
    public async ValueTask DisposeAsync()
    {
        await _running.DisposeAsync();
        await _queue.DisposeAsync();
        _observer.Dispose();
        _frameworks.Dispose();
        _roles.Dispose();
        await _stoppingMaster.CancelAsync();
        await _master;
        _recovered.TrySetCanceled();
        _metrics.Dispose();
        _bridgeMetrics.Dispose();
        _stoppingMaster.Dispose();
    }

    private async Task RecoverAsync(CancellationToken stop)
    {
        await Task.WhenAll(_bridge.Caches.WaitForSyncAsync(stop), _bridge.Credentials.WaitForSyncAsync(stop));
        if (!_isOnly)
        {
            await _bridge.Caches.CatchUpAsync(stop);
        }

        await _roles.RecoverAsync(stop);
        await _observer.RecoverAsync(await _frameworks.RecoverAsync(stop), stop);
        await _loop.SnapshotAsync(stop); // Whoever awaits the recovery finds the endpoint open.
        _bridge.Log.Serving();
        _recovered.TrySetResult();
        _running.Start(_observer.RunAsync);
        _running.Start(ended => _leftSecrets.SettleAsync([.. _tasks.All.Select(task => task.Pod)], [.. _catalog.Namespaces], ended));
        _running.Start(ended => _frameworks.RunAsync(_bridge.Options.StatusInterval, ended));
        _running.Start(ended => _roles.RunAsync(_bridge.Options.StatusInterval, ended));
        _running.Start(ended => _agents.RunAsync(_bridge.Options.StatusInterval, ended));
        _running.Start(new PodReaper(_tasks, _catalog, _queue, _bridge.Options.Retention, _bridge.Clock).RunAsync);
    }

    private static Guid NewId() => MesosUuid.OfRandom(RandomNumberGenerator.GetBytes(16));
}
