using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Storage;
using MesosK8sBridge.Kubernetes.Embedded.Tables;
using Microsoft.AspNetCore.Http;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

/// <summary>Streams changes, one JSON object a line.</summary>
/// <remarks>Kubernetes: apiserver/pkg/endpoints/handlers/watch.go, storage/cacher.</remarks>
internal sealed class WatchHandler(ApiContext context, EmbeddedApiServerOptions options, CancellationToken stopping)
{
    private const int LeastMinutes = 30;

    public async Task AnswerAsync(HttpContext http, ObjectQuery query, Representation representation)
    {
        var timeout = RequestOptions.Number(http.Request, "timeoutSeconds");
        var version = Lister.Version(http.Request.Query["resourceVersion"]);
        var bookmarks = RequestOptions.IsTrue(http.Request, "allowWatchBookmarks");
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        http.Response.ContentType = "application/json";
        Watcher watcher;
        try
        {
            watcher = context.Store.Watch(query.Resource.Qualified, query.Namespace, version is 0 ? null : version);
        }
        catch (StatusException expired) when (expired.Code == 410)
        {
            await LineAsync(http, "ERROR", expired.ToStatus(), ended.Token);
            return;
        }

        using (watcher)
        {
            await http.Response.StartAsync(ended.Token);
            await http.Response.Body.FlushAsync(ended.Token); // the client waits for the headers
            var stream = new Stream(http, query, representation, context.Clock);
            await using var timer = Bookmarks(watcher, bookmarks);
            await using var deadline = Deadline(watcher, bookmarks, timeout is > 0 ? TimeSpan.FromSeconds(timeout.Value) : TimeSpan.FromMinutes(LeastMinutes));
            await stream.CopyAsync(watcher, ended.Token);
        }
    }

    private ITimer? Bookmarks(Watcher watcher, bool wanted) => wanted
        ? context.Clock.CreateTimer(_ => context.Store.Bookmark(watcher), null, options.BookmarkInterval, options.BookmarkInterval)
        : null;

    private ITimer Deadline(Watcher watcher, bool bookmark, TimeSpan after) => context.Clock.CreateTimer(
        _ =>
        {
            if (bookmark)
            {
                context.Store.Bookmark(watcher); // a last one, so that the client resumes from here
            }

            watcher.Dispose();
        },
        null,
        after,
        Timeout.InfiniteTimeSpan);

    private static Task LineAsync(HttpContext http, string type, JsonNode obj, CancellationToken cancellationToken)
    {
        var line = new JsonObject { ["type"] = type, ["object"] = obj };
        return http.Response.Body.WriteAsync((byte[])[.. JsonTree.ToBytes(line), (byte)'\n'], cancellationToken).AsTask();
    }

    private sealed class Stream(HttpContext http, ObjectQuery query, Representation representation, TimeProvider clock)
    {
        private bool _columnsSent;

        public async Task CopyAsync(Watcher watcher, CancellationToken cancellationToken)
        {
            try
            {
                while (await watcher.Items.WaitToReadAsync(cancellationToken))
                {
                    while (watcher.Items.TryRead(out var item))
                    {
                        await SendAsync(item, cancellationToken);
                    }

                    await http.Response.Body.FlushAsync(cancellationToken);
                }
            }
            catch (OperationCanceledException)
            {
                // The client has gone, or the server stops.
            }
        }

        private Task SendAsync(WatchItem item, CancellationToken cancellationToken)
        {
            if (item.Change is not { } change)
            {
                return LineAsync(http, "BOOKMARK", Bookmark(item.Version), cancellationToken);
            }

            return Seen(change) switch
            {
                null => Task.CompletedTask,
                var type => LineAsync(http, type, Represent(Versioned(change.Current)), cancellationToken),
            };
        }

        /// <summary>What a change is to somebody who sees only what the selectors match; null: nothing.</summary>
        private string? Seen(Change change)
        {
            var before = change.Previous is { } previous && query.Matches(previous);
            var after = change.Kind != ChangeKind.Deleted && query.Matches(change.Current);
            return (before, after) switch
            {
                (false, true) => "ADDED",
                (true, true) => "MODIFIED",
                (true, false) => "DELETED",
                _ => null,
            };
        }

        private JsonObject Bookmark(long version)
        {
            var metadata = new JsonObject { ["resourceVersion"] = Api.Metadata.Version(version), ["creationTimestamp"] = null };
            return Represent(new JsonObject { ["kind"] = query.Resource.Kind, ["apiVersion"] = query.Resource.ApiVersion, ["metadata"] = metadata });
        }

        private JsonObject Versioned(StoredObject stored) => Responses.Versioned(stored.Document, query.Resource);

        private JsonObject Represent(JsonObject document)
        {
            if (representation.Form != Form.Table)
            {
                return representation.Form == Form.Metadata ? TableBuilder.MetadataOnly(document, representation.Version) : document;
            }

            var metadata = new JsonObject { ["resourceVersion"] = document.Text("metadata", "resourceVersion") };
            var include = http.Request.Query["includeObject"].ToString();
            var table = TableBuilder.Build(query.Resource, [document], metadata, representation.Version, include, !_columnsSent, clock.GetUtcNow());
            _columnsSent = true;
            return table;
        }
    }
}
