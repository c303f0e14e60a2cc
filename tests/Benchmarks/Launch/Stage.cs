using System.Text.Json.Nodes;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Benchmarks.Launch;

/// <summary>Puts nodes onto an API server that has no kubelet, and takes away what a round leaves behind.</summary>
internal sealed class Stage(RealApiServer server)
{
    private const int Parallelism = 16;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    public Task AddNodesAsync(int count, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(Enumerable.Range(1, count), Together(cancellationToken), async (number, token) =>
        {
            var node = LargeNode.Named($"bench-{number}");
            var created = await server.Client.CreateAsync(new V1Node { Metadata = new V1ObjectMeta { Name = node.Name() } }, token);
            created.Status = node.Status;
            await server.Client.ReplaceStatusAsync(created, token);
            await RemoveTaintsAsync(node.Name(), token);
        });

    /// <returns>How many Pods there were.</returns>
    public async Task<int> ClearAsync(CancellationToken cancellationToken)
    {
        var count = await CountPodsAsync(cancellationToken);
        await server.WipeAsync("/registry/pods/", cancellationToken);
        await server.WipeAsync("/registry/mesosbridge.io/mesosframeworks/", cancellationToken);
        while (await CountPodsAsync(cancellationToken) > 0)
        {
            await Task.Delay(LookEvery, Time.Clock, cancellationToken);
        }

        return count;
    }

    private async Task<int> CountPodsAsync(CancellationToken cancellationToken) =>
        (await server.Client.ListAllAsync<V1Pod>(cancellationToken: cancellationToken)).Items.Count;

    /// <summary>No controller is there to take away what admission puts onto new nodes.</summary>
    private Task RemoveTaintsAsync(string name, CancellationToken cancellationToken) =>
        server.Client.PatchAsync<V1Node>(
            V1Patch.Merge(new JsonObject { ["spec"] = new JsonObject { ["taints"] = null } }), name, cancellationToken: cancellationToken);

    private static ParallelOptions Together(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
}
