using System.Net;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Tests.Bridge;

/// <summary>A whole bridge in front of an API server, a node whose kubelet the test plays, and what a test does with them.</summary>
public abstract class BridgeTest(TestCluster cluster) : IAsyncLifetime
{
    private static int _serial;

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(90));
    private readonly List<BridgeHost> _bridges = [];

    /// <summary>The API server, as it is.</summary>
    private protected IKubernetes Kubernetes => cluster.Kubernetes;

    /// <summary>The API server, as the bridge sees it.</summary>
    private protected UnsteadyKubernetes Unsteady { get; private set; } = null!;

    private protected FakeKubelet Kubelet { get; private set; } = null!;

    /// <summary>Of the framework, its resource and its namespace: no other test's.</summary>
    private protected string Name { get; } = $"t{System.Environment.ProcessId}-{Interlocked.Increment(ref _serial)}";

    private protected CancellationToken Deadline => _timeout.Token;

    private protected FrameworkInfo Framework => new() { User = "nobody", Name = Name, FailoverTimeout = 3600 };

    public async ValueTask InitializeAsync()
    {
        Unsteady = new UnsteadyKubernetes(cluster.Kubernetes);
        await Kubernetes.CreateAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = Name } }, Deadline);
        Kubelet = new FakeKubelet(cluster.Kubernetes, $"{Name}-node", Deadline);
        await Kubelet.RegisterAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Kubelet is not null)
        {
            foreach (var bridge in _bridges)
            {
                await bridge.DisposeAsync();
            }

            await CleanAsync();
            await Kubelet.DisposeAsync();
        }

        _timeout.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <param name="change">To the options that suit tests.</param>
    private protected async Task<BridgeHost> StartAsync(
        Admission admission = Admission.Declared, TimeSpan? unreachableAfter = null, Func<BridgeOptions, BridgeOptions>? change = null)
    {
        var options = new BridgeOptions
        {
            Listener = new ListenerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) },
            Master = new MasterOptions { Admission = admission, AllocationInterval = TimeSpan.FromMilliseconds(50) },
            Nodes = new NodeSettings { UnreachableAfter = unreachableAfter ?? TimeSpan.FromSeconds(75) },
            Namespace = Name,
            FirstRetry = TimeSpan.FromMilliseconds(20),
            LongestRetry = TimeSpan.FromMilliseconds(100),
            StatusInterval = TimeSpan.FromMilliseconds(100),
        };
        var bridge = await BridgeHost.StartAsync(
            Unsteady,
            change?.Invoke(options) ?? options,
            TimeProvider.System,
            NullLoggerFactory.Instance,
            cancellationToken: Deadline);
        _bridges.Add(bridge);
        return bridge;
    }

    private protected Task DeclareAsync(string? removalPolicy = null, Action<V1Alpha1MesosFrameworkSpec>? change = null)
    {
        var spec = new V1Alpha1MesosFrameworkSpec { DefaultImage = "busybox:local", RemovalPolicy = removalPolicy };
        change?.Invoke(spec);
        return Kubernetes.CreateAsync(new V1Alpha1MesosFramework { Metadata = new V1ObjectMeta { Name = Name, NamespaceProperty = Name }, Spec = spec }, Deadline);
    }

    /// <summary>Ends the bridges that were started so far.</summary>
    private protected async Task StopAsync()
    {
        foreach (var bridge in _bridges)
        {
            await bridge.DisposeAsync();
        }
    }

    /// <summary>As real frameworks do: again until the master has recovered and the declaration has reached it.</summary>
    private protected async Task<TestScheduler> SubscribeAsync(BridgeHost bridge, FrameworkInfo framework)
    {
        await bridge.Recovered.WaitAsync(Deadline);
        while (true)
        {
            try
            {
                return await TestScheduler.SubscribeAsync(bridge.Address, framework, Deadline);
            }
            catch (InvalidOperationException notYet) when (notYet.Message.StartsWith("Not authorized", StringComparison.Ordinal))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Deadline);
            }
        }
    }

    /// <summary>A bridge, and on it the declared framework.</summary>
    private protected async Task<TestScheduler> SubscribeAsync()
    {
        var bridge = await StartAsync();
        await DeclareAsync();
        return await SubscribeAsync(bridge, Framework);
    }

    /// <summary>A task that runs, launched through a bridge that is no more.</summary>
    private protected async Task<(FrameworkInfo Framework, V1Pod Pod)> LaunchInAnEarlierLifeAsync(string task)
    {
        var bridge = await StartAsync();
        await DeclareAsync();
        var framework = Framework;
        V1Pod pod;
        await using (var scheduler = await SubscribeAsync(bridge, framework))
        {
            framework.Id = scheduler.Id;
            pod = await LaunchAndRunAsync(scheduler, task);
            await UntilAsync(async () => (await ResourceAsync(Name))?.Status?.Registrations is { Count: 1 });
        }

        await bridge.DisposeAsync();
        return (framework, pod);
    }

    private protected async Task<V1Pod> LaunchAndRunAsync(TestScheduler scheduler, string task)
    {
        var offer = await scheduler.OfferAsync();
        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, task));
        var pod = await Kubelet.PodAsync();
        await Kubelet.RunAsync(pod);
        Assert.Equal(TaskState.TaskStarting, (await scheduler.AcknowledgedAsync()).State);
        Assert.Equal(TaskState.TaskRunning, (await scheduler.AcknowledgedAsync()).State);
        return pod;
    }

    private protected async Task<V1Pod?> GetAsync(V1Pod pod) => await FindAsync<V1Pod>(pod.Name());

    private protected Task<V1Alpha1MesosFramework?> ResourceAsync(string name) => FindAsync<V1Alpha1MesosFramework>(name);

    private protected async Task<T?> FindAsync<T>(string name)
        where T : class, IKubernetesObject
    {
        try
        {
            return await Kubernetes.GetAsync<T>(name, Name, Deadline);
        }
        catch (KubernetesException gone) when (gone.IsNotFound)
        {
            return null;
        }
    }

    private protected async Task UntilAsync(Func<Task<bool>> holds)
    {
        while (!await holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Deadline);
        }
    }

    /// <summary>Other tests of this server must not find our Pods.</summary>
    private async Task CleanAsync()
    {
        foreach (var pod in (await Kubernetes.ListAsync<V1Pod>(Name)).Items)
        {
            await Kubernetes.PatchAsync<V1Pod>(
                V1Patch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } }), pod.Name(), Name);
            try
            {
                await Kubernetes.DeleteAsync<V1Pod>(pod.Name(), Name, new V1DeleteOptions { GracePeriodSeconds = 0 });
            }
            catch (KubernetesException gone) when (gone.IsNotFound)
            {
                // It was only waiting for its finalizer.
            }
        }

        if (await Kubernetes.ListAsync<V1Alpha1MesosFramework>(Name) is { Items: [var resource, ..] })
        {
            await Kubernetes.PatchAsync<V1Alpha1MesosFramework>(
                V1Patch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } }), resource.Name(), Name);
            try
            {
                await Kubernetes.DeleteAsync<V1Alpha1MesosFramework>(resource.Name(), Name);
            }
            catch (KubernetesException gone) when (gone.IsNotFound)
            {
                // It was only waiting for its finalizer.
            }
        }
    }
}
