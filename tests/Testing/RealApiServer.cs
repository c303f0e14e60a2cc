using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace MesosK8sBridge.Testing;

/// <summary>A real kube-apiserver with its etcd, by <c>tests/cluster/kube-up --apiserver-only</c>.</summary>
/// <remarks>
/// The programs are looked for in KUBEBUILDER_ASSETS, KUBE_ASSETS, and where <c>tests/cluster/kube-assets</c> puts them.
/// </remarks>
public sealed class RealApiServer : ApiServerFixture
{
    private const string FolderStart = "mkb-api-";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    private readonly string? _assets = Places().FirstOrDefault(HasServer);
    private readonly string _folder = Path.Combine(Path.GetTempPath(), FolderStart + Environment.ProcessId);

    private bool _started;

    public override string? SkipReason => _assets is not null
        ? null
        : $"No kube-apiserver and etcd in {string.Join(" or ", Places())}: tests/cluster/kube-assets builds them.";

    protected override async Task<ApiAccess> StartAsync()
    {
        _started = true;
        await SweepAsync();
        var kubeconfig = (await UpAsync()).Text.Trim().Split('\n')[^1];
        return new ApiAccess(Client(new Uri(Server(kubeconfig))), kubeconfig);
    }

    protected override async ValueTask StopAsync()
    {
        if (_started)
        {
            await Programs.RunAsync(Repository.File("tests/cluster/kube-down"), ["--delete", _folder], StartLimit);
        }
    }

    /// <summary>SIGSTOP: connections stay, and nothing is answered.</summary>
    public Task PauseAsync() => Signals.SendAsync("STOP", Pid());

    public Task ResumeAsync() => Signals.SendAsync("CONT", Pid());

    /// <summary>kill -9, and another on the same address and data. Ends when that one serves.</summary>
    public async Task RestartAsync()
    {
        await Signals.SendAsync("KILL", Pid());
        await UpAsync();
    }

    /// <summary>Kubernetes' own scheduler, for the Pods of this server; null if it is not among the programs. Dispose it.</summary>
    public RealScheduler? StartScheduler() =>
        _assets is { } assets && File.Exists(Path.Combine(assets, "kube-scheduler")) ? new RealScheduler(assets, Path.Combine(_folder, "kubeconfig", "admin")) : null;

    private int Pid() => int.Parse(File.ReadAllText(Path.Combine(_folder, "run", "apiserver.pid")).Split(' ')[0], CultureInfo.InvariantCulture);

    private async Task<ProgramOutput> UpAsync()
    {
        var output = await Programs.RunAsync(
            Repository.File("tests/cluster/kube-up"), ["--apiserver-only", _folder], StartLimit, ("KUBE_ASSETS", _assets!));
        return output.ExitCode == 0 ? output : throw new InvalidOperationException($"kube-up failed: {output.Error}");
    }

    /// <summary>Ends what test runs have left behind that were killed.</summary>
    private static async Task SweepAsync()
    {
        foreach (var folder in Directory.GetDirectories(Path.GetTempPath(), FolderStart + "*"))
        {
            if (int.TryParse(Path.GetFileName(folder)[FolderStart.Length..], CultureInfo.InvariantCulture, out var run) && !Directory.Exists($"/proc/{run}"))
            {
                await Programs.RunAsync(Repository.File("tests/cluster/kube-down"), ["--delete", folder], StartLimit);
            }
        }
    }

    private HttpClient Client(Uri server)
    {
        var pki = Path.Combine(_folder, "pki");
        var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(pki, "ca.crt"));
        using var pem = X509Certificate2.CreateFromPemFile(Path.Combine(pki, "admin.crt"), Path.Combine(pki, "admin.key"));
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), password: null)],
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { authority },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        return new HttpClient(handler) { BaseAddress = server, Timeout = TimeSpan.FromMinutes(1) };
    }

    private static string Server(string kubeconfig) =>
        File.ReadLines(kubeconfig).Select(line => line.Trim()).First(line => line.StartsWith("server: ", StringComparison.Ordinal))["server: ".Length..];

    private static bool HasServer(string folder) => File.Exists(Path.Combine(folder, "kube-apiserver")) && File.Exists(Path.Combine(folder, "etcd"));

    private static IEnumerable<string> Places() =>
        new[] { Environment.GetEnvironmentVariable("KUBEBUILDER_ASSETS"), Environment.GetEnvironmentVariable("KUBE_ASSETS"), Repository.CachedAssets }
            .OfType<string>().Where(folder => folder.Length > 0).Distinct(StringComparer.Ordinal);
}
