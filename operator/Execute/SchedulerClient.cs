using System.Net;
using System.Net.Http.Headers;
using System.Text;
using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Operator.Execute;

/// <summary>How the messages of the scheduler API are written.</summary>
internal enum WireFormat
{
    Protobuf,
    Json,
}

/// <param name="Masters">At least one; tried in turn.</param>
/// <param name="Credential">For HTTP Basic; null: none is sent.</param>
internal sealed record SchedulerClientOptions(IReadOnlyList<HostPort> Masters, WireFormat Format, NetworkCredential? Credential)
{
    /// <summary>For connecting, and for the answer to a call other than SUBSCRIBE.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest event accepted, in bytes.</summary>
    public int MaxEventLength { get; init; } = 64 << 20;
}

/// <summary>A client of the v1 scheduler HTTP API: of the bridge, and of any Mesos master.</summary>
/// <remarks>Mesos: docs/scheduler-http-api.md; src/scheduler/scheduler.cpp.</remarks>
internal sealed class SchedulerClient(SchedulerClientOptions options) : IDisposable
{
    public const string StreamIdHeader = "Mesos-Stream-Id";
    private const string Path = "/api/v1/scheduler";
    private const int MaxRedirects = 5;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = options.CallTimeout,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private int _next;

    /// <summary>Opens an event stream at the leading master, following 307 answers to it.</summary>
    /// <exception cref="SchedulerException">The answer is not a stream, or there is none.</exception>
    public async Task<SchedulerStream> SubscribeAsync(Call call, CancellationToken cancellationToken)
    {
        var master = options.Masters[_next++ % options.Masters.Count];
        var uri = new Uri($"http://{master}{Path}");
        for (var redirects = 0; redirects <= MaxRedirects; redirects++)
        {
            var response = await PostAsync(uri, call, streamId: null, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                return await OpenAsync(uri, response, cancellationToken);
            }

            using (response)
            {
                uri = response.StatusCode == HttpStatusCode.TemporaryRedirect && response.Headers.Location is { } leader
                    ? new Uri(uri, leader)
                    : throw await RefusedAsync(response, cancellationToken);
            }
        }

        throw new SchedulerException($"more than {MaxRedirects} redirections, the last to {uri}", retry: true);
    }

    /// <summary>Any call but SUBSCRIBE. Returns when the master has taken it over, which says nothing of its success.</summary>
    /// <exception cref="SchedulerException">The answer is not 2xx, or there is none.</exception>
    public async Task SendAsync(SchedulerStream stream, Call call, CancellationToken cancellationToken)
    {
        using var response = await PostAsync(stream.Uri, call, stream.Id, HttpCompletionOption.ResponseContentRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw await RefusedAsync(response, cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> PostAsync(
        Uri uri, Call call, string? streamId, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = Body(call) };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(EventCodec.MediaType(options.Format)));
        if (streamId is not null)
        {
            request.Headers.Add(StreamIdHeader, streamId);
        }

        if (options.Credential is { } credential)
        {
            var pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:{credential.Password}"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", pair);
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.CallTimeout);
        try
        {
            return await _http.SendAsync(request, completion, deadline.Token);
        }
        catch (HttpRequestException e)
        {
            throw new SchedulerException($"{uri.Authority}: {e.InnerException?.Message ?? e.Message}", retry: true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SchedulerException($"{uri.Authority}: no answer for {options.CallTimeout.TotalSeconds:0.###} s", retry: true);
        }
    }

    private ByteArrayContent Body(Call call) => new(EventCodec.Encode(call, options.Format))
    {
        Headers = { ContentType = new MediaTypeHeaderValue(EventCodec.MediaType(options.Format)) },
    };

    private async Task<SchedulerStream> OpenAsync(Uri uri, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.Headers.TryGetValues(StreamIdHeader, out var values) || values.FirstOrDefault() is not { Length: > 0 } id)
        {
            response.Dispose();
            throw new SchedulerException($"{uri.Authority} opened a stream without {StreamIdHeader}: not a Mesos master", retry: false);
        }

        var format = response.Content.Headers.ContentType?.MediaType == "application/json" ? WireFormat.Json : WireFormat.Protobuf;
        var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return new SchedulerStream(uri, id, format, response, body, options.MaxEventLength);
    }

    /// <summary>Mesos: src/scheduler/scheduler.cpp — 503, 404 and 307 are worth another try; a lost subscription needs a new one.</summary>
    private static async Task<SchedulerException> RefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = (await response.Content.ReadAsStringAsync(cancellationToken)).Trim();
        var retry = response.StatusCode switch
        {
            HttpStatusCode.ServiceUnavailable or HttpStatusCode.NotFound or HttpStatusCode.TemporaryRedirect => true,
            HttpStatusCode.Forbidden => text == "Framework is not subscribed",
            HttpStatusCode.BadRequest => text == "Framework cannot be found" || text.StartsWith("The stream ID ", StringComparison.Ordinal),
            >= HttpStatusCode.InternalServerError => true,
            _ => false,
        };
        return new SchedulerException($"{response.RequestMessage?.RequestUri?.Authority} answers {(int)response.StatusCode}: {text}", retry);
    }
}
