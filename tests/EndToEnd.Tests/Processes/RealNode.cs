using MesosK8sBridge.EndToEnd.Tests.Processes;
using MesosK8sBridge.Testing;

[assembly: AssemblyFixture(typeof(RealNode))]

namespace MesosK8sBridge.EndToEnd.Tests.Processes;

/// <summary>
/// A real Kubernetes with one real node, made by <c>tests/cluster/kube-up --node</c> for the first test that asks, ended after the last.
/// </summary>
public sealed class RealNode : IAsyncDisposable
{
    private readonly SemaphoreSlim _once = new(1, 1);
    private string? _directory;
    private string? _kubeconfig;

    private static string Kubectl => Path.Combine(Assets, "kubectl");

    private static string Assets => System.Environment.GetEnvironmentVariable("KUBE_ASSETS") ?? Repository.CachedAssets;

    /// <returns>The administrator's kubeconfig. Skips the test where no real node can be.</returns>
    public async Task<string> KubeconfigAsync()
    {
        Assert.SkipUnless(string.Equals(System.Environment.UserName, "root", StringComparison.Ordinal), "a real node needs root");
        Assert.SkipWhen(
            System.Environment.GetEnvironmentVariable("MESOS_BRIDGE_TEST_NO_CLUSTER") is not null, "tests/run was told to use no cluster");
        Assert.SkipUnless(
            File.Exists(Path.Combine(Assets, "kubelet")) && File.Exists(Path.Combine(Assets, "containerd")),
            $"no kubelet and containerd in {Assets}: run tests/cluster/kube-assets control-plane node");
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

    public async Task<string> KubectlAsync(string arguments, string? input = null)
    {
        var ran = await Programs.RunAsync(
            Kubectl, ["--kubeconfig", await KubeconfigAsync(), .. arguments.Split(' ')], input ?? "", TimeSpan.FromSeconds(60));
        Assert.True(ran.ExitCode == 0, $"kubectl {arguments}: {ran.All}");
        return ran.Text;
    }

    public async ValueTask DisposeAsync()
    {
        _once.Dispose();
        if (_directory is not null)
        {
            await Programs.RunAsync(Repository.File("tests/cluster/kube-down"), ["--delete", _directory], TimeSpan.FromMinutes(2));
        }
    }

    private async Task<string> StartAsync()
    {
        _directory = Directory.CreateTempSubdirectory("mkb-node-").FullName;
        var ran = await Programs.RunAsync(
            Repository.File("tests/cluster/kube-up"), ["--node", _directory], TimeSpan.FromMinutes(4), ("KUBE_ASSETS", Assets));
        Assert.True(ran.ExitCode == 0, $"kube-up --node failed:\n{ran.All}");
        return ran.Text.Trim().Split('\n')[^1];
    }
}
