using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Discovery;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

/// <summary>Takes each request to what answers it.</summary>
internal sealed class RequestRouter(
    ApiContext context, EmbeddedApiServerOptions options, PodLogHandler logs, Func<string> address, ILoggerFactory? loggers, CancellationToken stopping)
{
    private readonly DiscoveryDocuments _discovery = new(context.Registry, address);
    private readonly OpenApiDocuments _openApi = new(context.Registry);
    private readonly ResourceHandler _resources = new(context, new WatchHandler(context, options, stopping), logs);
    private readonly ILogger _log = (loggers ?? NullLoggerFactory.Instance).CreateLogger<EmbeddedApiServer>();

    public async Task HandleAsync(HttpContext http)
    {
        try
        {
            await RouteAsync(http);
        }
        catch (StatusException failure) when (!http.Response.HasStarted)
        {
            await Responses.FailAsync(http, failure);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && (http.RequestAborted.IsCancellationRequested || stopping.IsCancellationRequested))
        {
            http.Abort(); // the client has gone, or the server goes
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            _log.RequestFailed(e, http.Request.Method, http.Request.Path);
            await Responses.FailAsync(http, new StatusException(500, "InternalError", $"Internal error occurred: {e.Message}"));
        }
    }

    private Task RouteAsync(HttpContext http)
    {
        var segments = (http.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        return segments switch
        {
            [] => Responses.WriteAsync(http, 200, new JsonObject { ["paths"] = new JsonArray("/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/readyz", "/version") }),
            ["healthz" or "readyz" or "livez", ..] => Responses.TextAsync(http, 200, "ok"),
            ["version"] => Responses.WriteAsync(http, 200, Version()),
            ["openapi", "v2"] => _openApi.AnswerAsync(http),
            ["api"] => DiscoverAsync(http, _discovery.Versions()),
            ["apis"] => DiscoverAsync(http, _discovery.Groups()),
            ["apis", var group] => DiscoverAsync(http, _discovery.Group(group)),
            ["api", var version] => DiscoverAsync(http, _discovery.Resources("", version)),
            ["apis", var group, var version] => DiscoverAsync(http, _discovery.Resources(group, version)),
            ["api", var version, ..] => ResourceAsync(http, "", version, segments[2..]),
            ["apis", var group, var version, ..] => ResourceAsync(http, group, version, segments[3..]),
            _ => UnknownAsync(http),
        };
    }

    private Task ResourceAsync(HttpContext http, string group, string version, string[] segments) =>
        context.Registry.All.Exists(r => r.Group == group && r.Version == version)
            ? _resources.HandleAsync(http, ResourcePath.Parse(context.Registry, group, version, segments))
            : UnknownAsync(http);

    private static Task DiscoverAsync(HttpContext http, JsonObject? document)
    {
        if (document is null)
        {
            return UnknownAsync(http);
        }

        Representation.Negotiate(http.Request.Headers.Accept);
        return HttpMethods.IsGet(http.Request.Method) ? Responses.WriteAsync(http, 200, document) : throw Failures.MethodNotAllowed();
    }

    private static Task UnknownAsync(HttpContext http) => Responses.TextAsync(http, 404, "404 page not found\n");

    private static JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "20",
        ["gitVersion"] = "v1.20.2+embedded",
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = "",
        ["compiler"] = "",
        ["platform"] = "linux/amd64",
    };
}
