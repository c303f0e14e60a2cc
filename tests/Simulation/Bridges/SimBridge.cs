using System.Net;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Events;
using MesosK8sBridge.Operator.Agents;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Credentials;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Simulation.Audit;
using MesosK8sBridge.Simulation.Bugs;
using MesosK8sBridge.Simulation.Cluster;
using MesosK8sBridge.Simulation.Faults;
using MesosK8sBridge.Simulation.Time;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Simulation.Bridges;

/// <summary>
/// One process of the bridge, of the real parts: caches from its start on, and once it leads a term of master and loop, observer,
/// queue and worker, controller, reaper. Only the HTTP endpoint, the way to the API server and the lease are made up.
/// </summary>
internal sealed class SimBridge
{
    private readonly Chronicle _chronicle;
    private readonly Auditor _auditor;
    private readonly PlantedBug? _bug;
    private readonly Random _random;
    private readonly StoryLog _log;
    private readonly IKubernetes _kubernetes;
    private readonly ClusterCaches _caches;
    private readonly MasterMetrics _metrics = new();
    private MasterLoop? _loop;
    private Tap? _tap;

    public SimBridge(World world, ApiServer server, Weather weather, Chronicle chronicle, Auditor auditor, PlantedBug? bug, int number, Random random)
    {
        (_chronicle, _auditor, _bug, _random, Number) = (chronicle, auditor, bug, random, number);
        Process = new VirtualProcess(world);
        Link = new Link(world, Process, server, weather, random) { Wrote = what => chronicle.Note($"bridge {number} {what}") };
        Front = new FrontEnd(world, Process, () => _loop is { IsRecovered: true }, input => Complete(_tap!.PostAsync(input, CancellationToken.None)), random);
        Process.WhenDead(Die);
        _log = new StoryLog(chronicle, number);
        _kubernetes = bug?.See(Link) ?? Link;
        _caches = new ClusterCaches(_kubernetes, Process.Clock, NewRandom, _log);
        Process.Run(() =>
        {
            Run(_caches.Nodes.RunAsync);
            Run(_caches.Pods.RunAsync);
            Run(_caches.Frameworks.RunAsync);
        });
    }

    public int Number { get; }

    public VirtualProcess Process { get; }

    public Link Link { get; }

    /// <summary>Null as long as it has never led.</summary>
    public MesosMaster? Master { get; private set; }

    public FrontEnd Front { get; }

    /// <summary>As <see cref="Term"/> does, with all of chance from the run's seed.</summary>
    /// <param name="isOnly">It has only just started, and its caches are as new as it is.</param>
    public void Lead(bool isOnly) => Process.Run(() =>
    {
        var (clock, options) = (Process.Clock, Options());
        var identity = MasterIdentity.Of(_random.Guid(), new IPEndPoint(IPAddress.Loopback, 5050), options);
        Master = new MesosMaster(options.Master, identity, NewRandom());
        var loop = _loop = new MasterLoop(Master, new Fatal(_chronicle, Process), clock, _metrics);
        var tap = _tap = new Tap(loop, _auditor, _bug, this);
        var events = new EventRecorder(_kubernetes, new EventRecorderOptions { Component = "mesos-bridge", Instance = "sim" }, clock, _log);
        var catalog = new FrameworkCatalog(new FrameworkDefaults(options.Master.Admission, options.Namespace, options.DefaultImage));
        var credentials = new CredentialWatch(_kubernetes, _caches.Frameworks, options.Credentials, clock, NewRandom(), _log);
        var controller = new FrameworkController(
            _kubernetes, _caches.Frameworks, credentials, catalog, tap, events, CustomResources.Json, _ => FrameworkFigures.None, clock, NewRandom(), _log);
        var (directory, agents) = (new TaskDirectory(), new AgentDirectory());
        var places = new PlaceLedger(clock);
        var worker = new PodWorker(
            _kubernetes,
            directory,
            agents,
            catalog,
            new PodCompanions(_kubernetes, catalog, identity.Id),
            places,
            name => _caches.Nodes.Current.Find(null, name),
            tap,
            events,
            new PodSight(options.Patience, clock, _log),
            clock,
            _log);
        var queue = new PodQueue(worker, options.Parallelism, new Backoff(options.FirstRetry, options.LongestRetry, NewRandom()), clock, _log);
        var observer = new ClusterObserver(
            _caches.Nodes,
            _caches.Pods,
            new ClusterParts(_kubernetes, tap, directory, agents, places, catalog, queue, events, new AgentOverrides(_caches.Agents)),
            new ObserverSettings(options.Nodes, options.Patience, options.Master.MaxLossShare, options.Master.ReregistrationTimeout),
            clock,
            NewRandom(),
            _log);
        queue.Start();
        var performer = tap.Around(Front, new ClusterEffects(queue, directory, catalog));
        Run(_ => loop.RunAsync(performer, performer, CancellationToken.None));
        Run(async stop =>
        {
            await _caches.Nodes.WaitForSyncAsync(stop); // One by one: together they would be waited for in the thread pool.
            await _caches.Pods.WaitForSyncAsync(stop);
            await _caches.Frameworks.WaitForSyncAsync(stop);
            if (!isOnly)
            {
                await _caches.CatchUpAsync(stop);
            }

            await observer.RecoverAsync(await controller.RecoverAsync(stop), stop);
            Run(observer.RunAsync);
            Run(ended => controller.RunAsync(options.StatusInterval, ended));
            Run(ended => new PodReaper(directory, catalog, queue, options.Retention, clock).RunAsync(ended));
        });
    });

