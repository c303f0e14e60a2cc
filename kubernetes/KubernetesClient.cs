using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Kubernetes.Wire;

namespace MesosK8sBridge.Kubernetes;

/// <summary>A real API server, over HTTP/2 where it offers that. Owns the connections to it.</summary>
/// <remarks>
/// Besides <see cref="KubernetesException"/>, calls throw <see cref="HttpRequestException"/>, <see cref="IOException"/> or
/// <see cref="TimeoutException"/> when there is no answer or half of one; <see cref="KubernetesFailures.IsTransient"/> tells them from bugs.
/// </remarks>
public sealed class KubernetesClient : IKubernetes, IDisposable
{
    private static readonly MediaTypeHeaderValue JsonType = new("application/json");

    private static readonly MediaTypeWithQualityHeaderValue AcceptJson = new("application/json");

    private readonly KubernetesClientConfiguration _configuration;

    private readonly KubernetesClientOptions _options;

    private readonly TimeProvider _clock;

    private readonly HttpMessageInvoker _http;

    private readonly Backoff _backoff;

    private readonly string _root;

    /// <param name="random">Spreads repeated calls.</param>
    public KubernetesClient(
        KubernetesClientConfiguration configuration, KubernetesClientOptions? options = null, TimeProvider? clock = null, Random? random = null)
    {
        _configuration = configuration;
        _options = options ?? new();
        _clock = clock ?? TimeProvider.System;
        _backoff = new(TimeSpan.Zero, TimeSpan.Zero, random ?? new Random());
        _http = new HttpMessageInvoker(Connections.Create(configuration));
        _root = configuration.Server.AbsoluteUri.TrimEnd('/');
    }

    private KubernetesJson Json => _options.Json;

    public Task<T> GetAsync<T>(string name, string? namespaceName = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject =>
        ObjectAsync<T>(HttpMethod.Get, KubernetesEntity<T>.ObjectPath(namespaceName, name), content: null, cancellationToken);

    public async Task<KubernetesList<T>> ListAsync<T>(
        string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        var path = ListQuery<T>(namespaceName, options).Add("timeoutSeconds", options?.Timeout).ToString();
        using var body = await BodyAsync(HttpMethod.Get, path, content: null, _options.ListTimeout, cancellationToken);
        return ListReader.Read<T>(body.Span, Json);
    }

    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? namespaceName = null, ListOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        var timeout = options?.Timeout ?? _options.WatchTimeout;
        var path = ListQuery<T>(namespaceName, options)
            .Add("watch", true)
            .Add("allowWatchBookmarks", options?.AllowWatchBookmarks ?? false)
            .Add("timeoutSeconds", timeout)
            .ToString();
        using var response = await OpenAsync(path, cancellationToken);
        using var deadline = new CancellationTokenSource(timeout + _options.WatchGrace, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        await using var stream = await response.Content.ReadAsStreamAsync(either.Token);
        var events = WatchReader.ReadAsync<T>(stream, Json, _options.LargestEvent, either.Token).GetAsyncEnumerator(CancellationToken.None);
        await using (events)
        {
            while (await NextAsync(events, deadline.Token, cancellationToken))
            {
                yield return events.Current;
            }
        }
    }

    public Task<T> CreateAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        if (KubernetesEntity<T>.Info.Namespaced && string.IsNullOrEmpty(obj.Metadata.NamespaceProperty))
        {
            throw new ArgumentException($"A {KubernetesEntity<T>.Info.Kind} is in a namespace: set metadata.namespace.", nameof(obj));
        }

        return ObjectAsync<T>(HttpMethod.Post, KubernetesEntity<T>.CollectionPath(obj.Metadata.NamespaceProperty), Encode(obj), cancellationToken);
    }

    public Task<T> ReplaceAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => ReplaceAsync(obj, subresource: null, cancellationToken);

    public Task<T> ReplaceStatusAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => ReplaceAsync(obj, "status", cancellationToken);

