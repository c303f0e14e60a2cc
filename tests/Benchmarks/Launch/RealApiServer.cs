using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Operator.Bridge;

namespace MesosK8sBridge.Benchmarks.Launch;

/// <summary>A real kube-apiserver and etcd, of our own, from <c>tests/cluster</c>.</summary>
internal sealed class RealApiServer : IAsyncDisposable
{
    private readonly string _root;
    private readonly string _folder;

    private RealApiServer(string root, string folder, KubernetesClient client)
    {
        (_root, _folder, Client) = (root, folder, client);
    }

    public KubernetesClient Client { get; }

    /// <summary>Null if its programs are there; else what is missing.</summary>
    public static string? Missing()
    {
        var cache = Environment.GetEnvironmentVariable("MKB_CACHE")
            ?? Path.Combine(
                Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
                "mesos-k8s-bridge");
        var assets = Environment.GetEnvironmentVariable("KUBE_ASSETS") ?? Path.Combine(cache, "kube-assets", "1.20.2");
        return new[] { "kube-apiserver", "etcd", "kubectl" }.All(program => File.Exists(Path.Combine(assets, program)))
            ? null
            : $"no real API server in {assets}; tests/cluster/kube-assets apiserver gets one";
    }

    /// <param name="root">Of the repository.</param>
    public static async Task<RealApiServer> StartAsync(string root, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("mesos-bridge-bench-").FullName;
        try
        {
            var kubeconfig = (await RunAsync(Path.Combine(root, "tests/cluster/kube-up"), ["--apiserver-only", folder], cancellationToken)).Trim();
            var configuration = KubernetesClientConfiguration.FromFiles([kubeconfig.Split('\n')[^1]]);
            return new RealApiServer(root, folder, new KubernetesClient(configuration, new KubernetesClientOptions { Json = CustomResources.Json }));
        }
        catch
        {
            await StopAsync(root, folder);
            throw;
        }
    }

    /// <summary>
    /// Deletes every object whose key begins so, in etcd itself: thousands of Pods with finalizers at once, where the API would
    /// take as long as what is measured.
    /// </summary>
    public async Task WipeAsync(string prefix, CancellationToken cancellationToken)
    {
        var port = (await File.ReadAllTextAsync(Path.Combine(_folder, "run", "etcd.port"), cancellationToken)).Trim();
        var from = Encoding.UTF8.GetBytes(prefix);
        var to = from.ToArray();
        to[^1]++;
        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync(
            $"http://127.0.0.1:{port}/v3/kv/deleterange",
            new Dictionary<string, string> { ["key"] = Convert.ToBase64String(from), ["range_end"] = Convert.ToBase64String(to) },
            cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>CPU time that kube-apiserver and etcd have used so far.</summary>
    public TimeSpan CpuTime()
    {
        return TimeSpan.FromTicks(new[] { "apiserver", "etcd" }.Sum(name => Ticks(Path.Combine(_folder, "run", $"{name}.pid"))));

        static long Ticks(string file)
        {
            var id = File.ReadAllText(file).Split(' ')[0];
            using var process = Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture));
            return process.TotalProcessorTime.Ticks;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await StopAsync(_root, _folder);
    }

    private static Task StopAsync(string root, string folder) =>
        RunAsync(Path.Combine(root, "tests/cluster/kube-down"), ["--delete", folder], CancellationToken.None);

    /// <returns>What it wrote to its standard output.</returns>
    private static async Task<string> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{Path.GetFileName(program)} failed: {(await errors).Trim()}");
    }
}
