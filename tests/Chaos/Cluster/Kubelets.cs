using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Embedded.Nodes;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Chaos.Cluster;

/// <summary>Nodes whose containers are only said to run, directly at the API server: what happens to bridges does not touch them.</summary>
internal static class Kubelets
{
    public static async Task<SimulatedNodes> StartAsync(IKubernetes kubernetes, int count, ILogger log, CancellationToken cancellationToken)
    {
        var node = new NodeOptions { Name = "node", Cpus = 64, MemoryMebibytes = 65_536, MaxPods = 5_000, MinimumGrace = TimeSpan.Zero };
        var names = EmbeddedClusterOptions.NodesLike(node, count);
        var kubelets = await SimulatedNodes.StartAsync(kubernetes, names, log, cancellationToken: cancellationToken);

        // No controller is there to take away what admission puts onto new nodes.
        var untainted = V1Patch.Merge(new JsonObject { ["spec"] = new JsonObject { ["taints"] = null } });
        foreach (var each in names)
        {
            await kubernetes.PatchAsync<V1Node>(untainted, each.Name, cancellationToken: cancellationToken);
        }

        return kubelets;
    }
}
