using System.Globalization;
using MesosK8sBridge.Chaos.Cluster;
using MesosK8sBridge.Operator;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Chaos.Replicas;

/// <summary>One of the two bridges: always at the same address, through one process after another.</summary>
internal sealed class Replica : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ChaosOptions _options;
    private readonly string _kubeconfig;
    private readonly Lock _gate = new();
    private Life? _life;
    private int _lives;

    /// <param name="kubeconfig">Of the API server itself, for another to be made that goes through the proxy.</param>
    public Replica(string name, ApiAccess api, ChaosOptions options)
    {
        (Name, _options) = (name, options);
        Endpoint = BridgeProcess.FreeEndpoint();
        HostPort.TryParse(Endpoint, defaultPort: null, out var place);
        Place = place!;
        var server = api.Http.BaseAddress!;
        Proxy = new ApiProxy(server);
        _kubeconfig = Path.Combine(options.Folder, $"kubeconfig-{name}");
        File.WriteAllText(_kubeconfig, File.ReadAllText(api.Kubeconfig).Replace(
            server.GetLeftPart(UriPartial.Authority), $"{server.Scheme}://{server.Host}:{Proxy.Port.ToString(CultureInfo.InvariantCulture)}", StringComparison.Ordinal));
    }

    public string Name { get; }

    public string Endpoint { get; }

    public HostPort Place { get; }

    public ApiProxy Proxy { get; }

    public bool IsRunning => _life is { HasExited: false };

    /// <summary>Of its present or last process.</summary>
    public string Log { get; private set; } = "";

    /// <summary>How often a process has ended without being told to: one that cannot stop before its lease runs out does.</summary>
    public int EndedByItself { get; private set; }

    public void Start()
    {
        lock (_gate)
        {
            if (_life is null)
            {
                Log = Path.Combine(_options.Folder, string.Create(CultureInfo.InvariantCulture, $"bridge-{Name}-{++_lives:000}.log"));
                _life = new Life(Log, Arguments);
            }
        }
    }

    /// <summary>What the kubelet does in a cluster. To be called now and then, by one.</summary>
    public async Task ReviveAsync()
    {
        if (_life is { HasExited: true } dead && Interlocked.CompareExchange(ref _life, null, dead) == dead)
        {
            EndedByItself++;
            await BuryAsync(dead);
            Start();
        }
    }

    /// <summary>kill -9.</summary>
    public async Task CrashAsync()
    {
        if (Take() is { } life)
        {
            await life.CrashAsync();
            await BuryAsync(life);
        }
    }

    /// <summary>SIGTERM, and its end.</summary>
    public async Task HandOverAsync()
    {
        if (Take() is { } life)
        {
            await life.SignalAsync("TERM");
            await life.WaitForExitAsync(Patience);
            await BuryAsync(life);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Take() is { } life)
        {
            await BuryAsync(life);
        }

        await Proxy.DisposeAsync();
    }

    private string[] Arguments =>
    [
        "serve", "--kubeconfig", _kubeconfig, "--listen", Endpoint, "--admission", "Open", "--default-image", "busybox",
        "--lease-duration", _options.LeaseDuration, "--lease-renew-deadline", _options.LeaseRenewDeadline,
        "--lease-retry-period", _options.LeaseRetryPeriod,
    ];

    private Life? Take() => Interlocked.Exchange(ref _life, null);

    private static async Task BuryAsync(Life life)
    {
        await File.WriteAllTextAsync(life.Log, life.Transcript);
        await life.DisposeAsync();
    }

    private sealed class Life(string log, IEnumerable<string> arguments) : ChildProcess(Repository.MesosBridge, arguments)
    {
        public string Log { get; } = log;
    }
}
