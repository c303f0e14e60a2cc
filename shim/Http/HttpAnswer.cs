using System.IO.Compression;
using System.Text;
using MesosK8sBridge.Shim.Master;
using Microsoft.AspNetCore.Http;

namespace MesosK8sBridge.Shim.Http;

/// <summary>A whole answer that is not a stream.</summary>
/// <param name="Text">The body; empty for none.</param>
internal sealed record HttpAnswer(int Status, string Text = "")
{
    // Mesos: 3rdparty/libprocess/src/encoder.hpp, GZIP_MINIMUM_BODY_LENGTH.
    private const int ShortestWorthGzip = 1024;

    public string? Allow { get; init; }

    public string? Location { get; init; }

    public string? Challenge { get; init; }

    public static HttpAnswer Of(SchedulerAnswer answer) => new(answer.Status, answer.Text);

    public Task WriteAsync(HttpContext http)
    {
        var response = http.Response;
        response.StatusCode = Status;
        response.Headers.Allow = Allow;
        response.Headers.Location = Location;
        response.Headers.WWWAuthenticate = Challenge;
        if (Text.Length == 0)
        {
            response.ContentLength = 0;
            return Task.CompletedTask;
        }

        response.ContentType = "text/plain; charset=utf-8";
        return WriteBodyAsync(http.Request, response, Encoding.UTF8.GetBytes(Text), http.RequestAborted);
    }

    /// <summary>Compressed if that pays and the client understands it.</summary>
    private static async Task WriteBodyAsync(HttpRequest request, HttpResponse response, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        if (body.Length >= ShortestWorthGzip && MediaTypes.AcceptsGzip(request.Headers.AcceptEncoding))
        {
            response.Headers.ContentEncoding = "gzip";
            body = Gzip(body);
        }

        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, ct);
    }

    private static ReadOnlyMemory<byte> Gzip(ReadOnlyMemory<byte> body)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(body.Span);
        }

        return compressed.GetBuffer().AsMemory(0, (int)compressed.Length);
    }
}

/// <summary>Every refusal of the scheduler endpoint, in Mesos' words where Mesos has one.</summary>
/// <remarks>Mesos: src/master/http.cpp, <c>Master::Http::scheduler</c>; 3rdparty/libprocess/include/process/http.hpp.</remarks>
internal static class Refusals
{
    public static HttpAnswer NoLeader { get; } = new(503, "No leader elected");

    public static HttpAnswer NotRecovered { get; } = new(503, "Master has not finished recovery");

    public static HttpAnswer ClaimsOnly { get; } = new(
        403,
        "The request's authenticated principal contains claims, but no value string. "
        + "The master currently requires that principals have a value");

    public static HttpAnswer NoContentType { get; } = new(400, "Expecting 'Content-Type' to be present");

    public static HttpAnswer UnknownContentType { get; } = new(
        415, "Expecting 'Content-Type' of application/json or application/x-protobuf");

    public static HttpAnswer NothingAcceptable { get; } = new(
        406, "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'");

    public static HttpAnswer StreamIdOnSubscribe { get; } = new(
        400, "Subscribe calls should not include the 'Mesos-Stream-Id' header");

    public static HttpAnswer UnknownPath { get; } = new(404, "404 Not Found.");

    public static HttpAnswer Unauthorized(string challenge) => new(401, "401 Unauthorized.") { Challenge = challenge };

    public static HttpAnswer OnlyPost(string method) =>
        new(405, $"405 Method Not Allowed. Expecting one of {{ 'POST' }}, but received '{method}'.") { Allow = "POST" };

    public static HttpAnswer BadShape(string error) => new(400, "Failed to validate scheduler::Call: " + error);

    public static HttpAnswer Elsewhere(Leader leader, string path) => new(307) { Location = $"//{leader.Hostname}:{leader.Port}{path}" };

    // ---- What Mesos has no words for, since it knows no limits. ----

    public static HttpAnswer NoAnswerInTime { get; } = new(503, "The master did not answer in time");

    public static HttpAnswer TooManyCalls { get; } = new(503, "Too many calls of this framework are waiting");

    public static HttpAnswer Stopping { get; } = new(503, "The master is stopping");

    public static HttpAnswer Failed { get; } = new(500, "500 Internal Server Error.");

    public static HttpAnswer BodyTooLarge(long limit) => new(413, $"The request body is larger than the limit of {limit} bytes");

    public static HttpAnswer BodyTooSlow { get; } = new(408, "The request body came too slowly");

    public static HttpAnswer BodyUnreadable(string error) => new(400, "Failed to read the request body: " + error);
}
