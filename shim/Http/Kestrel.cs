using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MesosK8sBridge.Shim.Http;

/// <summary>The HTTP server, bare: no host, no middleware, no configuration but ours.</summary>
internal static class Kestrel
{
    private const int KeepAliveIdleSeconds = 60;
    private const int KeepAliveIntervalSeconds = 15;
    private const int KeepAliveProbes = 4;

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    // Kestrel adds its infinite time-out to the time of the day, overflows, and closes whoever is idle within a second.
    private static readonly TimeSpan Forever = TimeSpan.FromDays(365);

    /// <param name="bound">Told of the endpoint, whose port is known once the server has started.</param>
    public static KestrelServer Create(
        ListenerOptions options, ServerCertificate? certificate, ILoggerFactory loggers, Action<ListenOptions> bound)
    {
        var sockets = new SocketTransportOptions { CreateBoundListenSocket = Bind };
        var transport = new SocketTransportFactory(Options.Create(sockets), loggers);
        var server = new KestrelServerOptions { AddServerHeader = false, AllowSynchronousIO = false };
        Limit(server.Limits, options);
        server.Listen(options.Endpoint, listener =>
        {
            listener.Protocols = HttpProtocols.Http1;
            if (certificate is not null)
            {
                server.ApplicationServices = ServicesForTls(loggers);
                listener.UseHttps(Handshakes(certificate));
            }

            bound(listener);
        });
        return new KestrelServer(Options.Create(server), transport, loggers);
    }

    /// <summary>Kestrel's TLS asks for a service that is its own secret, and that only its own set-up registers.</summary>
    private static IServiceProvider ServicesForTls(ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton(loggers);
        return builder.Build().Services;
    }

    private static TlsHandshakeCallbackOptions Handshakes(ServerCertificate certificate) => new()
    {
        OnConnection = _ => new(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.ForHandshake() }),
        HandshakeTimeout = HandshakeTimeout,
    };

    private static void Limit(KestrelServerLimits limits, ListenerOptions options)
    {
        // Ours is kept by who reads the body: after Kestrel's own refusal a client that is still sending finds a closed
        // connection, and not the answer.
        limits.MaxRequestBodySize = null;
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.MaxRequestHeadersTotalSize = options.MaxHeaderBytes;
        limits.RequestHeadersTimeout = options.HeadersTimeout;
        limits.MinRequestBodyDataRate = new MinDataRate(options.MinBodyBytesPerSecond, options.BodyGrace);

        // Mesos' client opens a connection for calls and may leave it idle for hours; to it a closed one is a lost master.
        limits.KeepAliveTimeout = Forever;
    }

    /// <summary>Accepted sockets inherit the probes, by which peers that vanished without a word are noticed.</summary>
    private static Socket Bind(System.Net.EndPoint endpoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveIdleSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveIntervalSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
        return socket;
    }
}
