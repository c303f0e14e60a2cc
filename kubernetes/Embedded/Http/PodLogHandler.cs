using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using Microsoft.AspNetCore.Http;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

/// <summary>Serves <c>pods/log</c>.</summary>
/// <remarks>Kubernetes: pkg/registry/core/pod/strategy.go, LogLocation.</remarks>
internal sealed class PodLogHandler(ApiContext context)
{
    public IPodLogs? Source { get; set; }

    public async Task AnswerAsync(HttpContext http, ResourcePath path)
    {
        var pod = context.Store.Find("pods", path.Key) ?? throw Failures.NotFound(path.Resource, path.Name);
        var container = Container(pod.Document, path.Name, http.Request.Query["container"].ToString());
        if (pod.Document.Text("spec", "nodeName") is null or "")
        {
            await Responses.TextAsync(http, 200, ""); // not scheduled yet: nothing written yet
            return;
        }

        CheckOptions(http.Request, path.Name);
        var options = Options(http.Request, container);
        var log = Source?.Read(pod.Uid, container, options, http.RequestAborted) ?? throw Failures.BadRequest(
            $"container \"{container}\" in pod \"{path.Name}\" is waiting to start: ContainerCreating");
        http.Response.ContentType = "text/plain";
        await http.Response.StartAsync(http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        await CopyAsync(log, http.Response.Body, options.LimitBytes ?? long.MaxValue, http.RequestAborted);
    }

    private PodLogOptions Options(HttpRequest request, string container) => new()
    {
        Container = container,
        Follow = RequestOptions.IsTrue(request, "follow"),
        Previous = RequestOptions.IsTrue(request, "previous"),
        Timestamps = RequestOptions.IsTrue(request, "timestamps"),
        Since = RequestOptions.Number(request, "sinceSeconds") is > 0 and var seconds
            ? TimeSpan.FromSeconds(seconds)
            : context.Clock.GetUtcNow() - Timestamps.Parse(request.Query["sinceTime"]),
        LimitBytes = RequestOptions.Number(request, "limitBytes"),
        TailLines = RequestOptions.Number(request, "tailLines") is { } lines ? (int)Math.Clamp(lines, 0, int.MaxValue) : null,
    };

    private static void CheckOptions(HttpRequest request, string pod)
    {
        var errors = new List<FieldError>();
        foreach (var (name, least) in new[] { ("tailLines", 0), ("limitBytes", 1), ("sinceSeconds", 1) })
        {
            if (RequestOptions.Number(request, name) is { } value && value < least)
            {
                var bound = least == 0 ? "must be greater than or equal to 0" : "must be greater than 0";
                errors.Add(FieldError.Invalid(name, value, bound));
            }
        }

        if (errors.Count > 0)
        {
            throw Failures.Invalid("", "PodLogOptions", pod, errors);
        }
    }

    private static string Container(System.Text.Json.Nodes.JsonObject pod, string name, string asked)
    {
        var containers = pod.Array("spec", "containers").Objects().Select(c => c.Text("name") ?? "").ToList();
        var initial = pod.Array("spec", "initContainers").Objects().Select(c => c.Text("name") ?? "").ToList();
        if (asked.Length > 0)
        {
            return containers.Contains(asked) || initial.Contains(asked) ? asked : throw Failures.BadRequest($"container {asked} is not valid for pod {name}");
        }

        if (containers.Count == 1 && initial.Count == 0)
        {
            return containers[0];
        }

        throw Failures.BadRequest($"a container name must be specified for pod {name}, choose one of: [{string.Join(' ', initial.Concat(containers))}]");
    }

    private static async Task CopyAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> from, Stream to, long limit, CancellationToken cancellationToken)
    {
        await foreach (var piece in from.WithCancellation(cancellationToken))
        {
            var part = piece[..(int)Math.Min(piece.Length, limit)];
            await to.WriteAsync(part, cancellationToken);
            await to.FlushAsync(cancellationToken);
            limit -= part.Length;
            if (limit == 0)
            {
                return;
            }
        }
    }
}
