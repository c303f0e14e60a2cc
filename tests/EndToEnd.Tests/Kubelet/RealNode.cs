using System.Globalization;
using MesosK8sBridge.Testing;

[assembly: AssemblyFixture(typeof(MesosK8sBridge.EndToEnd.Tests.Kubelet.RealNode))]

namespace MesosK8sBridge.EndToEnd.Tests.Kubelet;

/// <summary>
/// A real Kubernetes with one real node, made by <c>tests/cluster/kube-up --node</c>, and <c>mesos-bridge serve</c> in front of it; for
/// the first test that asks, ended after the last. <c>MESOS_BRIDGE_TEST_NODE</c> names the folder of one that is up already, and stays so.
/// </summary>
public sealed class RealNode : IAsyncDisposable
{
    public const string Name = "node-1";

    /// <summary>Of the node, for its Pods; nobody else reaches it.</summary>
    public const string Address = "10.244.0.1";

    /// <summary>Containers of a Pod with one: another holds its network.</summary>
    private const int WithSandbox = 2;

    /// <summary>Of each framework.</summary>
    public const int RetainedPods = 5;

    private static readonly string? Given = System.Environment.GetEnvironmentVariable("MESOS_BRIDGE_TEST_NODE");

    /// <summary>So that a node which falls silent is noticed while a test waits; kubelets report every 5 s.</summary>
    private const string ControllerArguments = "--node-monitor-grace-period=20s --node-monitor-period=1s";

    private readonly SemaphoreSlim _once = new(1, 1);
    private string? _directory;
    private string? _kubeconfig;
    private BridgeProcess? _bridge;
    private bool _hasBridgeImage;

    /// <summary>Pods that the kubelet runs without asking anybody.</summary>
    public string Manifests => Path.Combine(_directory!, "manifests");

    private static string Kubectl => Path.Combine(Assets, "kubectl");

    private static string Assets => System.Environment.GetEnvironmentVariable("KUBE_ASSETS") ?? Repository.CachedAssets;

