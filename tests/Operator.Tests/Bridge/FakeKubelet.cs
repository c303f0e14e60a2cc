using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Tests.Bridge;

/// <summary>One node and what its kubelet would write, when the test says so.</summary>
internal sealed class FakeKubelet(IKubernetes kubernetes, string name, CancellationToken deadline) : IAsyncDisposable
{
    public string Name => name;

    public async Task<V1Node> RegisterAsync()
    {
        await kubernetes.CreateAsync(new V1Node { Metadata = new V1ObjectMeta { Name = name, Labels = new Dictionary<string, string> { ["rack"] = "r1" } } }, deadline);
        await kubernetes.PatchAsync<V1Node>(V1Patch.Merge(new JsonObject { ["spec"] = new JsonObject { ["taints"] = null } }), name, cancellationToken: deadline);
        return await kubernetes.PatchAsync<V1Node>(
            V1Patch.Merge((JsonObject)JsonNode.Parse("""
                {"status":{
                  "capacity":{"cpu":"4","memory":"8Gi","ephemeral-storage":"100Gi","pods":"110"},
                  "allocatable":{"cpu":"4","memory":"8Gi","ephemeral-storage":"100Gi","pods":"110"},
                  "addresses":[{"type":"InternalIP","address":"10.1.2.3"},{"type":"Hostname","address":"a-node.example"}],
                  "conditions":[{"type":"Ready","status":"True","reason":"KubeletReady","lastHeartbeatTime":"2026-01-01T00:00:00Z","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}
                """)!),
            name,
            subresource: "status",
            cancellationToken: deadline);
    }

    /// <summary>The only Pod on the node, as soon as there is one.</summary>
    public async Task<V1Pod> PodAsync(Func<V1Pod, bool>? which = null)
    {
        while (true)
        {
            var pods = await kubernetes.ListAsync<V1Pod>(options: new ListOptions { FieldSelector = $"spec.nodeName={name}" }, cancellationToken: deadline);
            if (pods.Items.FirstOrDefault(pod => which?.Invoke(pod) ?? true) is { } found)
            {
                return found;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline);
        }
    }

    public Task RunAsync(V1Pod pod) => WriteAsync(pod, "Running", """{"running":{"startedAt":"2026-01-02T03:04:05Z"}}""");

    public Task ExitAsync(V1Pod pod, int code, string finishedAt = "2026-01-02T03:05:00Z") => WriteAsync(
        pod,
        code == 0 ? "Succeeded" : "Failed",
        $$$"""{"terminated":{"exitCode":{{{code}}},"reason":"{{{(code == 0 ? "Completed" : "Error")}}}","startedAt":"2026-01-02T03:04:05Z","finishedAt":"{{{finishedAt}}}"}}""");

    public Task WaitAsync(V1Pod pod, string reason, string message) =>
        WriteAsync(pod, "Pending", $$$"""{"waiting":{"reason":"{{{reason}}}","message":"{{{message}}}"}}""");

    public Task FallSilentAsync() => WriteReadyAsync("Unknown");

    public Task ReturnAsync() => WriteReadyAsync("True");

    public Task RefuseAsync(V1Pod pod) => WriteStatusAsync(
        pod, (JsonObject)JsonNode.Parse("""{"phase":"Failed","reason":"OutOfcpu","message":"Pod Node didn't have enough resource: cpu"}""")!);

    /// <summary>The last word of a kubelet to a Pod that is being deleted.</summary>
    public Task LetGoAsync(V1Pod pod) =>
        kubernetes.DeleteAsync<V1Pod>(pod.Name(), pod.Namespace(), new V1DeleteOptions { GracePeriodSeconds = 0 }, deadline);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await kubernetes.DeleteAsync<V1Node>(name, cancellationToken: CancellationToken.None);
        }
        catch (KubernetesException gone) when (gone.IsNotFound)
        {
            // The test has done it.
        }
    }

    /// <param name="containers">Names and states.</param>
    public Task ReportAsync(V1Pod pod, string phase, params (string Name, string State)[] containers) => ReportAsync(pod, phase, ready: false, containers);

    /// <summary>All containers of the Pod run, and have passed their probes.</summary>
    public Task ReadyAsync(V1Pod pod) =>
        ReportAsync(pod, "Running", ready: true, [.. pod.Spec!.Containers!.Select(container => (container.Name!, """{"running":{"startedAt":"2026-01-02T03:04:05Z"}}"""))]);

    /// <summary>All containers of the Pod have ended with 0.</summary>
    public Task FinishAsync(V1Pod pod) => ReportAsync(
        pod, "Succeeded",
        [.. pod.Spec!.Containers!.Select(container => (
            container.Name!,
            """{"terminated":{"exitCode":0,"reason":"Completed","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:05:00Z"}}"""))]);

    private Task ReportAsync(V1Pod pod, string phase, bool ready, (string Name, string State)[] containers)
    {
        var statuses = containers.Select(container =>
            $$"""{"name":"{{container.Name}}","image":"i","imageID":"","ready":{{(ready ? "true" : "false")}},"restartCount":0,"state":{{container.State}} }""");
        return WriteStatusAsync(pod, (JsonObject)JsonNode.Parse($$"""
            {"phase":"{{phase}}","startTime":"2026-01-02T03:04:00Z","hostIP":"10.1.2.3","podIP":"10.244.0.9","podIPs":[{"ip":"10.244.0.9"}],
             "containerStatuses":[{{string.Join(',', statuses)}}]}
            """)!);
    }

    private Task WriteAsync(V1Pod pod, string phase, string state) => ReportAsync(pod, phase, ("task", state));

    private Task WriteReadyAsync(string status) => kubernetes.PatchAsync<V1Node>(
        V1Patch.Merge((JsonObject)JsonNode.Parse($$"""
            {"status":{"conditions":[{"type":"Ready","status":"{{status}}","reason":"Test","lastHeartbeatTime":"2026-01-01T00:00:00Z","lastTransitionTime":"2026-01-01T00:00:00Z"} ] } }
            """)!),
        name,
        subresource: "status",
        cancellationToken: deadline);

    private Task WriteStatusAsync(V1Pod pod, JsonObject status) => kubernetes.PatchAsync<V1Pod>(
        V1Patch.Merge(new JsonObject { ["status"] = status }), pod.Name(), pod.Namespace(), "status", deadline);
}
