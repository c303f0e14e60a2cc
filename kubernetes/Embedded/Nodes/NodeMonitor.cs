using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes;

/// <summary>Calls a node unknown that has sent no heartbeat for a while. The taints that follow are the API server's matter here.</summary>
/// <remarks>Kubernetes: pkg/controller/nodelifecycle/node_lifecycle_controller.go, tryUpdateNodeHealth.</remarks>
internal sealed class NodeMonitor(IKubernetes kubernetes, NodeMonitorOptions options, TimeProvider clock, ILogger logger)
{
    /// <summary>By this machine's clock, when each lease was last seen to change: clocks of nodes are not to be trusted.</summary>
    private readonly Dictionary<string, (DateTimeOffset? Renewed, DateTimeOffset SeenAt)> _leases = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(options.Period, clock, cancellationToken);
            try
            {
                await LookAsync(cancellationToken);
            }
            catch (Exception e) when (e.IsTransient() || e is KubernetesException)
            {
                logger.Retrying("Looking at the nodes' heartbeats", e);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var leases = await kubernetes.ListAllAsync<V1Lease>(Heartbeats.LeaseNamespace, cancellationToken: cancellationToken);
        var nodes = await kubernetes.ListAllAsync<V1Node>(cancellationToken: cancellationToken);
        var renewals = leases.Items.ToDictionary(l => l.Name(), l => l.Spec?.RenewTime);
        foreach (var node in nodes.Items)
        {
            var silence = Silence(node.Name(), renewals.GetValueOrDefault(node.Name()));
            if (silence > options.Grace && node.Status?.Conditions?.Any(c => c.Type == "Ready" && c.Status != "Unknown") == true)
            {
                logger.NodeLost(node.Name(), silence);
                await CallUnknownAsync(node, cancellationToken);
            }
        }
    }

    private TimeSpan Silence(string node, DateTimeOffset? renewed)
    {
        var now = clock.GetUtcNow();
        if (!_leases.TryGetValue(node, out var seen) || seen.Renewed != renewed)
        {
            _leases[node] = seen = (renewed, now);
        }

        return now - seen.SeenAt;
    }

    /// <summary>A node that has written its status in between lives; then the answer is 409 and nothing is lost.</summary>
    private async Task CallUnknownAsync(V1Node node, CancellationToken cancellationToken)
    {
        foreach (var condition in node.Status!.Conditions!)
        {
            condition.Status = "Unknown";
            condition.Reason = "NodeStatusUnknown";
            condition.Message = "Kubelet stopped posting node status.";
            condition.LastTransitionTime = clock.GetUtcNow();
        }

        try
        {
            await kubernetes.ReplaceStatusAsync(node, cancellationToken);
        }
        catch (KubernetesException e) when (e.StatusCode is 404 or 409)
        {
            logger.Retrying($"Calling node {node.Name()} unknown", e);
        }
    }
}

/// <summary>When a node counts as lost.</summary>
public sealed record NodeMonitorOptions
{
    /// <summary>Longest silence. Default 40 s, as kube-controller-manager's --node-monitor-grace-period.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>Between two looks. Default 5 s, as its --node-monitor-period.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromSeconds(5);
}
