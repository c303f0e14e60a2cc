using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Kubernetes.Tests.Conformance;

/// <summary>
/// What every API server must do. Each fact runs on the embedded server and on a real one, through plain HTTP; where they
/// differ, the embedded one is wrong.
/// </summary>
public abstract class ApiConformance(ApiServerFixture server) : IAsyncLifetime
{
    private static int _count;

    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(2));
    private ApiAccess? _access;

    /// <summary>A namespace of this test's own.</summary>
    protected string Namespace { get; } = $"t{Environment.ProcessId}-{Interlocked.Increment(ref _count)}";

    protected CancellationToken Deadline => _deadline.Token;

    protected string Pods => $"/api/v1/namespaces/{Namespace}/pods";

    protected string ConfigMaps => $"/api/v1/namespaces/{Namespace}/configmaps";

    public virtual async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(server.SkipReason is not null, server.SkipReason ?? "");
        _access = await server.AccessAsync();
        var created = await PostAsync("/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{Namespace}}}"}}""");
        Assert.Equal(201, created.Status);
    }

    public async ValueTask DisposeAsync()
    {
        if (_access is not null)
        {
            await DeleteAsync($"/api/v1/namespaces/{Namespace}");
        }

        _deadline.Dispose();
        GC.SuppressFinalize(this);
    }

    protected Task<Answer> GetAsync(string path, string accept = "application/json") => SendAsync(HttpMethod.Get, path, null, null, accept);

    protected Task<Answer> PostAsync(string path, string body, string type = "application/json") => SendAsync(HttpMethod.Post, path, body, type);

    protected Task<Answer> PutAsync(string path, string body) => SendAsync(HttpMethod.Put, path, body, "application/json");

    /// <param name="kind"><c>merge</c>, <c>strategic-merge</c>, <c>json</c> or <c>apply</c>.</param>
    protected Task<Answer> PatchAsync(string path, string kind, string body) =>
        SendAsync(HttpMethod.Patch, path, body, kind == "apply" ? "application/apply-patch+yaml" : $"application/{kind}-patch+json");

    protected Task<Answer> DeleteAsync(string path, string? body = null) => SendAsync(HttpMethod.Delete, path, body, "application/json");

    protected async Task<Answer> SendAsync(HttpMethod method, string path, string? body, string? type, string accept = "application/json")
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.TryAddWithoutValidation("User-Agent", "conformance/1.0");
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        }

        using var response = await _access!.Http.SendAsync(request, Deadline);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(Deadline));
    }

    /// <summary>Opens a watch: it has begun when this returns.</summary>
    protected async Task<WatchStream> WatchAsync(string path, string accept = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        var response = await _access!.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Deadline);
        return new WatchStream(response, new StreamReader(await response.Content.ReadAsStreamAsync(Deadline)), Deadline);
    }

    /// <summary>Asks again until the answer is what is waited for.</summary>
    protected async Task<Answer> EventuallyAsync(Func<Task<Answer>> ask, Func<Answer, bool> wanted)
    {
        while (true)
        {
            var answer = await ask();
            if (wanted(answer))
            {
                return answer;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Deadline);
        }
    }

    protected Task<Answer> CreatePodAsync(string name, string more = "", string metadata = "") =>
        PostAsync(Pods, Pod(name, more, metadata));

    protected static string Pod(string name, string more = "", string metadata = "") =>
        $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}"{{{metadata}}}},"spec":{"containers":[{"name":"a","image":"i"}]{{{more}}}}}""";

    protected static string ConfigMap(string name, string value = "1", string metadata = "") =>
        $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}"{{{metadata}}}},"data":{"k":"{{{value}}}"}}""";

    protected static void Same(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"expected {expected}\nbut was  {actual?.ToJsonString()}");
}

/// <summary>The events of a watch, one after the other.</summary>
public sealed class WatchStream(HttpResponseMessage response, StreamReader lines, CancellationToken deadline) : IDisposable
{
    public int Status => (int)response.StatusCode;

    /// <summary>The next event as <c>TYPE name</c>; null at the end.</summary>
    public async Task<string?> NextAsync() =>
        await NextEventAsync() is { } next ? $"{next["type"]} {Answer.At(next, "object.metadata.name")}".TrimEnd() : null;

    public async Task<JsonNode?> NextEventAsync() => await lines.ReadLineAsync(deadline) is { Length: > 0 } line ? JsonNode.Parse(line) : null;

    public void Dispose()
    {
        lines.Dispose();
        response.Dispose();
    }
}
