using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MesosK8sBridge.Chaos.Cluster;

/// <summary>Stands between one bridge and the API server, hands on bytes, and can stop doing so.</summary>
internal sealed class ApiProxy : IAsyncDisposable
{
    private const int BufferSize = 64 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, TcpClient> _connections = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly DnsEndPoint _server;
    private readonly Task _accepting;
    private volatile Task _flow = Task.CompletedTask;

    public ApiProxy(Uri server)
    {
        _server = new DnsEndPoint(server.Host, server.Port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Ends all connections there are; new ones are taken.</summary>
    public void Cut()
    {
        foreach (var (client, server) in _connections)
        {
            Abort(client);
            Abort(server);
        }
    }

    /// <summary>For a while nothing passes, and no connection ends.</summary>
    public async Task StallAsync(TimeSpan length, TimeProvider clock, CancellationToken cancellationToken)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _flow = over.Task;
        try
        {
            await Task.Delay(length, clock, cancellationToken);
        }
        finally
        {
            over.SetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting; // Before the listener stops: it may be about to accept.
        Cut();
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException && _stopping.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient { NoDelay = true };
        client.NoDelay = true;
        try
        {
            await server.ConnectAsync(_server.Host, _server.Port, _stopping.Token);
            _connections[client] = server;
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The API server takes no connections: the bridge is to see just that.
        }
        finally
        {
            _connections.TryRemove(client, out _);
            Abort(client);
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[BufferSize];
        try
        {
            int count;
            while ((count = await from.GetStream().ReadAsync(buffer, _stopping.Token)) > 0)
            {
                await _flow.WaitAsync(_stopping.Token);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _stopping.Token);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // Either side is gone: so will be the other.
        }
    }

    /// <summary>With a reset: whoever reads is to notice at once.</summary>
    private static void Abort(TcpClient connection)
    {
        try
        {
            connection.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or NullReferenceException)
        {
            // It has ended already.
        }

        connection.Dispose();
    }
}
