using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes;

/// <summary>Registers a node and keeps saying that it lives: its Lease often, its status when that has changed or is old.</summary>
/// <remarks>Kubernetes: pkg/kubelet/kubelet_node_status.go, and nodelease/controller.go for the lease.</remarks>
internal sealed class Heartbeats(IKubernetes kubernetes, NodeOptions options, string runtimeName, TimeProvider clock, ILogger logger)
{
    public const string LeaseNamespace = "kube-node-lease";

    private static readonly TimeSpan StatusInterval = TimeSpan.FromMinutes(5);

    private DateTimeOffset _statusAt;
    private string? _uid;

    /// <summary>As registered: capacity and address never change.</summary>
    public V1Node Node { get; } = NodeObject.Of(options, runtimeName, clock.GetUtcNow());

    /// <summary>Creates the node, or takes over the one that has its name.</summary>
    public async Task RegisterAsync(CancellationToken cancellationToken)
    {
        try
        {
            _uid = (await kubernetes.CreateAsync(NodeObject.Of(options, runtimeName, clock.GetUtcNow()), cancellationToken)).Uid();
        }
        catch (KubernetesException e) when (e.StatusCode == 409)
        {
            var labels = new JsonObject(Node.Metadata.Labels!.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value)));
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = labels } };
            _uid = (await kubernetes.PatchAsync<V1Node>(V1Patch.Merge(patch), options.Name, cancellationToken: cancellationToken)).Uid();
        }

        await WriteStatusAsync(cancellationToken);
        await RenewLeaseAsync(cancellationToken);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(options.HeartbeatInterval, clock, cancellationToken);
            await BeatAsync(cancellationToken);
        }
    }

    /// <summary>One heartbeat. A failure is logged; the next one comes in time.</summary>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RenewLeaseAsync(cancellationToken);
            if (await NeedsStatusAsync(cancellationToken))
            {
                await WriteStatusAsync(cancellationToken);
            }
        }
        catch (KubernetesException e) when (e.StatusCode == 404)
        {
            // Somebody deleted the node, or its lease's namespace. A kubelet registers anew; so the next beat does.
            await TryRegisterAsync(cancellationToken);
        }
        catch (Exception e) when (e.IsTransient() || e is KubernetesException)
        {
            logger.HeartbeatFailed(options.Name, e);
        }
    }

    private async Task TryRegisterAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RegisterAsync(cancellationToken);
        }
        catch (Exception e) when (e.IsTransient() || e is KubernetesException)
        {
            logger.HeartbeatFailed(options.Name, e);
        }
    }

    /// <summary>The node controller may have called it unknown meanwhile.</summary>
    private async Task<bool> NeedsStatusAsync(CancellationToken cancellationToken)
    {
        var node = await kubernetes.GetAsync<V1Node>(options.Name, cancellationToken: cancellationToken);
        var ready = node.Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready");
        return ready?.Status != "True" || clock.GetUtcNow() - _statusAt >= StatusInterval;
    }

    private async Task WriteStatusAsync(CancellationToken cancellationToken)
    {
        var current = await kubernetes.GetAsync<V1Node>(options.Name, cancellationToken: cancellationToken);
        var now = clock.GetUtcNow();
        var status = NodeObject.Status(options, runtimeName, current.Status, now);
        var json = KubernetesJson.Default.SerializeToUtf8Bytes(new V1Node { Status = status });
        var patch = new JsonObject { ["status"] = JsonNode.Parse(json)!["status"]!.DeepClone() };
        await kubernetes.PatchAsync<V1Node>(V1Patch.Merge(patch), options.Name, subresource: "status", cancellationToken: cancellationToken);
        _statusAt = now;
    }

    /// <remarks>The patch carries what a new lease needs too, for it might have to be made.</remarks>
    private async Task RenewLeaseAsync(CancellationToken cancellationToken)
    {
        var renewed = clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff") + "Z";
        var patch = new JsonObject { ["spec"] = new JsonObject { ["renewTime"] = renewed, ["holderIdentity"] = options.Name } };
        try
        {
            await kubernetes.PatchAsync<V1Lease>(V1Patch.Merge(patch), options.Name, LeaseNamespace, cancellationToken: cancellationToken);
        }
        catch (KubernetesException e) when (e.StatusCode == 404)
        {
            await kubernetes.CreateAsync(NewLease(), cancellationToken);
        }
    }

    private V1Lease NewLease() => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = options.Name,
            NamespaceProperty = LeaseNamespace,
            OwnerReferences = [new V1OwnerReference { ApiVersion = "v1", Kind = "Node", Name = options.Name, Uid = _uid }],
        },
        Spec = new V1LeaseSpec { HolderIdentity = options.Name, LeaseDurationSeconds = 40, RenewTime = clock.GetUtcNow() },
    };
}
