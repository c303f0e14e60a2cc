using System.Diagnostics;
using System.Text;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded;
using MesosK8sBridge.Kubernetes.Embedded.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Kubernetes.Tests.Nodes;

/// <summary>A node with real processes, on a real API server: the one of <c>MKB_TEST_KUBECONFIG</c> or, without it, the embedded one.</summary>
public sealed class EmbeddedNodeTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static int s_nodes;

    private readonly string _directory = Directory.CreateTempSubdirectory("node-").FullName;
    private readonly string _nodeName = $"node-{Environment.ProcessId}-{Interlocked.Increment(ref s_nodes)}";
    private readonly TestApiServer _server = new();
    private ProcessHost _host = null!;
    private EmbeddedNode _node = null!;

    private IKubernetes Kubernetes => _server.Client;

    private static CancellationToken Stopping => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _server.StartAsync();
        _host = new ProcessHost(_directory, TimeProvider.System);
        var options = new NodeOptions { Name = _nodeName, Cpus = 2, MinimumGrace = TimeSpan.Zero };
        _node = new EmbeddedNode(Kubernetes, options, _host, _directory, TimeProvider.System, new Random(1), NullLogger.Instance);
        await _node.StartAsync(Stopping);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _host.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("exit 0", "Succeeded", 0, "Completed")]
    [InlineData("exit 3", "Failed", 3, "Error")]
    [InlineData("kill -9 $$$$", "Failed", 137, "Error")]
    public async Task A_pod_ends_as_its_command_does(string script, string phase, int code, string reason)
    {
        var pod = await Run(script);

        var ended = await Until(pod, p => p.Status?.Phase is "Succeeded" or "Failed");

        var end = First(ended).State!.Terminated!;
        Assert.Equal((phase, code, reason), (ended.Status!.Phase, end.ExitCode, end.Reason));
        Assert.NotNull(end.StartedAt);
        Assert.NotNull(end.FinishedAt);
        Assert.StartsWith("embedded://", end.ContainerID, StringComparison.Ordinal);
        Assert.NotNull(ended.Status.StartTime);
    }

    [Fact]
    public async Task A_running_pod_is_ready_and_has_the_nodes_address()
    {
        var pod = await Run("sleep 1000");

        var running = await Until(pod, p => p.Status?.Phase == "Running");

        Assert.True(First(running).Ready);
        Assert.All(running.Status!.Conditions!, c => Assert.Equal("True", c.Status));
        Assert.Equal(
            ["ContainersReady", "Initialized", "PodScheduled", "Ready"],
            running.Status!.Conditions!.Select(c => c.Type).Order(StringComparer.Ordinal));
        Assert.Equal(("127.0.0.1", "127.0.0.1"), (running.Status.HostIP, running.Status.PodIP));
    }

    [Fact]
    public async Task Init_containers_come_first_and_one_that_fails_ends_the_pod()
    {
        var pod = Pod("echo main", "Never");
        pod.Spec!.InitContainers =
        [
            new V1Container { Name = "one", Image = "i", Command = ["sh", "-c", "echo one > $SHARED/f"], Env = [Shared], VolumeMounts = [SharedMount] },
            new V1Container { Name = "two", Image = "i", Command = ["sh", "-c", "grep one $SHARED/f && exit 7"], Env = [Shared], VolumeMounts = [SharedMount] },
        ];
        pod.Spec.Volumes = [new V1Volume { Name = "shared", EmptyDir = new V1EmptyDirVolumeSource() }];

        var ended = await Until(await Create(pod), p => p.Status?.Phase is "Succeeded" or "Failed");

        Assert.Equal("Failed", ended.Status!.Phase);
        Assert.Equal([0, 7], ended.Status.InitContainerStatuses!.Select(s => s.State!.Terminated!.ExitCode));
        Assert.Equal("PodInitializing", First(ended).State!.Waiting!.Reason);
    }

    [Fact]
    public async Task A_command_that_does_not_exist_is_a_start_error()
    {
        var pod = Pod("", "Never");
        pod.Spec!.Containers![0].Command = ["no-such-program"];

        var ended = await Until(await Create(pod), p => p.Status?.Phase == "Failed");

        var end = First(ended).State!.Terminated!;
        Assert.Equal(("StartError", 128), (end.Reason, end.ExitCode));
        Assert.Contains("exec: \"no-such-program\": executable file not found in $PATH", end.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_without_a_command_waits_with_a_message_that_says_why()
    {
        var pod = Pod("", "Never");
        pod.Spec!.Containers![0].Command = null;

        var waiting = await Until(await Create(pod), p => First(p)?.State?.Waiting?.Reason == "CreateContainerError");

        Assert.Contains("give container \"main\" a command", First(waiting).State!.Waiting!.Message, StringComparison.Ordinal);
        Assert.Equal("Pending", waiting.Status!.Phase);
    }

    [Fact]
    public async Task An_image_of_the_invalid_domain_cannot_be_pulled_and_is_backed_off()
    {
        var pod = Pod("exit 0", "Never");
        pod.Spec!.Containers![0].Image = "missing.invalid/app:1";
        var created = await Create(pod);

        await Until(created, p => First(p)?.State?.Waiting?.Reason == "ErrImagePull");
        var waiting = await Until(created, p => First(p)?.State?.Waiting?.Reason == "ImagePullBackOff");

        Assert.Equal("Back-off pulling image \"missing.invalid/app:1\"", First(waiting).State!.Waiting!.Message);
    }

    [Fact]
    public async Task A_pod_that_asks_for_more_than_is_left_is_refused_in_the_kubelets_words()
    {
        var first = Pod("sleep 1000", "Never");
        first.Spec!.Containers![0].Resources = Cpu("1500m");
        await Until(await Create(first), p => p.Status?.Phase == "Running");
        var second = Pod("sleep 1000", "Never");
        second.Spec!.Containers![0].Resources = Cpu("1");

        var refused = await Until(await Create(second), p => p.Status?.Phase == "Failed");

        Assert.Equal("OutOfcpu", refused.Status!.Reason);
        Assert.Equal("Pod Node didn't have enough resource: cpu, requested: 1000, used: 1500, capacity: 2000", refused.Status.Message);
    }

    [Fact]
    public async Task A_deleted_pod_may_end_by_itself_within_its_grace_period_and_is_gone_then()
    {
        var pod = await Run("trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.05; done", finalizer: "example.org/keep");
        await Log(pod, "ready\n");

        await Kubernetes.DeleteAsync<V1Pod>(pod.Name(), "default", new V1DeleteOptions { GracePeriodSeconds = 20 }, Stopping);

        var ended = await Until(pod, p => p.Metadata.DeletionGracePeriodSeconds == 0);
        Assert.Equal(("Failed", 5), (ended.Status!.Phase, First(ended).State!.Terminated!.ExitCode));
        await RemoveFinalizer(pod);
        await Gone(pod);
        Assert.False(Directory.Exists(Path.Combine(_directory, "pods", pod.Uid())));
    }

    [Fact]
    public async Task A_pod_that_overruns_its_grace_period_is_killed()
    {
        var pod = await Run("trap '' TERM; echo ready; while :; do sleep 0.05; done", finalizer: "example.org/keep");
        await Log(pod, "ready\n");
        var watch = Stopwatch.StartNew();

        await Kubernetes.DeleteAsync<V1Pod>(pod.Name(), "default", new V1DeleteOptions { GracePeriodSeconds = 1 }, Stopping);

        var ended = await Until(pod, p => p.Metadata.DeletionGracePeriodSeconds == 0);
        Assert.Equal(137, First(ended).State!.Terminated!.ExitCode);
        Assert.True(watch.Elapsed >= TimeSpan.FromSeconds(1));
        await RemoveFinalizer(pod);
    }

    [Fact]
    public async Task Variables_come_from_fields_secrets_and_each_other_and_the_mesos_sandbox_is_the_working_directory()
    {
        var secret = new V1Secret
        {
            Metadata = new V1ObjectMeta { GenerateName = "s-", NamespaceProperty = "default" },
            StringData = new Dictionary<string, string> { ["key"] = "hidden" },
        };
        secret = await Kubernetes.CreateAsync(secret, Stopping);
        var pod = Pod("echo $NODE $BOTH; pwd -P; echo $MESOS_SANDBOX; echo $(A)-$$(A)", "Never");
        pod.Spec!.Containers![0].Env =
        [
            new V1EnvVar { Name = "NODE", ValueFrom = new() { FieldRef = new() { FieldPath = "spec.nodeName" } } },
            new V1EnvVar { Name = "A", ValueFrom = new() { SecretKeyRef = new() { Name = secret.Name(), Key = "key" } } },
            new V1EnvVar { Name = "BOTH", Value = "$(A)+$(NODE)" },
            new V1EnvVar { Name = "MESOS_SANDBOX", Value = "/mnt/mesos/sandbox" },
        ];
        pod.Spec.Containers[0].Command = ["sh", "-c", "echo $NODE $BOTH; pwd -P; echo $MESOS_SANDBOX; echo '$(A)' '$$(A)'"];
        var created = await Create(pod);
        await Until(created, p => p.Status?.Phase == "Succeeded");

        var sandbox = Path.Combine(_directory, "pods", created.Uid(), "sandbox", "main");
        await Log(created, $"{_nodeName} hidden+{_nodeName}\n{sandbox}\n{sandbox}\nhidden $(A)\n");
    }

    [Fact]
    public async Task A_pod_over_its_active_deadline_fails()
    {
        var pod = Pod("sleep 1000", "Never");
        pod.Spec!.ActiveDeadlineSeconds = 1;
        pod.Spec.TerminationGracePeriodSeconds = 1;

        var failed = await Until(await Create(pod), p => p.Status?.Phase == "Failed" && First(p).State?.Terminated is not null);

        Assert.Equal("DeadlineExceeded", failed.Status!.Reason);
    }

    [Fact]
    public async Task A_container_that_fails_is_started_again_if_the_pod_says_so()
    {
        var pod = Pod("test -e seen && sleep 1000; touch seen; exit 1", "OnFailure");

        var running = await Until(await Create(pod), p => First(p)?.RestartCount == 1 && p.Status?.Phase == "Running");

        Assert.Equal(1, First(running).LastState!.Terminated!.ExitCode);
    }

    [Fact]
    public async Task A_command_that_probes_has_the_containers_files_and_variables()
    {
        var pod = Pod("sleep 1; touch up; sleep 1; rm up; sleep 1000", "Never");
        pod.Spec!.Containers![0].Env = [new V1EnvVar { Name = "WHAT", Value = "up" }];
        pod.Spec.Containers[0].ReadinessProbe = Probe(new V1Probe { Exec = new V1ExecAction { Command = ["sh", "-c", "test -e /mnt/mesos/sandbox/$WHAT"] } });

        var created = await Create(pod);
        await Until(created, p => First(p) is { Ready: false, State.Running: not null });
        await Until(created, p => First(p)?.Ready is true && Condition(p, "Ready") == "True");
        await Until(created, p => First(p)?.Ready is false && Condition(p, "ContainersReady") == "False");
    }

    [Theory]
    [InlineData("/good", true)]
    [InlineData("/moved", true)]
    [InlineData("/bad", false)]
    public async Task A_container_is_ready_when_its_page_says_so(string path, bool ready)
    {
        await using var site = await Site.StartAsync();
        var pod = Pod("sleep 1000", "Never");
        pod.Spec!.Containers![0].Ports = [new V1ContainerPort { Name = "web", ContainerPort = site.Port }];
        pod.Spec.Containers[0].ReadinessProbe = Probe(new V1Probe { HttpGet = new V1HTTPGetAction { Path = path, Port = "web" } });

        var created = await Create(pod);
        await Until(created, p => First(p)?.State?.Running is not null);
        await site.AskedAsync(path, times: 2);
        await Until(created, p => First(p)?.Ready == ready);
        Assert.Equal(["kube-probe/1.20"], site.Agents.Distinct());
    }

    [Fact]
    public async Task A_probe_that_cannot_be_asked_is_tried_again_and_says_nothing()
    {
        var pod = Pod("sleep 4; exit 3", "Never");
        pod.Spec!.Containers![0].ReadinessProbe = Probe(new V1Probe { HttpGet = new V1HTTPGetAction { Host = "no host", Port = 1 } });
        pod.Spec.Containers[0].LivenessProbe = Probe(new V1Probe { Exec = new V1ExecAction { Command = ["no-such-program"] } });

        var ended = await Until(await Create(pod), p => p.Status?.Phase == "Failed");

        Assert.Equal(3, First(ended).State!.Terminated!.ExitCode);
    }

    [Fact]
    public async Task A_container_is_ready_while_somebody_listens()
    {
        var pod = Pod("sleep 1000", "Never");
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        pod.Spec!.Containers![0].ReadinessProbe = Probe(new V1Probe { TcpSocket = new V1TCPSocketAction { Port = port } });

        var created = await Create(pod);
        await Until(created, p => First(p)?.Ready is true);
        listener.Stop();
        await Until(created, p => First(p)?.Ready is false);
    }

    [Fact]
    public async Task A_container_that_is_not_alive_is_ended_and_a_probe_that_takes_too_long_leaves_nothing_behind()
    {
        var pod = Pod("sleep 1000", "Never");
        pod.Spec!.Containers![0].LivenessProbe = Probe(new V1Probe { Exec = new V1ExecAction { Command = ["sleep", "1000"] } });

        var ended = await Until(await Create(pod), p => p.Status?.Phase == "Failed");

        Assert.Equal(143, First(ended).State!.Terminated!.ExitCode);
        await Eventually(() => _host.Running == 0);
    }

    [Fact]
    public async Task A_node_cut_off_from_the_network_goes_on_and_tells_what_happened_when_it_is_back()
    {
        var pod = await Run("while [ ! -e go ]; do sleep 0.05; done; exit 6");
        await Until(pod, p => p.Status?.Phase == "Running");

        await _node.StopAsync(NodeLoss.Network);
        await File.WriteAllTextAsync(Path.Combine(_directory, "pods", pod.Uid(), "sandbox", "main", "go"), "", Stopping);
        await Eventually(() => _host.Running == 0);
        Assert.Equal("Running", (await Kubernetes.GetAsync<V1Pod>(pod.Name(), "default", Stopping)).Status!.Phase);
        await _node.StartAsync(Stopping);

        var ended = await Until(pod, p => p.Status?.Phase == "Failed");
        Assert.Equal((6, 0), (First(ended).State!.Terminated!.ExitCode, First(ended).RestartCount));
    }

    [Fact]
    public async Task A_machine_that_stops_has_lost_its_containers_and_starts_none_twice()
    {
        var pod = await Run("sleep 1000");
        await Until(pod, p => p.Status?.Phase == "Running");

        await _node.StopAsync(NodeLoss.Machine);
        Assert.Equal(0, _host.Running);
        await _node.StartAsync(Stopping);

        var ended = await Until(pod, p => p.Status?.Phase == "Failed");
        Assert.Equal(("ContainerStatusUnknown", 137), (First(ended).State!.Terminated!.Reason, First(ended).State!.Terminated!.ExitCode));
        Assert.Equal(0, _host.Running);
    }

    [Fact]
    public async Task Two_hundred_pods_come_and_go_and_leave_neither_a_process_nor_a_file()
    {
        await Until(await Run("exit 0"), p => p.Status?.Phase == "Succeeded");
        for (var round = 0; round < 4; round++)
        {
            var pods = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Run(i % 2 == 0 ? "exit 0" : "sleep 1000")).ToList());
            await Task.WhenAll(pods.Select((p, i) => Until(p, s => s.Status?.Phase == (i % 2 == 0 ? "Succeeded" : "Running"))).ToList());
            await Task.WhenAll(pods.Select(p => Kubernetes.DeleteAsync<V1Pod>(p.Name(), "default", cancellationToken: Stopping)).ToList());
            await Task.WhenAll(pods.Select(Gone).ToList());
        }

        await Eventually(() => _host.Running == 0);
        await Eventually(() => Directory.GetDirectories(Path.Combine(_directory, "pods")).Length == 1);
        Assert.Empty(Directory.GetFiles(Path.Combine(_directory, "run")));
        await Eventually(() => !OpenFile.Targets().Any(target => target.StartsWith(_directory + "/pods", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_node_is_registered_ready_and_renews_its_lease()
    {
        var node = await Kubernetes.GetAsync<V1Node>(_nodeName, cancellationToken: Stopping);
        var lease = await Kubernetes.GetAsync<V1Lease>(_nodeName, "kube-node-lease", Stopping);

        Assert.Equal(_nodeName, node.GetLabel("kubernetes.io/hostname"));
        Assert.Equal((2000, 110), (node.Status!.Allocatable!["cpu"].ToMilli(), node.Status.Allocatable["pods"].ToInt64()));
        Assert.Equal("True", node.Status.Conditions!.Single(c => c.Type == "Ready").Status);
        Assert.Equal((_nodeName, 40), (lease.Spec!.HolderIdentity, lease.Spec.LeaseDurationSeconds));
    }

    private static V1Probe Probe(V1Probe probe)
    {
        (probe.PeriodSeconds, probe.TimeoutSeconds, probe.FailureThreshold) = (1, 1, 1);
        return probe;
    }

    private static string? Condition(V1Pod pod, string type) => pod.Status?.Conditions?.FirstOrDefault(c => c.Type == type)?.Status;

    private static V1EnvVar Shared => new() { Name = "SHARED", Value = "/shared" };

    private static V1VolumeMount SharedMount => new() { Name = "shared", MountPath = "/shared" };

    private static V1ResourceRequirements Cpu(string amount) => new() { Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = amount } };

    private static V1ContainerStatus First(V1Pod pod) => pod.Status?.ContainerStatuses?.FirstOrDefault()!;

    private V1Pod Pod(string script, string restartPolicy) => new()
    {
        Metadata = new V1ObjectMeta { GenerateName = "test-", NamespaceProperty = "default" },
        Spec = new V1PodSpec
        {
            NodeName = _nodeName,
            RestartPolicy = restartPolicy,
            AutomountServiceAccountToken = false,
            TerminationGracePeriodSeconds = 5,
            Containers = [new V1Container { Name = "main", Image = "any", Command = ["sh", "-c", script] }],
        },
    };

    private Task<V1Pod> Run(string script, string? finalizer = null)
    {
        var pod = Pod(script, "Never");
        pod.Metadata.Finalizers = finalizer is null ? null : [finalizer];
        return Create(pod);
    }

    private Task<V1Pod> Create(V1Pod pod) => Kubernetes.CreateAsync(pod, Stopping);

    private async Task RemoveFinalizer(V1Pod pod) => await Kubernetes.PatchAsync<V1Pod>(
        V1Patch.Merge(new() { ["metadata"] = new System.Text.Json.Nodes.JsonObject { ["finalizers"] = null } }), pod.Name(), "default", cancellationToken: Stopping);

    private async Task<V1Pod> Until(V1Pod pod, Func<V1Pod, bool> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Stopping);
        deadline.CancelAfter(Deadline);
        var last = await Kubernetes.GetAsync<V1Pod>(pod.Name(), "default", deadline.Token);
        while (!condition(last))
        {
            last = await Next(last, deadline.Token);
        }

        return last;
    }

    private async Task<V1Pod> Next(V1Pod pod, CancellationToken deadline)
    {
        var options = new ListOptions { FieldSelector = $"metadata.name={pod.Name()}", ResourceVersion = pod.ResourceVersion() };
        try
        {
            await foreach (var change in Kubernetes.WatchAsync<V1Pod>("default", options, deadline))
            {
                return change.Object;
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            Assert.Fail("The Pod stayed as it was: " + Json.KubernetesJson.Default.Serialize(pod));
        }

        return pod;
    }

    private async Task Gone(V1Pod pod)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Stopping);
        deadline.CancelAfter(Deadline);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await timer.WaitForNextTickAsync(deadline.Token))
        {
            try
            {
                await Kubernetes.GetAsync<V1Pod>(pod.Name(), "default", deadline.Token);
            }
            catch (KubernetesException e) when (e.StatusCode == 404)
            {
                await Eventually(() => !Directory.Exists(Path.Combine(_directory, "pods", pod.Uid())));
                return;
            }
        }
    }

    private async Task Log(V1Pod pod, string expected)
    {
        var text = new StringBuilder();
        await Eventually(() =>
        {
            text.Clear();
            var pieces = _node.ReadLog(pod.Uid(), "main", new PodLogOptions(), Stopping)?.ToBlockingEnumerable(Stopping) ?? [];
            text.AppendJoin("", pieces.Select(p => Encoding.UTF8.GetString(p.Span)));
            return text.Length >= expected.Length;
        });
        Assert.Equal(expected, text.ToString());
    }

    private static async Task Eventually(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Stopping);
        deadline.CancelAfter(Deadline);
        while (!condition())
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    /// <summary>The API server of a kubeconfig, or else the embedded one.</summary>
    private sealed class TestApiServer : IAsyncDisposable
    {
        private EmbeddedApiServer? _embedded;
        private KubernetesClient? _client;

        public IKubernetes Client => _client!;

        public async ValueTask StartAsync()
        {
            if (Environment.GetEnvironmentVariable("MKB_TEST_KUBECONFIG") is { Length: > 0 } kubeconfig)
            {
                _client = new KubernetesClient(KubernetesClientConfiguration.FromFiles([kubeconfig]));
                return;
            }

            _embedded = await EmbeddedApiServer.StartAsync(cancellationToken: Stopping);
            _client = new KubernetesClient(new KubernetesClientConfiguration { Server = _embedded.Uri });
        }

        public async ValueTask DisposeAsync()
        {
            _client?.Dispose();
            await (_embedded?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }
}
