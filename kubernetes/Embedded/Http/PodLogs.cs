using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using Microsoft.AspNetCore.Http;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

/// <summary>Serves <c>pods/log</c>.</summary>
/// <remarks>Kubernetes: pkg/registry/core/pod/strategy.go, LogLocation.</remarks>
internal sealed class PodLogs(ApiContext context)
{
    public IPodLogSource? Source { get; set; }

    public async Task AnswerAsync(HttpContext http, ResourcePath path)
    {
        var pod = context.Store.Find("pods", path.Key) ?? throw Failures.NotFound(path.Resource, path.Name);
        var container = Container(pod.Document, path.Name, http.Request.Query["container"].ToString());
        if (pod.Document.Text("spec", "nodeName") is null or "")
        {
            await Responses.TextAsync(http, 200, ""); // not scheduled yet: nothing written yet
            return;
        }

        var request = Request(http.Request, path, pod.Uid, container);
        await using var log = (Source is null ? null : await Source.OpenAsync(request, http.RequestAborted)) ?? throw Failures.BadRequest(
            $"container \"{container}\" in pod \"{path.Name}\" is waiting to start: ContainerCreating");
        http.Response.ContentType = "text/plain";
        await http.Response.StartAsync(http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        await CopyAsync(log, http.Response.Body, request.LimitBytes ?? long.MaxValue, http.RequestAborted);
    }

    private static PodLogRequest Request(HttpRequest request, ResourcePath path, string uid, string container) => new(
        path.Namespace,
        path.Name,
        uid,
        container,
        RequestOptions.IsTrue(request, "follow"),
        RequestOptions.IsTrue(request, "previous"),
        RequestOptions.Number(request, "tailLines") is { } lines ? (int)Math.Clamp(lines, 0, int.MaxValue) : null,
        RequestOptions.Number(request, "limitBytes"),
        Timestamps.Parse(request.Query["sinceTime"]),
        RequestOptions.IsTrue(request, "timestamps"));

    private static string Container(System.Text.Json.Nodes.JsonObject pod, string name, string asked)
    {
        var containers = pod.Array("spec", "containers").Objects().Select(c => c.Text("name") ?? "").ToList();
        var initial = pod.Array("spec", "initContainers").Objects().Select(c => c.Text("name") ?? "").ToList();
        if (asked.Length > 0)
        {
            return containers.Contains(asked) || initial.Contains(asked) ? asked : throw Failures.BadRequest($"container {asked} is not valid for pod {name}");
        }

        if (containers.Count == 1)
        {
            return containers[0];
        }

        var more = initial.Count > 0 ? $" or one of the init containers: [{string.Join(' ', initial)}]" : "";
        throw Failures.BadRequest($"a container name must be specified for pod {name}, choose one of: [{string.Join(' ', containers)}]{more}");
    }

    private static async Task CopyAsync(Stream from, Stream to, long limit, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        int read;
        while (limit > 0 && (read = await from.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, limit)), cancellationToken)) > 0)
        {
            limit -= read;
            await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            await to.FlushAsync(cancellationToken);
        }
    }
}
