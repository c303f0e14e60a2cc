using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Kubernetes.Wire;

namespace MesosK8sBridge.Kubernetes.Tests.Client;

/// <summary>What crosses the wire, against a peer that says just what a test tells it to.</summary>
public sealed class WireTests : IAsyncDisposable
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";

    private const string Added = """{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a","resourceVersion":"5"}}}""";

    private static readonly CancellationToken Deadline = new CancellationTokenSource(TimeSpan.FromMinutes(5)).Token;

    private readonly ScriptedPeer _peer = new();

    private readonly KubernetesClient _client;

    public WireTests() => _client = Client(new());

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _peer.DisposeAsync();
    }

    [Fact]
    public async Task A_create_is_a_POST_of_what_is_set()
    {
        _peer.Answer(Head + """{"kind":"Pod","metadata":{"name":"p","uid":"1"}}""");
        var pod = new V1Pod { Metadata = new() { Name = "p", NamespaceProperty = "n" } };

        var made = await _client.CreateAsync(pod, Deadline);

        Assert.Equal("1", made.Uid());
        var request = await _peer.NextRequestAsync();
        Assert.StartsWith("POST /api/v1/namespaces/n/pods HTTP/1.1\r\n", request);
        Assert.Contains("Content-Type: application/json\r\n", request);
        Assert.EndsWith("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"n"}}""", request);
    }

    [Fact]
    public async Task Options_of_a_list_are_in_its_query()
    {
        _peer.Answer(Head + """{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"tok"},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}],"more":[1]}""");

        var list = await _client.ListAsync<V1Pod>("n", new() { LabelSelector = "a=b,c in (d)", FieldSelector = "spec.nodeName=x", Limit = 2, Continue = "t/=" }, Deadline);

        Assert.Equal(["a", "b"], list.Items.Select(p => p.Name()));
        Assert.Equal(("7", "tok"), (list.Metadata.ResourceVersion, list.Metadata.Continue));
        Assert.StartsWith(
            "GET /api/v1/namespaces/n/pods?labelSelector=a%3Db%2Cc%20in%20%28d%29&fieldSelector=spec.nodeName%3Dx&limit=2&continue=t%2F%3D HTTP/1.1",
            await _peer.NextRequestAsync());
    }

    [Fact]
    public async Task An_empty_list_may_be_null()
    {
        _peer.Answer(Head + """{"kind":"PodList","metadata":{},"items":null}""");

        Assert.Empty((await _client.ListAsync<V1Pod>("n", cancellationToken: Deadline)).Items);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"kind":"Pod","metadata":{"name":"p"}}""")]
    [InlineData("""{"kind":7,"items":{}}""")]
    [InlineData("""{"items":[null]}""")]
    [InlineData("""{"items":[{"metadata":{}},""")]
    public async Task What_is_no_list_is_refused(string text)
    {
        _peer.Answer(Head + text);

        await Assert.ThrowsAnyAsync<JsonException>(() => _client.ListAsync<V1Pod>("n", cancellationToken: Deadline));
    }

    [Fact]
    public async Task An_apply_says_who_owns_the_fields()
    {
        _peer.Answer(Head + """{"metadata":{"name":"p"}}""");

        await _client.PatchAsync<V1Pod>(V1Patch.Apply(new V1Pod { Metadata = new() { Name = "p" } }, "me & you", force: true), "p", "n", "status", Deadline);

        var request = await _peer.NextRequestAsync();
        Assert.StartsWith("PATCH /api/v1/namespaces/n/pods/p/status?fieldManager=me%20%26%20you&force=true HTTP/1.1\r\n", request);
        Assert.Contains("Content-Type: application/apply-patch+yaml\r\n", request);
    }

    [Theory]
    [InlineData("429 Too Many Requests", 1)]
    [InlineData("503 Service Unavailable", 1)]
    [InlineData("500 Internal Server Error", 0)]
    public async Task A_Retry_After_of_429_and_503_is_heeded(string status, int repeated)
    {
        _peer.Answer($"HTTP/1.1 {status}\r\nRetry-After: 0\r\nConnection: close\r\n\r\nbusy");
        _peer.Answer(Head + """{"metadata":{"name":"p"}}""");

        var failure = await Record.ExceptionAsync(() => _client.GetAsync<V1Pod>("p", "n", Deadline));

        Assert.Equal(repeated == 0, failure is KubernetesException { StatusCode: 500, IsTransient: true, Message: "GET /api/v1/namespaces/n/pods/p was answered 500: busy" });
        Assert.Equal(repeated + 1, _peer.Requests);
    }

    [Fact]
    public async Task Patience_has_an_end()
    {
        using var client = Client(new() { Retries = 2 });
        for (var i = 0; i < 4; i++)
        {
            _peer.Answer("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nConnection: close\r\n\r\n");
        }

        var e = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync<V1Pod>("p", "n", Deadline));

        Assert.Equal((429, TimeSpan.Zero), (e.StatusCode, e.RetryAfter));
        Assert.Equal(3, _peer.Requests);
    }

    [Fact]
    public async Task A_wait_that_is_too_long_is_the_callers()
    {
        _peer.Answer("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3600\r\nConnection: close\r\n\r\n");

        var e = await Assert.ThrowsAsync<KubernetesException>(() => _client.GetAsync<V1Pod>("p", "n", Deadline));

        Assert.Equal(TimeSpan.FromHours(1), e.RetryAfter);
    }

    [Fact]
    public async Task An_eviction_that_a_budget_forbids_is_not_repeated()
    {
        _peer.Answer("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nConnection: close\r\n\r\n"
            + """{"kind":"Status","reason":"TooManyRequests","message":"Cannot evict pod","details":{"causes":[{"reason":"DisruptionBudget"}]},"code":429}""");

        var e = await Assert.ThrowsAsync<KubernetesException>(() => _client.EvictAsync("p", "n", new() { GracePeriodSeconds = 3 }, Deadline));

        Assert.Equal("DisruptionBudget", e.Details!.Causes![0].Reason);
        Assert.EndsWith(
            """{"apiVersion":"policy/v1beta1","kind":"Eviction","metadata":{"name":"p","namespace":"n"},"deleteOptions":{"gracePeriodSeconds":3}}""",
            await _peer.NextRequestAsync());
        Assert.Equal(1, _peer.Requests);
    }

    [Fact]
    public async Task A_silent_server_is_given_up()
    {
        using var client = Client(new() { Timeout = TimeSpan.FromMilliseconds(200) });
        _peer.Answer("", hold: true);

        Assert.True((await Assert.ThrowsAsync<TimeoutException>(() => client.GetAsync<V1Pod>("p", "n", Deadline))).IsTransient());
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_a_passing_trouble()
    {
        using var client = new KubernetesClient(new() { Server = new("http://127.0.0.1:1") });

        Assert.True((await Assert.ThrowsAnyAsync<Exception>(() => client.GetAsync<V1Pod>("p", "n", Deadline))).IsTransient());
    }

    [Fact]
    public async Task An_answer_that_stops_halfway_is_given_up()
    {
        using var client = Client(new() { Timeout = TimeSpan.FromMilliseconds(200) });
        _peer.Answer(Head + """{"metadata":""", hold: true);

        await Assert.ThrowsAsync<TimeoutException>(() => client.GetAsync<V1Pod>("p", "n", Deadline));
    }

    [Fact]
    public async Task An_answer_without_end_is_refused()
    {
        using var client = Client(new() { LargestAnswer = 10_000 });
        _peer.Answer(Head + new string(' ', 20_000));

        await Assert.ThrowsAsync<IOException>(() => client.GetAsync<V1Pod>("p", "n", Deadline));
    }

    [Fact]
    public async Task Whoever_cancels_hears_of_a_cancellation()
    {
        _peer.Answer("", hold: true);
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _client.GetAsync<V1Pod>("p", "n", cancel.Token));
    }

    [Fact]
    public async Task A_refused_token_is_read_again_once()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "old", Deadline);
        using var client = new KubernetesClient(new() { Server = _peer.Address, Credential = new TokenFileCredential(file, TimeProvider.System) });
        _peer.Answer(Head + "{\"metadata\":{}}");
        _peer.Answer("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n");
        _peer.Answer(Head + "{\"metadata\":{}}");
        _peer.Answer("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n");

        await client.GetAsync<V1Pod>("p", "n", Deadline);
        await File.WriteAllTextAsync(file, "new", Deadline);
        await client.GetAsync<V1Pod>("p", "n", Deadline);
        var e = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync<V1Pod>("p", "n", Deadline));
        File.Delete(file);

        Assert.True(e.IsUnauthorized);
        Assert.Contains("Bearer old", await _peer.NextRequestAsync());
        Assert.Contains("Bearer old", await _peer.NextRequestAsync());
        Assert.Contains("Bearer new", await _peer.NextRequestAsync());
        Assert.Equal(4, _peer.Requests);
    }

    [Fact]
    public async Task A_watch_asks_for_its_end_and_for_bookmarks()
    {
        _peer.Answer(Head + Added + "\n");

        var seen = await WatchAsync(new() { ResourceVersion = "4", AllowWatchBookmarks = true, Timeout = TimeSpan.FromSeconds(300.5) });

        Assert.Equal(["Added a 5"], seen);
        Assert.StartsWith("GET /api/v1/pods?resourceVersion=4&watch=true&allowWatchBookmarks=true&timeoutSeconds=301 HTTP/1.1", await _peer.NextRequestAsync());
    }

    [Fact]
    public async Task A_watch_cut_within_an_event_fails_after_the_events_before()
    {
        _peer.Answer(Head + Added + "\n" + Added[..40]);
        var seen = new List<string>();

        await Assert.ThrowsAsync<IOException>(() => WatchAsync(new(), seen));

        Assert.Equal(["Added a 5"], seen);
    }

    [Fact]
    public async Task A_watch_that_never_ends_is_given_up()
    {
        using var client = Client(new() { WatchGrace = TimeSpan.FromSeconds(2) });
        _peer.Answer(Head + Added + "\n", hold: true);
        var seen = new List<string>();

        await Assert.ThrowsAsync<TimeoutException>(() => WatchAsync(new() { Timeout = TimeSpan.FromMilliseconds(1) }, seen, client));

        Assert.Equal(["Added a 5"], seen);
    }

    [Fact]
    public async Task A_log_is_a_stream()
    {
        _peer.Answer(Head + "line 1\nline 2\n");
        await using var log = await _client.ReadPodLogAsync("p", "n", new() { Container = "c", Follow = true, TailLines = 5 }, Deadline);
        using var reader = new StreamReader(log);

        Assert.Equal("line 1\nline 2\n", await reader.ReadToEndAsync(Deadline));
        Assert.StartsWith("GET /api/v1/namespaces/n/pods/p/log?container=c&follow=true&tailLines=5 HTTP/1.1", await _peer.NextRequestAsync());
    }

    [Fact]
    public async Task A_log_that_falls_silent_is_given_up_unless_it_is_followed()
    {
        using var client = Client(new() { LogSilence = TimeSpan.FromSeconds(2) });
        _peer.Answer(Head + "x", hold: true);
        await using var log = await client.ReadPodLogAsync("p", "n", cancellationToken: Deadline);
        using var reader = new StreamReader(log);

        await Assert.ThrowsAsync<TimeoutException>(() => reader.ReadToEndAsync(Deadline));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(1_000_000)]
    public async Task Events_are_read_however_they_are_cut(int piece)
    {
        var big = new string('x', 100_000);
        var text = """
            {"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}

            {"object":{"metadata":{"name":"b","resourceVersion":"2","annotations":{"z":"BIG"}}},"extra":{"type":"DELETED"},"type":"MODIFIED"}
            {"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"3","creationTimestamp":null}}}
            {"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"4"}}}

            """.Replace("BIG", big, StringComparison.Ordinal);

        Assert.Equal(["Added a 1", "Modified b 2", "Bookmark  3", "Deleted a 4"], await ReadAsync(text, piece));
    }

    [Fact]
    public async Task An_ERROR_is_thrown()
    {
        const string text = """{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old resource version: 1 (2)","reason":"Expired","code":410}}""";

        var e = await Assert.ThrowsAsync<KubernetesException>(() => ReadAsync(text + "\n", 5));

        Assert.True(e.IsGone);
        Assert.Equal(("Expired", "too old resource version: 1 (2)"), (e.Reason, e.Message));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("")]
    public async Task A_line_that_is_too_long_is_refused_before_it_is_all_here(string end) =>
        await Assert.ThrowsAsync<IOException>(() => ReadAsync(new string('x', 200_001) + end, 4096));

    [Theory]
    [InlineData("nonsense\n")]
    [InlineData("{}\n")]
    [InlineData("""{"type":"ADDED"}""" + "\n")]
    [InlineData("""{"type":"ADDED","object":null}""" + "\n")]
    [InlineData("""{"type":"REPLACED","object":{}}""" + "\n")]
    [InlineData("""{"type":3,"object":{}}""" + "\n")]
    [InlineData("""{"type":"ADDED","object":{"metadata":7}}""" + "\n")]
    public async Task What_is_no_event_is_refused(string text) => await Assert.ThrowsAnyAsync<JsonException>(() => ReadAsync(text, 3));

    private static async Task<List<string>> ReadAsync(string text, int piece)
    {
        var seen = new List<string>();
        using var stream = new DribblingStream(Encoding.UTF8.GetBytes(text), piece);
        await foreach (var e in WatchReader.ReadAsync<V1Pod>(stream, KubernetesJson.Default, largest: 200_000, Deadline))
        {
            seen.Add($"{e.Type} {e.Object.Name()} {e.Object.ResourceVersion()}");
        }

        return seen;
    }

    private async Task<List<string>> WatchAsync(ListOptions options, List<string>? seen = null, KubernetesClient? client = null)
    {
        seen ??= [];
        await foreach (var e in (client ?? _client).WatchAsync<V1Pod>(options: options, cancellationToken: Deadline))
        {
            seen.Add($"{e.Type} {e.Object.Name()} {e.Object.ResourceVersion()}");
        }

        return seen;
    }

    private KubernetesClient Client(KubernetesClientOptions options) => new(new() { Server = _peer.Address }, options);

    private sealed class DribblingStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }

    /// <summary>Takes one connection after another and gives the answers in their order.</summary>
    private sealed class ScriptedPeer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        private readonly Queue<(string Text, bool Hold)> _answers = [];

        private readonly System.Threading.Channels.Channel<string> _requests = System.Threading.Channels.Channel.CreateUnbounded<string>();

        private readonly CancellationTokenSource _stop = new();

        private readonly Task _running;

        public ScriptedPeer()
        {
            _listener.Start();
            Address = new($"http://{_listener.LocalEndpoint}");
            _running = RunAsync();
        }

        public Uri Address { get; }

        public int Requests { get; private set; }

        public void Answer(string text, bool hold = false) => _answers.Enqueue((text, hold));

        public async Task<string> NextRequestAsync() => await _requests.Reader.ReadAsync(Deadline);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running; // Before the listener stops: it may be about to accept.
            _listener.Stop();
        }

        private async Task RunAsync()
        {
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    using var connection = await _listener.AcceptTcpClientAsync(_stop.Token);
                    await ServeAsync(connection.GetStream());
                }
                catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
                {
                    // The client hung up, or the test is over.
                }
            }
        }

        private async Task ServeAsync(NetworkStream stream)
        {
            var request = await ReadRequestAsync(stream);
            Requests++;
            _requests.Writer.TryWrite(request);
            var (text, hold) = _answers.Dequeue();
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), _stop.Token);
            if (hold)
            {
                await stream.ReadAsync(new byte[1], _stop.Token);
            }
        }

        private async Task<string> ReadRequestAsync(NetworkStream stream)
        {
            var text = "";
            var chunk = new byte[65536];
            while (!IsWhole(text))
            {
                var read = await stream.ReadAsync(chunk, _stop.Token);
                text += read > 0 ? Encoding.UTF8.GetString(chunk, 0, read) : throw new IOException("hung up");
            }

            return text;
        }

        private static bool IsWhole(string text)
        {
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var length = text.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length: ", StringComparison.Ordinal))?[16..];
            return end >= 0 && text.Length - end - 4 >= int.Parse(length ?? "0");
        }
    }
}
