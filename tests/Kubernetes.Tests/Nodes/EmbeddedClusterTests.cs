using System.Diagnostics;
using System.Text;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded;
using MesosK8sBridge.Kubernetes.Embedded.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Kubernetes.Tests.Nodes;

public sealed class EmbeddedClusterTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("cluster-").FullName;
    private EmbeddedCluster _cluster = null!;
    private KubernetesClient _client = null!;

    private static CancellationToken Stopping => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var node = new NodeOptions { Name = "node", HeartbeatInterval = TimeSpan.FromMilliseconds(200), MinimumGrace = TimeSpan.Zero };
        var options = new EmbeddedClusterOptions
        {
            Directory = _directory,
            Nodes = EmbeddedClusterOptions.NodesLike(node, 2),
            Monitor = new NodeMonitorOptions { Grace = TimeSpan.FromSeconds(2), Period = TimeSpan.FromMilliseconds(200) },
        };
        _cluster = await EmbeddedCluster.StartAsync(options, cancellationToken: Stopping);
        _client = new KubernetesClient(KubernetesClientConfiguration.FromFiles([_cluster.Kubeconfig]));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _cluster.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Pods_without_a_node_are_spread_over_the_nodes()
    {
        var pods = new List<V1Pod>();
        for (var i = 0; i < 4; i++)
        {
            pods.Add(await Create(Pod("sleep 1000", node: null, cpu: "1")));
        }

        var running = await Task.WhenAll(pods.Select(p => Until(p, x => x.Status?.Phase == "Running")).ToList());

        Assert.Equal(
            [("node-1", 2), ("node-2", 2)],
            running.GroupBy(p => p.Spec!.NodeName!).Select(g => (g.Key, g.Count())).OrderBy(g => g.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Logs_come_through_the_api_server_and_can_be_followed_to_the_end()
    {
        var pod = await Create(Pod("echo one; while [ ! -e go ]; do sleep 0.02; done; echo two", "node-1"));
        await Until(pod, p => p.Status?.Phase == "Running");

        await using var stream = await _client.ReadPodLogAsync(pod.Name(), "default", new PodLogOptions { Follow = true }, Stopping);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        Assert.Equal("one", await reader.ReadLineAsync(Stopping).AsTask().WaitAsync(Deadline, Stopping));
        await File.WriteAllTextAsync(Path.Combine(_directory, "pods", pod.Uid(), "sandbox", "main", "go"), "", Stopping);

        Assert.Equal("two", await reader.ReadLineAsync(Stopping).AsTask().WaitAsync(Deadline, Stopping));
        Assert.Null(await reader.ReadLineAsync(Stopping).AsTask().WaitAsync(Deadline, Stopping));
    }

    [Fact]
    public async Task A_node_that_is_cut_off_becomes_unknown_and_ready_again_when_it_is_back()
    {
        await _cluster.Nodes[1].StopAsync(NodeLoss.Network);
        await NodeIs("node-2", "Unknown");
        Assert.Equal("True", await ReadyOf("node-1"));

        await _cluster.Nodes[1].StartAsync(Stopping);
        await NodeIs("node-2", "True");
    }

    [Fact]
    public async Task From_the_creation_of_a_pod_to_its_running_state_it_takes_milliseconds()
    {
        await Until(await Create(Pod("sleep 1000", "node-1")), p => p.Status?.Phase == "Running");
        var times = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            var watch = Stopwatch.StartNew();
            await Until(await Create(Pod("sleep 1000", "node-1")), p => p.Status?.Phase == "Running");
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        times.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"median {times[10]:F1} ms, worst {times[^1]:F1} ms");
        Assert.True(times[0] < 1000, $"The fastest took {times[0]} ms.");
    }

    [Fact]
    public async Task Simulated_nodes_run_pods_by_their_timetable_and_without_processes()
    {
        var nodes = EmbeddedClusterOptions.NodesLike(new NodeOptions { Name = "sim" }, 10);
        await using var simulated = await SimulatedNodes.StartAsync(_client, nodes, NullLogger.Instance, cancellationToken: Stopping);
        var failing = Pod("", "sim-3");
        failing.Metadata.Annotations = new Dictionary<string, string> { ["mesosbridge.io/simulate"] = "run=200ms,exit=3" };
        var lasting = await Create(Pod("", "sim-7"));

        var failed = await Until(await Create(failing), p => p.Status?.Phase == "Failed");
        await Until(lasting, p => p.Status?.Phase == "Running");
        await _client.DeleteAsync<V1Pod>(lasting.Name(), "default", cancellationToken: Stopping);

        Assert.Equal(3, failed.Status!.ContainerStatuses![0].State!.Terminated!.ExitCode);
        await Gone(lasting);
    }

    [Fact]
    public async Task A_new_start_ends_what_an_earlier_one_has_left_behind()
    {
        var directory = Path.Combine(_directory, "again");
        using var sleeper = Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", "setsid sleep 1000 & sleep 1001"])
        {
            Environment = { [OrphanGuard.Marker] = $"{OwnerOf(directory)}.c1" },
        })!;

        using (new ProcessHost(directory, TimeProvider.System))
        {
            await sleeper.WaitForExitAsync(Stopping).WaitAsync(Deadline, Stopping);
        }

        Assert.Equal(137, sleeper.ExitCode);
    }

    [Fact]
    public async Task No_container_outlives_a_host_that_is_killed()
    {
        var method = $"{typeof(EmbeddedClusterTests).FullName}.{nameof(The_host_that_is_killed)}";
        using var host = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["-method", method, "-explicit", "only"])
        {
            Environment = { ["MKB_TEST_HOST_DIRECTORY"] = _directory },
            RedirectStandardOutput = true,
        })!;
        var pids = Path.Combine(_directory, "pids");
        await Eventually(() => File.Exists(pids) && File.ReadAllLines(pids).Length == 3);

        host.Kill();

        foreach (var pid in await File.ReadAllLinesAsync(pids, Stopping))
        {
            await Eventually(() => !OtherProcess.Runs(pid));
        }
    }

    /// <summary>The other half of the test above: a container, its child, and a daemon that has left its process group.</summary>
    [Fact(Explicit = true)]
    public async Task The_host_that_is_killed()
    {
        var directory = Environment.GetEnvironmentVariable("MKB_TEST_HOST_DIRECTORY");
        Assert.SkipWhen(directory is null, "Only another test runs this.");
        var script = $"echo $$ > pids.new; sleep 1000 & echo $! >> pids.new; setsid sh -c 'echo $$ >> pids.new; mv pids.new pids; exec sleep 1000' & wait";
        var variables = new Dictionary<string, string> { ["PATH"] = ProgramPath.DefaultPath };
        using var host = new ProcessHost(Path.Combine(directory!, "host"), TimeProvider.System);
        var process = host.Start("c", new ContainerCommand(["sh", "-c", script], variables, directory!), new ContainerLog(Path.Combine(directory!, "c.log")));
        await process.Exited.WaitAsync(Deadline, Stopping);
    }

    /// <summary>Not a test but a measurement: <c>-explicit only -method '*Ten_thousand*'</c>.</summary>
    [Fact(Explicit = true)]
    public async Task Ten_thousand_simulated_pods_on_a_thousand_nodes()
    {
        var output = TestContext.Current.TestOutputHelper!;
        var watch = Stopwatch.StartNew();
        var nodes = EmbeddedClusterOptions.NodesLike(new NodeOptions { Name = "sim" }, 1000);
        await using var simulated = await SimulatedNodes.StartAsync(_client, nodes, NullLogger.Instance, cancellationToken: Stopping);
        output.WriteLine($"1000 nodes registered after {watch.Elapsed.TotalSeconds:F1} s; {GC.GetTotalMemory(true) >> 20} MiB");
        watch.Restart();
        await Parallel.ForEachAsync(Enumerable.Range(0, 10_000), Stopping, async (i, _) =>
        {
            var pod = Pod("", $"sim-{(i % 1000) + 1}");
            pod.Metadata.Name = $"pod-{i}";
            await Create(pod);
        });
        output.WriteLine($"10000 Pods created after {watch.Elapsed.TotalSeconds:F1} s");
        await EventuallyAsync(async () => (await _client.ListAllAsync<V1Pod>(cancellationToken: Stopping)).Items.All(p => p.Status?.Phase == "Running"));
        output.WriteLine($"all running after {watch.Elapsed.TotalSeconds:F1} s; {GC.GetTotalMemory(true) >> 20} MiB, {ThreadPool.ThreadCount} threads");
    }

    private static Task Eventually(Func<bool> condition) => EventuallyAsync(() => Task.FromResult(condition()));

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Stopping);
        deadline.CancelAfter(Deadline * 3);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    private static string OwnerOf(string directory) => Convert.ToHexStringLower(
        System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(directory))).AsSpan(0, 8));

    private static V1Pod Pod(string script, string? node, string cpu = "10m") => new()
    {
        Metadata = new V1ObjectMeta { GenerateName = "test-", NamespaceProperty = "default" },
        Spec = new V1PodSpec
        {
            NodeName = node,
            RestartPolicy = "Never",
            Containers =
            [
                new V1Container
                {
                    Name = "main",
                    Image = "any",
                    Command = ["sh", "-c", script],
                    Resources = new V1ResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = cpu } },
                },
            ],
        },
    };

    private Task<V1Pod> Create(V1Pod pod) => _client.CreateAsync(pod, Stopping);

    private async Task<V1Pod> Until(V1Pod pod, Func<V1Pod, bool> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Stopping);
        deadline.CancelAfter(Deadline);
        var options = new ListOptions { FieldSelector = $"metadata.name={pod.Name()}", ResourceVersion = pod.ResourceVersion() };
        await foreach (var change in _client.WatchAsync<V1Pod>("default", options, deadline.Token))
        {
            if (condition(change.Object))
            {
                return change.Object;
            }
        }

        throw new TimeoutException($"Pod {pod.Name()} stayed as it was.");
    }

    private async Task Gone(V1Pod pod)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Stopping);
        deadline.CancelAfter(Deadline);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while ((await _client.ListAsync<V1Pod>("default", cancellationToken: deadline.Token)).Items.Any(p => p.Uid() == pod.Uid()))
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    private async Task<string?> ReadyOf(string node) =>
        (await _client.GetAsync<V1Node>(node, cancellationToken: Stopping)).Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready")?.Status;

    private async Task NodeIs(string node, string ready)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Stopping);
        deadline.CancelAfter(Deadline);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await ReadyOf(node) != ready)
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }
}
