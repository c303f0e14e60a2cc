using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>
/// Where Kubernetes asks how the bridge is: <c>/readyz</c> and <c>/livez</c>, 200 with <c>ok</c>, or 503 with what is amiss. Apart from the
/// frameworks' port, so that their load or its limits never pass for a dead process.
/// </summary>
internal sealed class ProbeEndpoint : IAsyncDisposable
{
    private const int MostConnections = 64;

    private readonly KestrelServer _server;
    private ListenOptions? _bound;

    private ProbeEndpoint(IPEndPoint listen, ILoggerFactory loggers)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.MaxConcurrentConnections = MostConnections;
        options.Listen(listen, bound =>
        {
            bound.Protocols = HttpProtocols.Http1;
            _bound = bound;
        });
        _server = new KestrelServer(Options.Create(options), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers), loggers);
    }

    public IPEndPoint Address => _bound!.IPEndPoint!;

    /// <param name="ready">What is amiss; null if nothing is. Of readiness, and of being alive.</param>
    /// <exception cref="IOException">The address is in use or not this machine's.</exception>
    public static async Task<ProbeEndpoint> StartAsync(
        IPEndPoint listen, Func<string?> ready, Func<CancellationToken, Task<string?>> alive, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var probes = new ProbeEndpoint(listen, loggers);
        await probes._server.StartAsync(new Application(ready, alive), cancellationToken);
        return probes;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
    }

    private sealed class Application(Func<string?> ready, Func<CancellationToken, Task<string?>> alive) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }

        public async Task ProcessRequestAsync(HttpContext context)
        {
            var (found, trouble) = context.Request.Path.Value switch
            {
                "/readyz" => (true, ready()),
                "/livez" => (true, await alive(context.RequestAborted)),
                _ => (false, "not found"),
            };
            context.Response.StatusCode = !found ? 404 : trouble is null ? 200 : 503;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync((trouble ?? "ok") + "\n", context.RequestAborted);
        }
    }
}
