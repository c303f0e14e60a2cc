using System.Text.Json.Nodes;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Frameworks;

namespace MesosK8sBridge.Benchmarks.Launch;

/// <summary>Puts nodes onto an API server that has no kubelet, and takes away what a round leaves behind.</summary>
internal sealed class Stage(IKubernetes kubernetes)
{
    private const int Parallelism = 64;

    public Task AddNodesAsync(int count, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(Enumerable.Range(1, count), Together(cancellationToken), async (number, token) =>
        {
            var node = Node($"bench-{number}");
            var created = await kubernetes.CreateAsync(new V1Node { Metadata = new V1ObjectMeta { Name = node.Name() } }, token);
            created.Status = node.Status;
            await kubernetes.ReplaceStatusAsync(created, token);
            await RemoveTaintsAsync(node.Name(), token);
        });

    /// <returns>How many Pods there were.</returns>
    public async Task<int> ClearAsync(CancellationToken cancellationToken)
    {
        foreach (var framework in (await kubernetes.ListAllAsync<V1Alpha1MesosFramework>(cancellationToken: cancellationToken)).Items)
        {
            await kubernetes.DeleteAsync<V1Alpha1MesosFramework>(framework.Name(), framework.Namespace(), cancellationToken: cancellationToken);
        }

        var pods = (await kubernetes.ListAllAsync<V1Pod>(cancellationToken: cancellationToken)).Items;
        await Parallel.ForEachAsync(pods, Together(cancellationToken), async (pod, token) =>
        {
            var free = V1Patch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } });
            await kubernetes.PatchAsync<V1Pod>(free, pod.Name(), pod.Namespace(), cancellationToken: token);
            await kubernetes.DeleteAsync<V1Pod>(pod.Name(), pod.Namespace(), new V1DeleteOptions { GracePeriodSeconds = 0 }, token);
        });
        return pods.Count;
    }

    /// <summary>No controller is there to take away what admission puts onto new nodes.</summary>
    private Task RemoveTaintsAsync(string name, CancellationToken cancellationToken) =>
        kubernetes.PatchAsync<V1Node>(
            V1Patch.Merge(new JsonObject { ["spec"] = new JsonObject { ["taints"] = null } }), name, cancellationToken: cancellationToken);

    private static V1Node Node(string name)
    {
        var capacity = new Dictionary<string, ResourceQuantity>
        {
            ["cpu"] = "64",
            ["memory"] = "256Gi",
            ["ephemeral-storage"] = "1Ti",
            ["pods"] = "10000",
        };
        return new V1Node
        {
            Metadata = new V1ObjectMeta { Name = name },
            Status = new V1NodeStatus
            {
                Capacity = capacity,
                Allocatable = capacity,
                Addresses = [new V1NodeAddress { Type = "InternalIP", Address = "127.0.0.1" }, new V1NodeAddress { Type = "Hostname", Address = name }],
                Conditions = [new V1NodeCondition { Type = "Ready", Status = "True", LastTransitionTime = Time.Clock.GetUtcNow() }],
            },
        };
    }

    private static ParallelOptions Together(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
}
