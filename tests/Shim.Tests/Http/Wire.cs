using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace MesosK8sBridge.Shim.Tests.Http;

/// <summary>A client that knows nothing but bytes. What it reads it shows as text, each byte a character.</summary>
internal sealed partial class Wire : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 << 10];
    private int _start;
    private int _end;

    public static async Task<Wire> ConnectAsync(IPEndPoint endpoint, int? receiveBuffer = null)
    {
        var wire = new Wire();
        if (receiveBuffer is { } size)
        {
            wire._socket.ReceiveBufferSize = size;
        }

        await wire._socket.ConnectAsync(endpoint, TestContext.Current.CancellationToken).Soon();
        return wire;
    }

    /// <param name="text">Lines end in whatever the source ends them: they leave as CR LF.</param>
    public Task SendLinesAsync(string text) => SendAsync(text.ReplaceLineEndings("\r\n"));

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes, TestContext.Current.CancellationToken).Soon()..];
        }
    }

    public Task PostAsync(string contentType, ReadOnlySpan<byte> body, string headers = "")
    {
        var head = $"POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\n{headers}Content-Type: {contentType}\r\nContent-Length: {body.Length}\r\n\r\n";
        return SendAsync(Encoding.Latin1.GetBytes(head).Concat(body.ToArray()).ToArray());
    }

    public Task PostJsonAsync(string json, string headers = "") => PostAsync("application/json", Encoding.UTF8.GetBytes(json), headers);

    /// <summary>The head of an answer, up to its empty line, with the date made constant.</summary>
    public async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        do
        {
            head.Append(await ReadLineAsync()).Append('\n');
        }
        while (head.Length < 2 || head[^1] != '\n' || head[^2] != '\n');

        return DateLine().Replace(head.ToString(), "Date: (now)\n");
    }

    /// <summary>A whole answer whose body has a length.</summary>
    public async Task<string> ReadAnswerAsync()
    {
        var head = await ReadHeadAsync();
        var length = ContentLength().Match(head);
        return head + (length.Success ? await ReadAsync(int.Parse(length.Groups["length"].Value, CultureInfo.InvariantCulture)) : "");
    }

    /// <summary>The content of the next chunk; empty for the last.</summary>
    public async Task<string> ReadChunkAsync()
    {
        var size = int.Parse(await ReadLineAsync(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var chunk = await ReadAsync(size);
        Assert.Equal("", await ReadLineAsync());
        return chunk;
    }

    public async Task<string> ReadAsync(int count)
    {
        var text = new StringBuilder();
        while (text.Length < count)
        {
            await FillAsync();
            var taken = Math.Min(count - text.Length, _end - _start);
            text.Append(Encoding.Latin1.GetString(_buffer, _start, taken));
            _start += taken;
        }

        return text.ToString();
    }

    /// <returns>False once the other side has closed or reset the connection.</returns>
    public async Task<bool> IsOpenAsync()
    {
        try
        {
            await FillAsync();
            return true;
        }
        catch (Exception e) when (e is EndOfStreamException or SocketException)
        {
            return false;
        }
    }

    /// <summary>
    /// Reads whatever comes until the connection is closed. Speaks meanwhile: a reset that meets a shut receive window is lost, and who
    /// speaks to nobody gets another.
    /// </summary>
    public async Task UntilClosedAsync()
    {
        using var closed = new CancellationTokenSource();
        var speaking = SpeakAsync(closed.Token);
        while (await IsOpenAsync())
        {
            _start = _end;
        }

        await closed.CancelAsync();
        await speaking.Soon();
    }

    public void HangUp() => _socket.Close();

    public void Dispose() => _socket.Dispose();

    private async Task SpeakAsync(CancellationToken closed)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        try
        {
            do
            {
                await _socket.SendAsync("\r\n"u8.ToArray(), closed);
            }
            while (await timer.WaitForNextTickAsync(closed));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // Nobody is there any more.
        }
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (line.Length == 0 || line[^1] != '\n')
        {
            line.Append(await ReadAsync(1));
        }

        Assert.EndsWith("\r\n", line.ToString(), StringComparison.Ordinal);
        return line.ToString(0, line.Length - 2);
    }

    private async Task FillAsync()
    {
        if (_start < _end)
        {
            return;
        }

        var received = await _socket.ReceiveAsync(_buffer, TestContext.Current.CancellationToken).Soon();
        (_start, _end) = received > 0 ? (0, received) : throw new EndOfStreamException("The connection was closed.");
    }

    [GeneratedRegex(@"^Date: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d GMT\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex DateLine();

    [GeneratedRegex(@"^Content-Length: (?<length>\d+)\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex ContentLength();
}