    /// <returns>The administrator's kubeconfig. Skips the test where no real node can be.</returns>
    public async Task<string> KubeconfigAsync()
    {
        SkipUnlessPossible();
        await _once.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return _kubeconfig ??= await StartAsync();
        }
        finally
        {
            _once.Release();
        }
    }

    /// <summary>The one in front of the node; every test has a framework of its own on it.</summary>
    public async Task<BridgeProcess> BridgeAsync()
    {
        var kubeconfig = await KubeconfigAsync();
        await _once.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return _bridge ??= await ServeAsync(kubeconfig, BridgeProcess.FreeEndpoint());
        }
        finally
        {
            _once.Release();
        }
    }

    /// <summary>Makes the resource that says what the framework of this name may, and waits until the bridge has read it.</summary>
    /// <param name="spec">In JSON.</param>
    public async Task DeclareAsync(string framework, string spec)
    {
        await BridgeAsync();
        await KubectlAsync(
            "apply -f -",
            $$"""{"apiVersion": "mesosbridge.io/v1alpha1", "kind": "MesosFramework", "metadata": {"name": "{{framework}}", "namespace": "default"}, "spec": {{spec}}}""");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await KubectlAsync($"get mesosframework {framework} -o jsonpath={{.status.observedGeneration}}") != "1")
        {
            await pulse.WaitForNextTickAsync(deadline.Token);
        }
    }

    /// <summary>Lets the bridge die as by kill -9, and starts it again at the same address.</summary>
    /// <param name="meanwhile">What happens while there is none.</param>
    public async Task CrashBridgeAsync(Func<Task> meanwhile)
    {
        var crashed = await BridgeAsync();
        await crashed.CrashAsync();
        await meanwhile();
        await crashed.DisposeAsync();
        _bridge = await ServeAsync(await KubeconfigAsync(), crashed.Endpoint);
    }

    /// <summary>The kubelet ends; what it has started runs on.</summary>
    public async Task StopKubeletAsync()
    {
        var pid = (await File.ReadAllTextAsync(Path.Combine(_directory!, "run", "kubelet.pid"))).Split(' ')[0];
        await Signals.SendAsync("TERM", int.Parse(pid, CultureInfo.InvariantCulture));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (Directory.Exists($"/proc/{pid}"))
        {
            await pulse.WaitForNextTickAsync(deadline.Token);
        }
    }

    /// <summary>Waits until the node is ready.</summary>
    public Task StartKubeletAsync() => UpAsync();

    /// <summary>Waits until a Pod of the manifests has its containers, or has none any more, whatever the API server knows of it.</summary>
    public async Task UntilThereAsync(string pod, bool there)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (await CountContainersAsync($"{pod}-{Name}") is var count && (there ? count < WithSandbox : count > 0))
        {
            await pulse.WaitForNextTickAsync(deadline.Token);
        }
    }

    /// <summary>What fetches the URIs of tasks, once.</summary>
    public async Task ImportBridgeAsync()
    {
        await KubeconfigAsync();
        await _once.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (!_hasBridgeImage)
            {
                var ran = await Programs.RunAsync(
                    Repository.File("tests/cluster/image-import"), ["bridge"], TimeSpan.FromMinutes(2), ("KUBE_ASSETS", Assets), ("KUBE_DIR", _directory!));
                Assert.True(ran.ExitCode == 0, $"image-import bridge failed:\n{ran.All}");
                _hasBridgeImage = true;
            }
        }
        finally
        {
            _once.Release();
        }
    }

    public Task<string> KubectlAsync(string arguments, string? input = null) => KubectlAsync(arguments.Split(' '), input);

    public async Task<string> KubectlAsync(string[] arguments, string? input = null)
    {
        var ran = await Programs.RunAsync(Kubectl, ["--kubeconfig", await KubeconfigAsync(), .. arguments], input ?? "", TimeSpan.FromSeconds(60));
        Assert.True(ran.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {ran.All}");
        return ran.Text;
    }

    public async ValueTask DisposeAsync()
    {
        _once.Dispose();
        await (_bridge?.DisposeAsync() ?? ValueTask.CompletedTask);
        if (_directory is not null && Given is null)
        {
            await Programs.RunAsync(Repository.File("tests/cluster/kube-down"), ["--delete", _directory], TimeSpan.FromMinutes(2));
        }
    }

    private async Task<int> CountContainersAsync(string pod)
    {
        var ran = await Programs.RunAsync(
            Path.Combine(Assets, "ctr"),
            [
                "--address", Path.Combine(_directory!, "run", "containerd.sock"), "--namespace", "k8s.io",
                "containers", "list", "--quiet", $"labels.\"io.kubernetes.pod.name\"=={pod}",
            ],
            TimeSpan.FromSeconds(20));
        Assert.True(ran.ExitCode == 0, ran.All);
        return ran.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
    }

    private static void SkipUnlessPossible()
    {
        Assert.SkipUnless(string.Equals(System.Environment.UserName, "root", StringComparison.Ordinal), "a real node needs root");
        Assert.SkipWhen(
            System.Environment.GetEnvironmentVariable("MESOS_BRIDGE_TEST_NO_CLUSTER") is not null, "tests/run was told to use no cluster");
        Assert.SkipUnless(
            File.Exists(Path.Combine(Assets, "kubelet")) && File.Exists(Path.Combine(Assets, "containerd")),
            $"no kubelet and containerd in {Assets}: run tests/cluster/kube-assets control-plane node");
    }

    private async Task<string> StartAsync()
    {
        _directory = Given ?? Directory.CreateTempSubdirectory("mkb-node-").FullName;
        return await UpAsync();
    }

    /// <summary>Starts whatever of the cluster is not running.</summary>
    private async Task<string> UpAsync()
    {
        Directory.CreateDirectory(Manifests);
        var ran = await Programs.RunAsync(
            Repository.File("tests/cluster/kube-up"),
            ["--node", _directory!],
            TimeSpan.FromMinutes(4),
            ("KUBE_ASSETS", Assets),
            ("KUBE_CONTROLLER_MANAGER_ARGS", ControllerArguments),
            ("KUBE_KUBELET_ARGS", $"--pod-manifest-path={Manifests} --volume-stats-agg-period=5s"));
        Assert.True(ran.ExitCode == 0, $"kube-up --node failed:\n{ran.All}");
        return ran.Text.Trim().Split('\n')[^1];
    }

    private static Task<BridgeProcess> ServeAsync(string kubeconfig, string endpoint) => BridgeProcess.ServeAsync(
        kubeconfig,
        endpoint,
        [
            "--admission", "open", "--default-image", "busybox:local", "--fetcher-image", "bridge:local",
            "--allocation-interval", "100ms", "--offer-timeout", "10s", "--node-grace", "1s", "--retained-pods", $"{RetainedPods}", "--image-timeout", "5s", "--forced-end-timeout", "3s",
        ]);
}
