using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MesosK8sBridge.Fuzz;

/// <summary>One connection, one go of bytes, one answer.</summary>
internal static class RawHttp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <param name="finish">Says that nothing more will come; without it the request must be whole.</param>
    /// <returns>The status; 0 if the connection was closed without an answer; null if nothing came in time.</returns>
    public static async Task<int?> SendAsync(IPEndPoint endpoint, byte[] request, bool finish, TimeProvider clock)
    {
        // Reset at the end: else the machine runs out of ports.
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0), NoDelay = true };
        using var patience = new CancellationTokenSource(Patience, clock);
        try
        {
            await socket.ConnectAsync(endpoint, patience.Token);
            var sending = SendAllAsync(socket, request, finish, patience.Token);
            return await ReadStatusAsync(socket, patience.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> request, bool finish, CancellationToken ct)
    {
        try
        {
            while (!request.IsEmpty)
            {
                request = request[await socket.SendAsync(request, ct)..];
            }

            if (finish)
            {
                socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The other side has heard enough.
        }
    }

    private static async Task<int> ReadStatusAsync(Socket socket, CancellationToken ct)
    {
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer, ct);
            if (read == 0)
            {
                return 0;
            }

            head.Append(Encoding.Latin1.GetString(buffer, 0, read));
            if (Status(head.ToString().Replace("HTTP/1.1 100 Continue\r\n\r\n", "", StringComparison.Ordinal)) is { } status)
            {
                return status;
            }
        }
    }

    private static int? Status(string head) =>
        head.Length >= 12 && head.Contains("\r\n\r\n", StringComparison.Ordinal)
            ? int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture)
            : null;
}