    public Task<T> PatchAsync<T>(
        V1Patch patch, string name, string? namespaceName = null, string? subresource = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        var path = new Query(KubernetesEntity<T>.ObjectPath(namespaceName, name, subresource))
            .Add("fieldManager", patch.FieldManager)
            .Add("force", patch.Force)
            .ToString();
        return ObjectAsync<T>(HttpMethod.Patch, path, new(patch.Content, new(patch.ContentType)), cancellationToken);
    }

    public async Task DeleteAsync<T>(
        string name, string? namespaceName = null, V1DeleteOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        var path = KubernetesEntity<T>.ObjectPath(namespaceName, name);
        using var body = await BodyAsync(HttpMethod.Delete, path, options is null ? null : Encode(options), _options.Timeout, cancellationToken);
    }

    public async Task DeleteCollectionAsync<T>(string namespaceName, string labelSelector, CancellationToken cancellationToken = default)
        where T : IKubernetesObject
    {
        ArgumentException.ThrowIfNullOrEmpty(labelSelector);
        var path = ListQuery<T>(namespaceName, new ListOptions { LabelSelector = labelSelector }).ToString();
        using var body = await BodyAsync(HttpMethod.Delete, path, null, _options.Timeout, cancellationToken);
    }

    public async Task EvictAsync(
        string name, string namespaceName, V1DeleteOptions? options = null, CancellationToken cancellationToken = default)
    {
        var eviction = KubernetesEntity<V1Eviction>.Named(new()
        {
            Metadata = new() { Name = name, NamespaceProperty = namespaceName },
            DeleteOptions = options,
        });
        var path = KubernetesEntity<V1Pod>.ObjectPath(namespaceName, name, "eviction");

        // A 429 is the answer of a disruption budget here: the caller must hear it, and at once.
        using var body = await CallAsync(new(HttpMethod.Post, path, Encode(eviction), _options.Timeout, Retries: 0), ReadBodyAsync, cancellationToken);
    }

    public async Task<Stream> ReadPodLogAsync(
        string name, string namespaceName, PodLogOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        var path = new Query(KubernetesEntity<V1Pod>.ObjectPath(namespaceName, name, "log"))
            .Add("container", options.Container)
            .Add("follow", options.Follow)
            .Add("previous", options.Previous)
            .Add("tailLines", options.TailLines)
            .Add("limitBytes", options.LimitBytes)
            .Add("sinceSeconds", options.Since)
            .Add("timestamps", options.Timestamps)
            .ToString();
        var response = await OpenAsync(path, cancellationToken);
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        return new LogStream(stream, response, options.Follow ? null : _options.LogSilence, _clock);
    }

    public async Task<string> GetRawAsync(string path, CancellationToken cancellationToken = default)
    {
        using var body = await BodyAsync(HttpMethod.Get, path, content: null, _options.Timeout, cancellationToken);
        return Encoding.UTF8.GetString(body.Span);
    }

    public void Dispose()
    {
        _http.Dispose();
        (_configuration.Credential as IDisposable)?.Dispose();
    }

    private static Query ListQuery<T>(string? namespaceName, ListOptions? options)
        where T : IKubernetesObject =>
        new Query(KubernetesEntity<T>.CollectionPath(namespaceName))
            .Add("labelSelector", options?.LabelSelector)
            .Add("fieldSelector", options?.FieldSelector)
            .Add("resourceVersion", options?.ResourceVersion)
            .Add("limit", options?.Limit)
            .Add("continue", options?.Continue);

