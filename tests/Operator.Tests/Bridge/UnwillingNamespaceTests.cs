using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Testing;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Task = System.Threading.Tasks.Task;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Operator.Tests.Bridge;

public sealed class EmbeddedUnwillingNamespaceTests(EmbeddedTestCluster cluster) : UnwillingNamespaceTests(cluster, isReal: false), IClassFixture<EmbeddedTestCluster>;

[Collection(nameof(RealTestCluster))]
public sealed class RealUnwillingNamespaceTests(RealTestCluster cluster) : UnwillingNamespaceTests(cluster, isReal: true);

/// <summary>A namespace that does not take a task's Pod: the task fails in the namespace's words, and nothing is left that hangs.</summary>
public abstract class UnwillingNamespaceTests(TestCluster cluster, bool isReal) : BridgeTest(cluster)
{
    [Fact]
    public async Task What_exceeds_the_limits_of_its_namespace_fails_and_says_so()
    {
        Assert.SkipUnless(isReal, "The embedded API server has no admission of limits.");
        await using var scheduler = await SubscribeAsync();
        await CreateAsync<LimitRange>("""{"limits":[{"type":"Container","max":{"memory":"16Mi"}}]}""");

        var failed = await LaunchAsync(scheduler);

        Assert.Contains("is forbidden: maximum memory usage per Container is 16Mi, but limit is 64Mi", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_exceeds_the_quota_of_its_namespace_fails_and_what_fits_later_runs()
    {
        Assert.SkipUnless(isReal, "The embedded API server has no admission of quotas.");
        await using var scheduler = await SubscribeAsync();
        var quota = await CreateAsync<ResourceQuota>("""{"hard":{"pods":"1"}}""");
        await CountAsync(quota, used: 1); // As the cluster's controller does, which is not here.

        var failed = await LaunchAsync(scheduler);

        Assert.Contains("is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1", failed.Message, StringComparison.Ordinal);
        await CountAsync(quota, used: 0);
        await UntilAsync(async () =>
        {
            var offer = await scheduler.OfferAsync();
            await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, $"again-{offer.Id.Value}"));
            return (await Kubernetes.ListAsync<V1Pod>(Name, cancellationToken: Deadline)).Items.Count > 0;
        });
    }

    [Fact]
    public async Task What_is_launched_into_a_namespace_that_is_being_deleted_fails_and_says_so()
    {
        Assert.SkipUnless(isReal, "The embedded API server empties the namespace, and the framework goes with its resource.");
        await using var scheduler = await SubscribeAsync();
        await Kubernetes.DeleteAsync<V1Namespace>(Name, cancellationToken: Deadline);

        var failed = await LaunchAsync(scheduler);

        Assert.EndsWith($"unable to create new content in namespace {Name} because it is being terminated", failed.Message, StringComparison.Ordinal);
    }

    private static async Task<TaskStatus> LaunchAsync(TestScheduler scheduler)
    {
        var offer = await scheduler.OfferAsync();
        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        var failed = await scheduler.AcknowledgedAsync();
        Assert.Equal((TaskState.TaskFailed, Reason.ContainerLaunchFailed), (failed.State, failed.Reason));
        Assert.StartsWith("Failed to launch container: pods \"one-", failed.Message, StringComparison.Ordinal);
        return failed;
    }

    private Task<T> CreateAsync<T>(string spec)
        where T : IKubernetesObject =>
        Kubernetes.CreateAsync(
            TestObjects.Json.Deserialize<T>($$"""{"metadata":{"name":"q","namespace":"{{Name}}"},"spec":{{spec}} }"""), Deadline);

    private Task CountAsync(ResourceQuota quota, int used) => Kubernetes.PatchAsync<ResourceQuota>(
        V1Patch.Merge((JsonObject)JsonNode.Parse($$"""{"status":{"hard":{"pods":"1"},"used":{"pods":"{{used}}"} } }""")!), quota.Name(), Name, "status", Deadline);
}
