using MesosK8sBridge.Protocol.V1;
using static MesosK8sBridge.EndToEnd.Tests.Kubelet.NodeFramework;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.EndToEnd.Tests.Kubelet;

/// <summary>What the bridge does by itself with real Pods: find them again, and remove them.</summary>
[Collection(nameof(NodeAlone))]
public sealed class BridgeTests(RealNode node)
{
    [Fact]
    public async Task What_becomes_of_tasks_while_the_bridge_is_dead_is_told_by_the_next_one()
    {
        await using var framework = await SubscribeAsync(node);
        await framework.LaunchAsync(
            Shell("ending", "echo ready; while ! test -e /tmp/end; do sleep 0.1; done; exit 3"), Shell("lasting", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done"));
        await framework.ReadyAsync("ending");
        await framework.ReadyAsync("lasting");
        var pod = await framework.PodOfAsync("ending");

        await node.CrashBridgeAsync(() => node.KubectlAsync($"exec {pod} -- touch /tmp/end"));
        await framework.ReturnAsync();

        await framework.EndAsync("ending");
        Assert.Equal("TASK_FAILED: Command exited with status 3", framework.Told("ending")[^1]);
        await framework.KillAsync("lasting");
        await framework.EndAsync("lasting");
        Assert.Equal(["TASK_KILLING", "TASK_KILLED: Command exited with status 0"], framework.Told("lasting")[^2..]);
    }

    [Fact]
    public async Task Of_the_Pods_of_ended_tasks_the_newest_are_kept()
    {
        await using var framework = await SubscribeAsync(node);
        string[] ids = [.. Enumerable.Range(1, RealNode.RetainedPods + 2).Select(i => $"ended-{i}")];
        foreach (var pair in ids.Chunk(2))
        {
            await framework.LaunchAsync([.. pair.Select(id => Shell(id, "true"))]);
            await framework.EndAsync(pair);
        }

        var pods = await framework.PodsWhenAsync(count => count <= RealNode.RetainedPods);

        Assert.Equal(RealNode.RetainedPods, pods.Count);
        Assert.Superset(ids[2..].ToHashSet(StringComparer.Ordinal), pods.ToHashSet(StringComparer.Ordinal));
    }
}
