using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Operator.Tests.Execute;

/// <summary>A peer that speaks the scheduler API on raw sockets, as a test tells it to: byte by byte where that matters.</summary>
internal sealed class ScriptedMaster : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<ScriptedRequest, Task> _script;
    private readonly Task _accepting;

    /// <param name="script">Answers one request; called for several at a time.</param>
    public ScriptedMaster(Func<ScriptedRequest, Task> script)
    {
        _script = script;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public HostPort Address => new("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);

    /// <summary>The first thing that went wrong in a script; null if nothing did.</summary>
    public Exception? Trouble { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting; // Before the listener stops: it may be about to accept.
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                open.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            client.NoDelay = true;
            try
            {
                var stream = client.GetStream();
                while (await ScriptedRequest.ReadAsync(stream, _stop.Token) is { } request)
                {
                    await _script(request);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The client or the script has hung up, or the test is over.
            }
            catch (Exception e)
            {
                Trouble ??= e;
            }
        }
    }
}

/// <summary>One request, and the connection to answer it on.</summary>
internal sealed class ScriptedRequest(NetworkStream stream, string head, byte[] body, CancellationToken stopped)
{
    public string RequestLine { get; } = head.Split("\r\n")[0];

    public byte[] Body { get; } = body;

    public bool IsJson => Header("Content-Type") == "application/json";

    public Call Call => IsJson ? MesosJson.Parse<Call>(Body) : Call.Parser.ParseFrom(Body);

    public static async Task<ScriptedRequest?> ReadAsync(NetworkStream stream, CancellationToken stopped)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, stopped) == 0)
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        var length = HeaderIn(head.ToString(), "Content-Length") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, stopped);
        return new ScriptedRequest(stream, head.ToString(), body, stopped);
    }

    public string? Header(string name) => HeaderIn(head, name);

    public Task AcceptAsync() => WriteAsync("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");

    public Task AnswerAsync(string status, string text, string headers = "") =>
        WriteAsync($"HTTP/1.1 {status}\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(text)}\r\n\r\n{text}");

    public Task OpenStreamAsync(string id) =>
        WriteAsync($"HTTP/1.1 200 OK\r\nContent-Type: {Header("Content-Type")}\r\nMesos-Stream-Id: {id}\r\nTransfer-Encoding: chunked\r\n\r\n");

    /// <summary>Each event as a record, each byte in a chunk and a packet of its own.</summary>
    public async Task DribbleAsync(params Event[] events)
    {
        foreach (var each in events)
        {
            await DribbleAsync(IsJson ? MesosJson.ToUtf8(each) : each.ToByteArray());
        }
    }

    public async Task DribbleAsync(byte[] record)
    {
        foreach (var octet in (byte[])[.. Encoding.ASCII.GetBytes($"{record.Length}\n"), .. record])
        {
            await stream.WriteAsync((byte[])[(byte)'1', (byte)'\r', (byte)'\n', octet, (byte)'\r', (byte)'\n'], stopped);
        }
    }

    public Task WriteAsync(string text) => stream.WriteAsync(Encoding.UTF8.GetBytes(text), stopped).AsTask();

    /// <summary>Ends the connection in the middle of whatever it is in.</summary>
    public void HangUp() => stream.Dispose();

    private static string? HeaderIn(string head, string name) => head.Split("\r\n")
        .Where(line => line.StartsWith($"{name}:", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim())
        .SingleOrDefault();
}
