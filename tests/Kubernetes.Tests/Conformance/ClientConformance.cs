using System.Net.NetworkInformation;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Events;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Leases;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Kubernetes.Tests.Conformance;

public sealed class EmbeddedClient(EmbeddedServer server) : ClientConformance(server);

public sealed class RealClient(RealApiServer server) : ClientConformance(server);

/// <summary>Our own client against an API server.</summary>
public abstract class ClientConformance(ApiServerFixture server) : IAsyncLifetime
{
    private CancellationToken Deadline { get; } = new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    private readonly string _namespace = $"client-{Environment.ProcessId}-{TimeProvider.System.GetTimestamp() % 1_000_000_000}";

    private KubernetesClient? _client;

    private Uri? _server;

    private KubernetesClient Client => _client!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(server.SkipReason is not null, server.SkipReason ?? "");
        var configuration = KubernetesClientConfiguration.Load((await server.AccessAsync()).Kubeconfig);
        _server = configuration.Server;
        _client = new(configuration);
        await _client.CreateAsync(new V1Namespace { Metadata = new() { Name = _namespace } }, Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DeleteAsync<V1Namespace>(_namespace, cancellationToken: CancellationToken.None);
            _client.Dispose();
        }
    }

    [Fact]
    public async Task An_object_is_made_read_changed_and_deleted()
    {
        var made = await Client.CreateAsync(Config("a", "1"), Deadline);
        var read = await Client.GetAsync<V1ConfigMap>("a", _namespace, Deadline);
        read.Data!["k"] = "2";
        var changed = await Client.ReplaceAsync(read, Deadline);

        Assert.Equal("1", made.Data!["k"]);
        Assert.Equal("2", changed.Data!["k"]);
        Assert.Equal(made.Metadata.Uid, changed.Metadata.Uid);

        made.Data["k"] = "3";
        var stale = await Assert.ThrowsAsync<KubernetesException>(() => Client.ReplaceAsync(made, Deadline));
        var taken = await Assert.ThrowsAsync<KubernetesException>(() => Client.CreateAsync(Config("a", "1"), Deadline));
        Assert.True(stale is { IsConflict: true, IsAlreadyExists: false, IsTransient: false });
        Assert.True(taken is { IsAlreadyExists: true, IsConflict: false });
        Assert.Equal("a", taken.Details!.Name);

        var other = new V1DeleteOptions { Preconditions = new() { Uid = "00000000-0000-0000-0000-000000000000" } };
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => Client.DeleteAsync<V1ConfigMap>("a", _namespace, other, Deadline))).IsConflict);
        await Client.DeleteAsync<V1ConfigMap>("a", _namespace, cancellationToken: Deadline);
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => Client.GetAsync<V1ConfigMap>("a", _namespace, Deadline))).IsNotFound);
    }

    [Fact]
    public async Task All_four_patches_are_understood()
    {
        await Client.CreateAsync(Config("p", "1"), Deadline);

        var merged = await Client.PatchAsync<V1ConfigMap>(V1Patch.Merge(new() { ["data"] = new JsonObject { ["m"] = "1" } }), "p", _namespace, cancellationToken: Deadline);
        var replaced = await Client.PatchAsync<V1ConfigMap>(
            V1Patch.Json([new JsonObject { ["op"] = "remove", ["path"] = "/data/k" }]), "p", _namespace, cancellationToken: Deadline);
        var strategic = await Client.PatchAsync<V1ConfigMap>(
            V1Patch.Strategic(new() { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["s"] = "1" } } }), "p", _namespace, cancellationToken: Deadline);
        var applied = await Client.PatchAsync<V1ConfigMap>(V1Patch.Apply(Config("p", "9"), "tests", force: true), "p", _namespace, cancellationToken: Deadline);

        Assert.Equal("1", merged.Data!["m"]);
        Assert.False(replaced.Data!.ContainsKey("k"));
        Assert.Equal("1", strategic.GetLabel("s"));
        Assert.Equal("9", applied.Data!["k"]);
        Assert.Contains(applied.Metadata.ManagedFields!, f => f is { Manager: "tests", Operation: "Apply" });

        var second = V1Patch.Apply(Config("p", "10"), "others");
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(
            () => Client.PatchAsync<V1ConfigMap>(second, "p", _namespace, cancellationToken: Deadline))).IsConflict);
    }

    [Fact]
    public async Task A_list_comes_in_pages()
    {
        for (var i = 0; i < 5; i++)
        {
            await Client.CreateAsync(Config($"l{i}", "1"), Deadline);
        }

        var page = await Client.ListAsync<V1ConfigMap>(_namespace, new() { Limit = 2, LabelSelector = "app=x" }, Deadline);
        var all = await Client.ListAllAsync<V1ConfigMap>(_namespace, new() { Limit = 2, LabelSelector = "app=x" }, Deadline);

        Assert.Equal(2, page.Items.Count);
        Assert.NotEmpty(page.Metadata.Continue!);
        Assert.Equal(["l0", "l1", "l2", "l3", "l4"], all.Items.Select(i => i.Name()));
        Assert.All(all.Items, i => Assert.Equal("ConfigMap", i.Kind));
    }

    [Fact]
    public async Task A_watch_tells_what_happened_after_a_list()
    {
        var list = await Client.ListAsync<V1ConfigMap>(_namespace, cancellationToken: Deadline);
        var options = new ListOptions { ResourceVersion = list.Metadata.ResourceVersion, AllowWatchBookmarks = true, Timeout = TimeSpan.FromSeconds(3) };
        var made = await Client.CreateAsync(Config("w", "1"), Deadline);
        made.Data!["k"] = "2";
        await Client.ReplaceAsync(made, Deadline);
        await Client.DeleteAsync<V1ConfigMap>("w", _namespace, cancellationToken: Deadline);

        var seen = new List<(WatchEventType, string)>();
        await foreach (var e in Client.WatchAsync<V1ConfigMap>(_namespace, options, Deadline))
        {
            seen.Add((e.Type, e.Object.Name()));
        }

        Assert.Equal([(WatchEventType.Added, "w"), (WatchEventType.Modified, "w"), (WatchEventType.Deleted, "w")], seen.Where(e => e.Item2 == "w"));
    }

    [Fact]
    public async Task A_Pods_status_is_replaced_and_the_Pod_evicted()
    {
        await Client.CreateAsync(new V1ServiceAccount { Metadata = new() { Name = "default", NamespaceProperty = _namespace }, AutomountServiceAccountToken = false }, Deadline);
        var pod = await Client.CreateAsync(
            new V1Pod
            {
                Metadata = new() { Name = "pod", NamespaceProperty = _namespace },
                Spec = new()
                {
                    NodeName = "nowhere",
                    Containers = [new() { Name = "c", Image = "i", Resources = new() { Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = "0.1" } } }],
                    TerminationGracePeriodSeconds = 1,
                },
            },
            Deadline);
        pod.Status = new() { Phase = "Running", PodIP = "10.1.1.1", PodIPs = [new() { Ip = "10.1.1.1" }], StartTime = pod.Metadata.CreationTimestamp };
        var running = await Client.ReplaceStatusAsync(pod, Deadline);
        await Client.EvictAsync("pod", _namespace, cancellationToken: Deadline);
        var leaving = await Client.GetAsync<V1Pod>("pod", _namespace, Deadline);

        Assert.Equal(100, pod.Spec!.Containers![0].Resources!.Requests!["cpu"].ToMilli());
        Assert.Equal(("Running", "10.1.1.1"), (running.Status!.Phase, running.Status.PodIP));
        Assert.NotNull(leaving.Metadata.DeletionTimestamp);
        await Client.DeleteAsync<V1Pod>("pod", _namespace, new() { GracePeriodSeconds = 0 }, Deadline);
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => Client.EvictAsync("pod", _namespace, cancellationToken: Deadline))).IsNotFound);
    }

    [Fact]
    public async Task A_lease_keeps_its_microseconds()
    {
        var at = new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.Zero).AddTicks(1_234_560);
        var lease = await Client.CreateAsync(
            new V1Lease { Metadata = new() { Name = "l", NamespaceProperty = _namespace }, Spec = new() { HolderIdentity = "me", RenewTime = at, LeaseDurationSeconds = 15 } },
            Deadline);

        Assert.Equal(at, lease.Spec!.RenewTime);
    }

    [Fact]
    public async Task An_informer_and_two_candidates_get_along_with_it()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Deadline);
        var informer = new Informer<V1Lease>(Client, new() { Namespace = _namespace }, TimeProvider.System, new Random(1), NullLogger.Instance);
        var changes = new SemaphoreSlim(0);
        informer.AddHandler((_, _) =>
        {
            changes.Release();
            return ValueTask.CompletedTask;
        });
        var informing = informer.RunAsync(stop.Token);
        var (first, second) = (Elector("first"), Elector("second"));

        await first.RunAsync(_ => Task.CompletedTask, stop.Token);
        await second.RunAsync(_ => Task.CompletedTask, stop.Token);
        while (informer.Current.Find(_namespace, "leader") is not { Spec: { LeaseTransitions: 1, HolderIdentity: "" } })
        {
            await changes.WaitAsync(stop.Token);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => informing);
    }

    [Fact]
    public async Task Twenty_watches_share_a_connection()
    {
        Assert.SkipWhen(_server!.Scheme == "http", "Plain HTTP is HTTP/1.1, which has a connection for each watch.");
        var before = Connections();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Deadline);
        var synced = Enumerable.Range(0, 20).Select(_ => FirstEventAsync(stop.Token)).ToList();
        await Client.CreateAsync(Config("seen-by-all", "1"), Deadline);
        await Task.WhenAll(synced);

        Assert.InRange(Connections() - before, 0, 2);
        await stop.CancelAsync();

        int Connections() => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
            .Count(c => c.State == TcpState.Established && c.RemoteEndPoint.Port == _server!.Port);

        // The enumerator is left open: the watch goes on until the test is over.
        async Task FirstEventAsync(CancellationToken token)
        {
            var watch = Client.WatchAsync<V1ConfigMap>(_namespace, new() { ResourceVersion = "0" }, token).GetAsyncEnumerator(token);
            Assert.True(await watch.MoveNextAsync());
        }
    }

    [Fact]
    public async Task Events_are_recorded_and_counted()
    {
        var recorder = new EventRecorder(Client, new() { Component = "tests", Instance = "i" }, TimeProvider.System, NullLogger.Instance);
        var about = await Client.CreateAsync(Config("about", "1"), Deadline);
        recorder.Warning(about, "Tested", "twice");
        recorder.Warning(about, "Tested", "twice");
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        await recorder.RunAsync(stopped.Token);

        var recorded = Assert.Single((await Client.ListAsync<Corev1Event>(_namespace, cancellationToken: Deadline)).Items, e => e.Reason == "Tested");
        Assert.Equal((2, "twice", about.Uid()), (recorded.Count, recorded.Message, recorded.InvolvedObject!.Uid));
    }

    [Fact]
    public async Task What_is_wrong_with_an_object_is_said_field_by_field()
    {
        var bad = await Assert.ThrowsAsync<KubernetesException>(() => Client.CreateAsync(Config("No Good", "1"), Deadline));

        Assert.True(bad.IsInvalid);
        Assert.Equal("metadata.name", Assert.Single(bad.Details!.Causes!).Field);
    }

    [Fact]
    public async Task The_version_can_be_asked_raw() => Assert.Contains("gitVersion", await Client.GetRawAsync("/version", Deadline));

    private LeaderElector Elector(string identity) =>
        new(Client, new() { Namespace = _namespace, Name = "leader", Identity = identity }, TimeProvider.System, new Random(1), NullLogger.Instance);

    private V1ConfigMap Config(string name, string value) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = _namespace, Labels = new Dictionary<string, string> { ["app"] = "x" } },
        Data = new Dictionary<string, string> { ["k"] = value },
    };
}
