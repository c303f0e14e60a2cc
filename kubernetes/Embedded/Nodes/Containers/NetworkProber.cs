using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;

/// <summary>Asks containers how they are by HTTP or by a mere connection, as a kubelet does. Thread-safe.</summary>
/// <remarks>Kubernetes: pkg/kubelet/prober/prober.go, pkg/probe/http/http.go, pkg/probe/tcp/tcp.go.</remarks>
internal sealed class NetworkProber(TimeProvider clock) : IDisposable
{
    private const int MostRedirects = 10;

    [SuppressMessage("Security", "CA5359", Justification = "A kubelet takes any certificate of a container: it asks whether it is well, not who it is.")]
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = AnyCertificate },
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <returns>Null if the probe says nothing that can be asked.</returns>
    public async Task<bool?> AskAsync(V1Container container, ContainerProbe probe, string address, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(probe.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return probe.Probe switch
            {
                { HttpGet: { } get } when Port(get.Port, container) is { } port => await GetAsync(get, Host(get.Host, address), port, either.Token),
                { TcpSocket: { } socket } when Port(socket.Port, container) is { } port => await ConnectAsync(Host(socket.Host, address), port, either.Token),
                _ => null,
            };
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Dispose() => _http.Dispose();

    private static string Host(string? given, string address) => string.IsNullOrEmpty(given) ? address : given;

    /// <summary>Of a name: what the container calls so.</summary>
    private static int? Port(IntOrString? port, V1Container container) =>
        (port?.Number ?? container.Ports?.FirstOrDefault(p => p.Name == port?.Text)?.ContainerPort) is { } number and > 0 and <= 65535 ? number : null;

    private async Task<bool> GetAsync(V1HTTPGetAction get, string host, int port, CancellationToken cancellationToken)
    {
        var scheme = get.Scheme is "HTTPS" ? "https" : "http";
        var authority = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";
        var uri = new Uri($"{scheme}://{authority}/{get.Path?.TrimStart('/')}");
        for (var i = 0; i < MostRedirects; i++)
        {
            using var request = Request(uri, get);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response is not { StatusCode: >= HttpStatusCode.Ambiguous and < HttpStatusCode.BadRequest, Headers.Location: { } location })
            {
                return response.StatusCode is >= HttpStatusCode.OK and < HttpStatusCode.BadRequest;
            }

            uri = new Uri(uri, location);
            if (uri.Host != request.RequestUri!.Host)
            {
                return true; // Somebody else's health is not asked for.
            }
        }

        return false;
    }

    private static HttpRequestMessage Request(Uri uri, V1HTTPGetAction get)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.20");
        foreach (var header in get.HttpHeaders ?? [])
        {
            request.Headers.Remove(header.Name ?? "");
            request.Headers.TryAddWithoutValidation(header.Name ?? "", header.Value);
        }

        return request;
    }

    private static async Task<bool> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(host, port, cancellationToken);
        return true;
    }

#pragma warning disable MA0039 // A kubelet does not ask either: what answers is the container, whoever it says it is.
    private static bool AnyCertificate(
        object sender, System.Security.Cryptography.X509Certificates.X509Certificate? certificate,
        System.Security.Cryptography.X509Certificates.X509Chain? chain, SslPolicyErrors errors) => true;
#pragma warning restore MA0039
}
