using System.Net;
using System.Net.Http.Headers;
using System.Text;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Fetch;

/// <summary>Brings a task's artifacts into its sandbox, one after the other, as Mesos' fetcher does.</summary>
/// <param name="sandbox">Where they go.</param>
/// <param name="files">Where files of the node are to be found here, by the index of their URI.</param>
/// <param name="log">A line for each artifact.</param>
/// <remarks>Mesos: src/launcher/fetcher.cpp; src/slave/containerizer/fetcher.cpp.</remarks>
internal sealed class Fetcher(
    HttpClient http, Sandbox sandbox, IReadOnlyDictionary<int, string> files, FetchLimits limits, TimeProvider clock, TextWriter log)
{
    /// <exception cref="FetchException">With a message that names the URI.</exception>
    public async Task FetchAsync(IReadOnlyList<CommandInfo.Types.URI> uris, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(limits.Total, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        for (var i = 0; i < uris.Count; i++)
        {
            var shown = UriFetch.Shown(uris[i].Value);
            try
            {
                await FetchAsync(uris[i], files.GetValueOrDefault(i), either.Token);
                await log.WriteLineAsync($"Fetched '{shown}'");
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested && Words(failure, late.IsCancellationRequested) is { } words)
            {
                throw new FetchException($"Failed to fetch '{shown}': {Hushed(words, uris[i].Value)}", failure);
            }
        }
    }

    private static string? Words(Exception failure, bool isLate) => failure switch
    {
        OperationCanceledException when isLate => "it took too long",
        FetchException or IOException or UnauthorizedAccessException or UriFormatException => failure.Message,
        HttpRequestException { InnerException: { } inner } => $"{failure.Message}{(failure.Message.Contains(inner.Message, StringComparison.Ordinal) ? "" : $": {inner.Message}")}",
        HttpRequestException => failure.Message,
        _ => null,
    };

    /// <summary>The name of a file may have the query in it, and words about the file have its name.</summary>
    private static string Hushed(string words, string uri)
    {
        var secret = uri.IndexOfAny(['?', '#']) is >= 0 and var cut ? uri[cut..] : "";
        var name = secret[(secret.LastIndexOf('/') + 1)..];
        foreach (var part in new[] { secret, name, name.EndsWith(".gz", StringComparison.Ordinal) ? name[..^3] : "" }.Where(part => part.Length > 1))
        {
            words = words.Replace(part, "", StringComparison.Ordinal);
        }

        return words;
    }

    private async Task FetchAsync(CommandInfo.Types.URI uri, string? file, CancellationToken cancellationToken)
    {
        var name = uri.HasOutputFile && uri.OutputFile.Length > 0 ? uri.OutputFile : NameOf(uri.Value);
        var budget = new ByteBudget(limits.Bytes);
        var path = sandbox.PlaceFor(name);
        await using (var target = sandbox.Create(name))
        {
            if (file is not null)
            {
                await using var source = File.OpenRead(file);
                await CopyAsync(source, target, budget, cancellationToken);
            }
            else
            {
                await DownloadAsync(uri.Value, target, budget, cancellationToken);
            }
        }

        Sandbox.SetMode(path, uri.Executable ? Sandbox.Executable : Sandbox.Ordinary);
        if (!uri.Executable && uri.Extract && await Archive.ExtractAsync(path, name, sandbox, new ByteBudget(limits.Bytes), cancellationToken) && uri.Cache)
        {
            File.Delete(path); // Mesos extracts it from its cache.
        }
    }

    private async Task DownloadAsync(string uri, Stream target, ByteBudget budget, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri) { Headers = { { "User-Agent", "mesos-bridge" } } };
        if (request.RequestUri!.UserInfo is { Length: > 0 } user)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(user))));
        }

        using var answer = await WithinStallAsync(stop => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop), cancellationToken);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            throw new FetchException($"HTTP status {(int)answer.StatusCode} ({answer.ReasonPhrase})");
        }

        await using var content = await answer.Content.ReadAsStreamAsync(cancellationToken);
        await CopyAsync(content, target, budget, cancellationToken);
        if (answer.Content.Headers.ContentLength is { } length && length != target.Length)
        {
            throw new FetchException($"{target.Length} of {length} bytes came");
        }
    }

    private async Task CopyAsync(Stream from, Stream to, ByteBudget budget, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 16];
        for (int read; (read = await WithinStallAsync(stop => from.ReadAsync(buffer, stop).AsTask(), cancellationToken)) > 0;)
        {
            budget.Take(read);
            await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }

    private async Task<T> WithinStallAsync<T>(Func<CancellationToken, Task<T>> step, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(limits.Stall, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        try
        {
            return await step(either.Token);
        }
        catch (OperationCanceledException stalled) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new FetchException($"the server was silent for {limits.Stall.TotalSeconds:0} s", stalled);
        }
    }

    /// <summary>What is behind the last slash, a query included, as with Mesos: who does not want that names an <c>output_file</c>.</summary>
    /// <remarks>Mesos: src/slave/containerizer/fetcher.cpp, Fetcher::basename.</remarks>
    private static string NameOf(string uri)
    {
        var scheme = uri.IndexOf("://", StringComparison.Ordinal);
        var path = scheme < 0 ? uri : uri[(scheme + 3)..];
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash >= 0 && slash + 1 < path.Length && path[(path.LastIndexOf('/') + 1)..] is { Length: > 0 } name
            ? name
            : throw new FetchException("Malformed URI (missing path)");
    }
}
