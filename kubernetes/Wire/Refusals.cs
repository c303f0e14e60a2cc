using System.Text;
using System.Text.Json;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Wire;

/// <summary>Turns an answer that is no success into the exception it deserves.</summary>
internal static class Refusals
{
    private const int LargestBody = 1024 * 1024;

    private const int LongestText = 200;

    public static async Task<KubernetesException> ReadAsync(
        HttpResponseMessage response, HttpMethod method, string path, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var body = await Body.ReadAsync(response.Content, LargestBody, cancellationToken);
        var code = (int)response.StatusCode;
        var status = StatusIn(body.Span) ?? new V1Status { Message = Describe(code, method, path, body.Span), Reason = response.StatusCode.ToString() };
        status.Code = code;
        return new(status, RetryAfter(response, clock.GetUtcNow()));
    }

    /// <returns>Null if the header is missing; never negative.</returns>
    public static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? header?.Date - now;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static V1Status? StatusIn(ReadOnlySpan<byte> body)
    {
        try
        {
            return KubernetesJson.Default.Deserialize<V1Status>(body) is { Kind: "Status" } status ? status : null;
        }
        catch (JsonException)
        {
            return null; // A proxy's page, or plain text.
        }
    }

    private static string Describe(int code, HttpMethod method, string path, ReadOnlySpan<byte> body)
    {
        var text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, LongestText)]);
        var line = text.AsSpan().Trim();
        var end = line.IndexOfAny('\r', '\n');
        line = end < 0 ? line : line[..end];
        var query = path.IndexOf('?');
        return $"{method} {(query < 0 ? path : path[..query])} was answered {code}{(line.IsEmpty ? "" : $": {line}")}";
    }
}
