using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Tests.Bridge;

public sealed class EmbeddedLeadershipTests(EmbeddedTestCluster cluster) : LeadershipTests(cluster), IClassFixture<EmbeddedTestCluster>
{
    [Fact]
    public async Task A_standby_answers_as_a_standby_Mesos_master_does()
    {
        var leader = await LeaderAsync();
        var standby = await StandbyAsync();
        var at = $"127.0.0.1:{leader.Host.Address.Port}";

        Assert.Equal(
            $"HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\nLocation: //{at}/master/api/v1/scheduler\r\n\r\n",
            await AskAsync(standby, "POST /api/v1/scheduler HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"));
        Assert.Equal(
            $"HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\nLocation: //{at}/master/api/v1/scheduler?a=b\r\n\r\n",
            await AskAsync(standby, "POST /master/api/v1/scheduler?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
        foreach (var path in new[] { "/redirect", "/master/redirect" })
        {
            foreach (var bridge in new[] { standby, leader })
            {
                Assert.Equal(
                    $"HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\nLocation: //{at}\r\n\r\n",
                    await AskAsync(bridge, $"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
            }
        }

        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", await AskAsync(standby, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"));
        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", await AskAsync(standby, "GET /master/health HTTP/1.1\r\nHost: x\r\n\r\n"));
    }

    [Fact]
    public async Task A_standby_is_as_ready_and_alive_as_the_leader_and_one_that_knows_nothing_yet_is_alive_only()
    {
        var leader = await LeaderAsync();
        var standby = await StandbyAsync();
        var blind = await StartAsync(isDown: true);

        foreach (var bridge in new[] { leader, standby })
        {
            Assert.Equal((HttpStatusCode.OK, "ok\n"), await ProbeAsync(bridge, "/readyz"));
            Assert.Equal((HttpStatusCode.OK, "ok\n"), await ProbeAsync(bridge, "/livez"));
        }

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not listed yet: nodes, pods, mesosframeworks, mesosroles, mesosagents\n"), await ProbeAsync(blind, "/readyz"));
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await ProbeAsync(blind, "/livez"));
        Assert.Equal((HttpStatusCode.NotFound, "not found\n"), await ProbeAsync(leader, "/"));
    }

    [Fact]
    public async Task Where_nobody_is_known_to_lead_the_answer_is_that_there_is_no_leader()
    {
        await CreateLeaseAsync(holder: "somebody who does not say where");
        var standby = await StandbyAsync();

        Assert.Equal(
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 17\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nNo leader elected",
            await AskAsync(standby, "POST /api/v1/scheduler HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 503 ", await AskAsync(standby, "GET /redirect HTTP/1.1\r\nHost: x\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(standby, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_leader_cut_off_from_its_lease_stops_writing_before_another_leads()
    {
        var (first, second) = (await LeaderAsync(), await StandbyAsync());
        await using var scheduler = await SubscribeAsync(first);
        await LaunchAndRunAsync(scheduler, "one");

        first.Kubernetes.HasNoLeases = true; // Pods it could still write.
        var writing = KeepLaunchingAsync(scheduler);
        await second.Host.Recovered.WaitAsync(Deadline);
        var took = TimeProvider.System.GetTimestamp();
        await writing;

        Assert.False(first.Host.IsLeading);
        Assert.True(first.Kubernetes.LastWrite > 0);
        Assert.InRange(TimeProvider.System.GetElapsedTime(first.Kubernetes.LastWrite, took), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30));
        var last = first.Kubernetes.LastWrite;
        await using var again = await SubscribeAsync(second, scheduler.Id);
        Assert.Equal(TaskState.TaskRunning, (await ReconcileAsync(again, "one")).State);
        Assert.Equal(last, first.Kubernetes.LastWrite);
    }

    [Fact]
    public async Task A_leader_that_lost_its_lease_may_lead_again_as_another_master()
    {
        var first = await LeaderAsync();
        await using var scheduler = await SubscribeAsync(first);
        await LaunchAndRunAsync(scheduler, "one");

        first.Kubernetes.HasNoLeases = true;
        await UntilAsync(() => Task.FromResult(!first.Host.IsLeading));
        var closed = await Assert.ThrowsAnyAsync<Exception>(() => scheduler.NextAsync(_ => false));
        var idle = await AskAsync(first, "POST /api/v1/scheduler HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        first.Kubernetes.HasNoLeases = false;
        await using var again = await SubscribeAsync(first, scheduler.Id);

        Assert.IsType<System.Threading.Channels.ChannelClosedException>(closed);
        Assert.EndsWith("No leader elected", idle, StringComparison.Ordinal);
        Assert.NotEqual(scheduler.Master.Id, again.Master.Id);
        Assert.Equal(TaskState.TaskRunning, (await ReconcileAsync(again, "one")).State);
    }

    [Fact]
    public async Task A_new_leader_knows_the_Pods_that_its_watch_has_not_brought_yet()
    {
        var (first, second) = (await LeaderAsync(), await StandbyAsync());
        await using var scheduler = await SubscribeAsync(first);
        second.Kubernetes.Held = new TaskCompletionSource();
        await LaunchAndRunAsync(scheduler, "one");

        await first.Host.DisposeAsync();
        await second.Host.Recovered.WaitAsync(Deadline);
        await using var again = await SubscribeAsync(second, scheduler.Id);
        var known = await ReconcileAsync(again, "one");

        Assert.Equal((TaskState.TaskRunning, "Reconciliation: Latest task state"), (known.State, known.Message));
    }

    [Fact]
    public async Task A_Pod_that_the_last_leader_had_sent_for_and_that_comes_late_is_found()
    {
        var (first, second) = (await LeaderAsync(), await StandbyAsync());
        await using var scheduler = await SubscribeAsync(first);
        var underWay = first.Kubernetes.CreationsUnderWay = new TaskCompletionSource();
        var offer = await scheduler.OfferAsync();
        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        await UntilAsync(() => Task.FromResult(first.Kubernetes.IsCreating));

        first.Kubernetes.IsDown = true;
        await second.Host.Recovered.WaitAsync(Deadline);
        await using var again = await SubscribeAsync(second, scheduler.Id);
        Assert.Equal(TaskState.TaskLost, (await ReconcileAsync(again, "one")).State);
        underWay.SetResult();
        var pod = await Kubelet.PodAsync();
        await Kubelet.RunAsync(pod);

        await again.NextAsync(e => e is { Type: Event.Types.Type.Update, Update.Status.State: TaskState.TaskStarting or TaskState.TaskRunning });
        await again.KillAsync("one");
        await UntilAsync(async () => (await GetAsync(pod))!.IsDeleting());
    }
}

[Collection(nameof(RealTestCluster))]
public sealed class RealLeadershipTests(RealTestCluster cluster) : LeadershipTests(cluster);

/// <summary>Several whole bridges in front of one API server.</summary>
public abstract partial class LeadershipTests(TestCluster cluster) : IAsyncLifetime
{
    private static int _serial;

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(90));
    private readonly string _name = $"l{System.Environment.ProcessId}-{Interlocked.Increment(ref _serial)}";
    private readonly List<Replica> _replicas = [];

    private protected CancellationToken Deadline => _timeout.Token;

    private protected FakeKubelet Kubelet { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await cluster.Kubernetes.CreateAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = _name } }, Deadline);
        await cluster.Kubernetes.CreateAsync(
            new V1Alpha1MesosFramework
            {
                Metadata = new V1ObjectMeta { Name = _name, NamespaceProperty = _name },
                Spec = new V1Alpha1MesosFrameworkSpec { DefaultImage = "busybox:local" },
            },
            Deadline);
        Kubelet = new FakeKubelet(cluster.Kubernetes, $"{_name}-node", Deadline);
        await Kubelet.RegisterAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Kubelet is not null)
        {
            foreach (var replica in _replicas)
            {
                replica.Kubernetes.IsDown = true; // Nobody has time for good manners.
                await replica.Host.DisposeAsync();
            }

            await Kubelet.DisposeAsync();
        }

        _timeout.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Tasks_survive_a_hand_over_and_a_crash_and_the_framework_finds_the_next_leader()
    {
        var first = await LeaderAsync();
        var others = new[] { await StandbyAsync(), await StandbyAsync() };
        await using var scheduler = await SubscribeAsync(first);
        var pod = await LaunchAndRunAsync(scheduler, "one");

        var began = TimeProvider.System.GetTimestamp();
        await first.Host.DisposeAsync();
        var next = await NextAsync(others);
        await using var again = await SubscribeAsync(next, scheduler.Id);
        var handedOver = TimeProvider.System.GetElapsedTime(began);
        Assert.Equal(TaskState.TaskRunning, (await ReconcileAsync(again, "one")).State);
        Assert.Equal((scheduler.Id, true), (again.Id, again.Master.Id != scheduler.Master.Id));
        Assert.InRange(handedOver, TimeSpan.Zero, TimeSpan.FromSeconds(7.5)); // Less than the lease lasts: it was given back.

        next.Kubernetes.IsDown = true;
        var last = await NextAsync(others.Except([next]));
        await Kubelet.ExitAsync(pod, 0);
        await using var reborn = await SubscribeAsync(last, scheduler.Id);
        var states = new List<TaskState>();
        while (states is not [.., TaskState.TaskFinished])
        {
            states.Add((await reborn.AcknowledgedAsync()).State);
        }

        await UntilAsync(async () => !(await GetAsync(pod))!.HasFinalizer(TaskMarks.Finalizer));
        Assert.Equal(2, (await cluster.Kubernetes.GetAsync<V1Lease>("mesos-bridge", _name, Deadline)).Spec!.LeaseTransitions);
    }

    // ---- steps ----

    private protected async Task<Replica> LeaderAsync()
    {
        var replica = await StartAsync();
        await replica.Host.Recovered.WaitAsync(Deadline);
        return replica;
    }

    private protected async Task<Replica> StandbyAsync()
    {
        var replica = await StartAsync();
        await UntilAsync(() => Task.FromResult(replica.Host.IsReady));
        Assert.False(replica.Host.IsLeading);
        return replica;
    }

    private protected async Task<(HttpStatusCode, string)> ProbeAsync(Replica replica, string path)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"http://{replica.Host.ProbeAddress}{path}"), Deadline);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Deadline));
    }

    private protected async Task<Replica> StartAsync(bool isDown = false)
    {
        var kubernetes = new UnsteadyKubernetes(cluster.Kubernetes) { IsDown = isDown };
        var host = await BridgeHost.StartAsync(
            kubernetes,
            new BridgeOptions
            {
                Listener = new ListenerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) },
                Master = new MasterOptions { AllocationInterval = TimeSpan.FromMilliseconds(50) },
                Namespace = _name,
                FirstRetry = TimeSpan.FromMilliseconds(20),
                LongestRetry = TimeSpan.FromMilliseconds(100),
                StatusInterval = TimeSpan.FromMilliseconds(100),
                StopTimeout = TimeSpan.FromSeconds(1),
                ProbeListen = new IPEndPoint(IPAddress.Loopback, 0),
                Instance = $"replica-{_replicas.Count}",
                Leadership = new LeadershipSettings
                {
                    Namespace = _name,
                    LeaseDuration = TimeSpan.FromSeconds(8),
                    RenewDeadline = TimeSpan.FromSeconds(4),
                    RetryPeriod = TimeSpan.FromMilliseconds(500),
                    Farewell = TimeSpan.FromMilliseconds(100),
                },
            },
            TimeProvider.System,
            NullLoggerFactory.Instance,
            cancellationToken: Deadline);
        var replica = new Replica(host, kubernetes);
        _replicas.Add(replica);
        return replica;
    }

    private protected async Task<Replica> NextAsync(IEnumerable<Replica> replicas)
    {
        var first = await Task.WhenAny(replicas.Select(async replica =>
        {
            await replica.Host.Recovered.WaitAsync(Deadline);
            return replica;
        }));
        return await first;
    }

    /// <summary>Again until the declaration has reached it.</summary>
    private protected async Task<TestScheduler> SubscribeAsync(Replica replica, FrameworkID? id = null)
    {
        while (true)
        {
            try
            {
                var framework = new FrameworkInfo { User = "nobody", Name = _name, FailoverTimeout = 3600 };
                framework.Id = id;
                return await TestScheduler.SubscribeAsync(replica.Host.Address, framework, Deadline);
            }
            catch (Exception notYet) when (notYet is SchedulerException or InvalidOperationException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Deadline);
            }
        }
    }

    private protected async Task<V1Pod> LaunchAndRunAsync(TestScheduler scheduler, string task)
    {
        var offer = await scheduler.OfferAsync();
        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, task));
        var pod = await Kubelet.PodAsync(each => each.GetAnnotation(TaskMarks.TaskId) == task);
        await Kubelet.RunAsync(pod);
        Assert.Equal(TaskState.TaskStarting, (await scheduler.AcknowledgedAsync()).State);
        Assert.Equal(TaskState.TaskRunning, (await scheduler.AcknowledgedAsync()).State);
        return pod;
    }

    /// <summary>One task after another, until the stream ends.</summary>
    private protected static async Task KeepLaunchingAsync(TestScheduler scheduler)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var offer = await scheduler.OfferAsync();
                var task = TestScheduler.Task(offer, $"more-{i}");
                task.Resources[0].Scalar.Value = 0.01;
                task.Resources[1].Scalar.Value = 1;
                await scheduler.LaunchAsync(offer, task);
            }
        }
        catch (Exception over) when (over is System.Threading.Channels.ChannelClosedException or SchedulerException or IOException or HttpRequestException)
        {
            // As expected.
        }
    }

    private protected static async Task<Protocol.V1.TaskStatus> ReconcileAsync(TestScheduler scheduler, string task)
    {
        await scheduler.SendAsync(new Call
        {
            FrameworkId = scheduler.Id,
            Type = Call.Types.Type.Reconcile,
            Reconcile = new() { Tasks = { new Call.Types.Reconcile.Types.Task { TaskId = new TaskID { Value = task } } } },
        });
        return (await scheduler.NextAsync(e => e is { Type: Event.Types.Type.Update, Update.Status.Reason: Reason.Reconciliation })).Update.Status;
    }

    private protected Task CreateLeaseAsync(string holder) => cluster.Kubernetes.CreateAsync(
        new V1Lease
        {
            Metadata = new V1ObjectMeta { Name = "mesos-bridge", NamespaceProperty = _name },
            Spec = new V1LeaseSpec { HolderIdentity = holder, LeaseDurationSeconds = 600, AcquireTime = DateTimeOffset.UnixEpoch, RenewTime = DateTimeOffset.UnixEpoch },
        },
        Deadline);

    /// <summary>One request, and the whole answer but for its date.</summary>
    private protected async Task<string> AskAsync(Replica replica, string request)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(replica.Host.Address, Deadline);
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal)), Deadline);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return Date().Replace(await reader.ReadToEndAsync(Deadline), "");
    }

    private protected async Task<V1Pod?> GetAsync(V1Pod pod)
    {
        try
        {
            return await cluster.Kubernetes.GetAsync<V1Pod>(pod.Name(), _name, Deadline);
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

    [GeneratedRegex("(Date: [^\r]*|Connection: close)\r\n")]
    private static partial Regex Date();

    private protected sealed record Replica(BridgeHost Host, UnsteadyKubernetes Kubernetes);
}