    private static async Task<bool> NextAsync<T>(
        IAsyncEnumerator<WatchEvent<T>> events, CancellationToken deadline, CancellationToken cancellationToken)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("The API server did not end the watch when it was asked to.", e);
        }
    }

    private Task<T> ReplaceAsync<T>(T obj, string? subresource, CancellationToken cancellationToken)
        where T : IKubernetesObject
    {
        var path = KubernetesEntity<T>.ObjectPath(obj.Metadata.NamespaceProperty, obj.Metadata.Name ?? "", subresource);
        return ObjectAsync<T>(HttpMethod.Put, path, Encode(obj), cancellationToken);
    }

    private Payload Encode<T>(T obj)
        where T : IKubernetesObject => new(Json.SerializeToUtf8Bytes(KubernetesEntity<T>.Named(obj)), JsonType);

    private Payload Encode(V1DeleteOptions options)
    {
        options.ApiVersion ??= "v1";
        options.Kind ??= "DeleteOptions";
        return new(Json.SerializeToUtf8Bytes(options), JsonType);
    }

    private async Task<T> ObjectAsync<T>(HttpMethod method, string path, Payload? content, CancellationToken cancellationToken)
        where T : IKubernetesObject
    {
        using var body = await BodyAsync(method, path, content, _options.Timeout, cancellationToken);
        return KubernetesEntity<T>.Named(Json.Deserialize<T>(body.Span));
    }

    private Task<Body> BodyAsync(HttpMethod method, string path, Payload? content, TimeSpan timeout, CancellationToken cancellationToken) =>
        CallAsync(new(method, path, content, timeout, _options.Retries), ReadBodyAsync, cancellationToken);

    /// <summary>An answer whose body has yet to come; the caller disposes it.</summary>
    private Task<HttpResponseMessage> OpenAsync(string path, CancellationToken cancellationToken) =>
        CallAsync(new(HttpMethod.Get, path, Content: null, _options.Timeout, _options.Retries), (response, _) => Task.FromResult(response), cancellationToken);

    private async Task<Body> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using (response)
        {
            return await Body.ReadAsync(response.Content, _options.LargestAnswer, cancellationToken);
        }
    }

    private async Task<TResult> CallAsync<TResult>(
        Call call, Func<HttpResponseMessage, CancellationToken, Task<TResult>> read, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await AttemptAsync(call, read, cancellationToken);
            }
            catch (KubernetesException e) when (attempt < call.Retries && AsksForPatience(e))
            {
                await _clock.DelayAsync(_backoff.AtLeast(e.RetryAfter!.Value), cancellationToken);
            }
        }
    }

    private bool AsksForPatience(KubernetesException e) =>
        e.StatusCode is (int)HttpStatusCode.TooManyRequests or (int)HttpStatusCode.ServiceUnavailable && e.RetryAfter <= _options.LongestRetryAfter;

    private async Task<TResult> AttemptAsync<TResult>(
        Call call, Func<HttpResponseMessage, CancellationToken, Task<TResult>> read, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(call.Timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var response = await SendAsync(call, either.Token);
            if (response.IsSuccessStatusCode)
            {
                return await read(response, either.Token);
            }

            using (response)
            {
                throw await Refusals.ReadAsync(response, call.Method, call.Path, _clock, either.Token);
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            // Ours, or that of the handler for a connection that cannot be made.
            throw new TimeoutException($"{call.Method} {call.Path} was not answered within {call.Timeout.TotalSeconds:0.###} s.", e);
        }
    }

    /// <summary>Once more if the server refuses who we are and there is a newer proof.</summary>
    private async Task<HttpResponseMessage> SendAsync(Call call, CancellationToken cancellationToken)
    {
        var identity = await _configuration.Credential.HeaderAsync(cancellationToken);
        var response = await SendAsync(call, identity, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized || !_configuration.Credential.Refused(identity))
        {
            return response;
        }

        response.Dispose();
        return await SendAsync(call, await _configuration.Credential.HeaderAsync(cancellationToken), cancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync(Call call, AuthenticationHeaderValue? identity, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(call.Method, _root + call.Path)
        {
            Version = _configuration.Server.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.Authorization = identity;
        request.Headers.Accept.Add(AcceptJson);
        request.Headers.UserAgent.ParseAdd(_options.UserAgent);
        request.Headers.Host = _configuration.TlsServerName; // The handler takes from it whom the certificate must be for.
        foreach (var (name, value) in _configuration.Impersonation)
        {
            request.Headers.Add(name, value);
        }

        if (call.Content is { } content)
        {
            request.Content = new ReadOnlyMemoryContent(content.Bytes);
            request.Content.Headers.ContentType = content.Type;
        }

        return await _http.SendAsync(request, cancellationToken);
    }

    private sealed record Payload(ReadOnlyMemory<byte> Bytes, MediaTypeHeaderValue Type);

    private sealed record Call(HttpMethod Method, string Path, Payload? Content, TimeSpan Timeout, int Retries);
}
