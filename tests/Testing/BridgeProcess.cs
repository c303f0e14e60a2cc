using System.Net;
using System.Net.Sockets;

namespace MesosK8sBridge.Testing;

/// <summary><c>bin/mesos-bridge serve</c> as its users start it, in a process of its own so that it can be killed.</summary>
public sealed class BridgeProcess : ChildProcess
{
    private static readonly HttpClient Http = new() { Timeout = Timeout.InfiniteTimeSpan };

    // Tests do not wait a quarter of a minute for the next leader.
    private static readonly string[] ShortLease = ["--lease-duration", "8s", "--lease-renew-deadline", "6s", "--lease-retry-period", "1s"];

    private BridgeProcess(string endpoint, IEnumerable<string> arguments)
        : base(Repository.MesosBridge, arguments) => Endpoint = endpoint;

    /// <summary>HOST:PORT of the scheduler endpoint.</summary>
    public string Endpoint { get; }

    /// <summary>An address that is free now; a bridge that is started again can have it again.</summary>
    public static string FreeEndpoint()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
    }

    /// <summary>Starts it, and waits until it serves frameworks.</summary>
    public static async Task<BridgeProcess> ServeAsync(string kubeconfig, string endpoint, params string[] more)
    {
        var bridge = new BridgeProcess(
            endpoint, ["serve", "--kubeconfig", kubeconfig, "--listen", endpoint, "--install-crds", .. ShortLease, .. more]);
        try
        {
            await bridge.ReadyAsync(TimeSpan.FromSeconds(60));
            return bridge;
        }
        catch
        {
            await bridge.DisposeAsync();
            throw;
        }
    }

    // A call of a framework that nobody knows is answered with 503 until the master has recovered, and with 400 then.
    private async Task ReadyAsync(TimeSpan deadline)
    {
        using var timeout = new CancellationTokenSource(deadline);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        try
        {
            while (!await RecoveredAsync(timeout.Token))
            {
                await pulse.WaitForNextTickAsync(timeout.Token);
            }
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"The bridge does not serve after {deadline.TotalSeconds} s:\n{Transcript}", e);
        }
    }

    private async Task<bool> RecoveredAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var call = new StringContent("""{"type":"TEARDOWN","framework_id":{"value":"nobody"}}""");
            call.Headers.ContentType = new("application/json");
            using var answer = await Http.PostAsync(new Uri($"http://{Endpoint}/api/v1/scheduler"), call, cancellationToken);
            return answer.StatusCode == HttpStatusCode.BadRequest;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
