using System.Net;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Events;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Simulation.Audit;
using MesosK8sBridge.Simulation.Bugs;
using MesosK8sBridge.Simulation.Cluster;
using MesosK8sBridge.Simulation.Faults;
using MesosK8sBridge.Simulation.Time;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Simulation.Bridges;

/// <summary>
/// One life of a bridge, of the real parts: master and its loop, informers, observer, queue and worker, controller, reaper.
/// Only the HTTP endpoint and the way to the API server are made up.
/// </summary>
internal sealed class SimBridge
{
    private readonly Chronicle _chronicle;
    private readonly MasterMetrics _metrics = new();

    public SimBridge(World world, ApiServer server, Weather weather, Chronicle chronicle, Auditor auditor, PlantedBug? bug, int number, Random random)
    {
        _chronicle = chronicle;
        Number = number;
        Process = new VirtualProcess(world);
        Link = new Link(world, Process, server, weather, random) { Wrote = what => chronicle.Note($"bridge {number} {what}") };
        var clock = Process.Clock;
        var log = new StoryLog(chronicle, number);
        var options = Options();
        Master = new MesosMaster(options.Master, MasterIdentity.Of(random.Guid(), new IPEndPoint(IPAddress.Loopback, 5050), options), new Random(random.Next()));
        var loop = new MasterLoop(Master, new Fatal(chronicle, Process), clock, _metrics);
        var tap = new Tap(loop, auditor, bug, this);
        Front = new FrontEnd(world, Process, () => loop.IsRecovered, input => Complete(tap.PostAsync(input, CancellationToken.None)), random);
        Process.WhenDead(Die);

        var kubernetes = bug?.See(Link) ?? Link;
        var nodes = new Informer<V1Node>(kubernetes, new InformerOptions<V1Node>(), clock, new Random(random.Next()), log);
        var pods = new Informer<V1Pod>(kubernetes, ClusterObserver.PodInformer, clock, new Random(random.Next()), log);
        var resources = new Informer<V1Alpha1MesosFramework>(
            kubernetes, new InformerOptions<V1Alpha1MesosFramework>(), clock, new Random(random.Next()), log);
        var events = new EventRecorder(kubernetes, new EventRecorderOptions { Component = "mesos-bridge", Instance = "sim" }, clock, log);
        var catalog = new FrameworkCatalog(new FrameworkDefaults(options.Master.Admission, options.Namespace, options.DefaultImage));
        var controller = new FrameworkController(
            kubernetes, resources, catalog, tap, events, CustomResources.Json, _ => FrameworkFigures.None, clock, new Random(random.Next()), log);
        var (directory, agents) = (new TaskDirectory(), new AgentDirectory());
        var worker = new PodWorker(kubernetes, directory, agents, catalog, tap, events, options.Patience, clock, log);
        var queue = new PodQueue(
            worker, options.Parallelism, new Backoff(options.FirstRetry, options.LongestRetry, new Random(random.Next())), clock, log);
        var observer = new ClusterObserver(
            nodes,
            pods,
            new ClusterParts(kubernetes, tap, directory, agents, catalog, queue, events, _ => NodeOverrides.None),
            new ObserverSettings(options.Nodes, options.Patience, options.Master.MaxLossShare, options.Master.ReregistrationTimeout),
            clock,
            new Random(random.Next()),
            log);
        var cluster = new ClusterEffects(queue, directory, catalog);

        Process.Run(() =>
        {
            queue.Start();
            Run(_ => loop.RunAsync(tap.Around(Front), tap.Around(cluster), CancellationToken.None));
            Run(nodes.RunAsync);
            Run(pods.RunAsync);
            Run(resources.RunAsync);
            Run(async stop =>
            {
                while (!nodes.HasSynced || !pods.HasSynced || !resources.HasSynced)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(20), clock, stop);
                }

                await observer.RecoverAsync(await controller.RecoverAsync(stop), stop);
                Run(observer.RunAsync);
                Run(ended => controller.RunAsync(options.StatusInterval, ended));
                Run(ended => new PodReaper(directory, queue, options.Retention, clock).RunAsync(ended));
            });
        });
    }

    public int Number { get; }

    public VirtualProcess Process { get; }

    public Link Link { get; }

    public MesosMaster Master { get; }

    public FrontEnd Front { get; }

    /// <summary>As in a real bridge, but with less to do where nobody looks: rarer figures, fewer ports, Pods kept for a shorter time.</summary>
    private static BridgeOptions Options() => new()
    {
        Master = new MasterOptions { Admission = Admission.Open },
        Nodes = new NodeSettings { LastPort = 31_019 },
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

        public IEffectPerformer Around(IEffectPerformer performer) => new Performer(performer, auditor, bug, bridge);

        private sealed class Performer(IEffectPerformer inner, Auditor auditor, PlantedBug? bug, SimBridge bridge) : IEffectPerformer
        {
            public void Perform(MasterEffect effect)
            {
                if (bug is null)
                {
                    auditor.Done(bridge, effect);
                    inner.Perform(effect);
                    return;
                }

                foreach (var instead in bug.Do(effect).ToList())
                {
                    auditor.Done(bridge, instead);
                    inner.Perform(instead);
                }
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