    private Random NewRandom() => new(_random.Next());

    /// <summary>As in a real bridge, but with less to do where nobody looks: rarer figures, fewer ports, Pods kept for a shorter time.</summary>
    private static BridgeOptions Options() => new()
    {
        Master = new MasterOptions { Admission = Admission.Open },
        Nodes = new NodeSettings { Ports = RangeSet.Of(31_000, 31_019) },
        DefaultImage = "busybox",
        Parallelism = 8,
        StatusInterval = TimeSpan.FromMinutes(10),
        Retention = new RetentionSettings { Time = TimeSpan.FromMinutes(3), Most = 20, Interval = TimeSpan.FromSeconds(60) },
    };

    private static void Complete(ValueTask posted)
    {
        if (!posted.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("The inbox of the master is full: the simulation goes too fast for it.");
        }
    }

    private void Run(Func<CancellationToken, Task> part) => _ = GuardAsync(part);

    private async Task GuardAsync(Func<CancellationToken, Task> part)
    {
        try
        {
            await part(CancellationToken.None);
        }
#pragma warning disable CA1031 // Whatever ends a part of the bridge is what we look for.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _chronicle.Violated("no part of the bridge fails", fault.ToString());
            Process.Kill();
        }
    }

    private void Die()
    {
        Link.CutWatches();
        Front.Die();
        _metrics.Dispose();
    }

    private sealed class Fatal(Chronicle chronicle, VirtualProcess process) : IFatalErrors
    {
        public void End(string what, Exception fault)
        {
            chronicle.Violated("the master never fails", $"{what}: {fault}");
            process.Kill();
        }
    }

    /// <summary>Where everything passes by on its way into and out of the master.</summary>
    private sealed class Tap(MasterLoop loop, Auditor auditor, PlantedBug? bug, SimBridge bridge) : IMasterInbox
    {
        public bool IsRecovered => loop.IsRecovered;

        public ValueTask PostAsync(MasterInput input, CancellationToken ct)
        {
            auditor.Heard(bridge, input);
            if (bug is null)
            {
                return loop.PostAsync(input, ct);
            }

            foreach (var instead in bug.Hear(input).ToList())
            {
                Complete(loop.PostAsync(instead, ct));
            }

            return ValueTask.CompletedTask;
        }

        public IEffectPerformer Around(IEffectPerformer frameworks, IEffectPerformer cluster) => new Performer(frameworks, cluster, auditor, bug, bridge);

        private sealed class Performer(IEffectPerformer frameworks, IEffectPerformer cluster, Auditor auditor, PlantedBug? bug, SimBridge bridge)
            : IEffectPerformer
        {
            public void Perform(MasterEffect effect)
            {
                if (bug is null)
                {
                    Pass(effect);
                    return;
                }

                foreach (var instead in bug.Do(effect).ToList())
                {
                    Pass(instead);
                }
            }

            private void Pass(MasterEffect effect)
            {
                auditor.Done(bridge, effect);
                (effect is MasterEffect.Answer or MasterEffect.Send or MasterEffect.CloseStream ? frameworks : cluster).Perform(effect);
            }
        }
    }

    /// <summary>What the bridge itself logs is part of a story.</summary>
    private sealed class StoryLog(Chronicle chronicle, int number) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => chronicle.KeepsLines && logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                chronicle.Remark($"bridge {number} logs: {formatter(state, exception)}");
            }
        }
    }
}
