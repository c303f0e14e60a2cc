using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Testing;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Tests.Bridge;

public sealed class EmbeddedStuckPodTests(EmbeddedTestCluster cluster) : StuckPodTests(cluster), IClassFixture<EmbeddedTestCluster>;

[Collection(nameof(RealTestCluster))]
public sealed class RealStuckPodTests(RealTestCluster cluster) : StuckPodTests(cluster);

/// <summary>Pods for which something does not come that should.</summary>
public abstract class StuckPodTests(TestCluster cluster) : BridgeTest(cluster)
{
    [Fact]
    public async Task A_pod_that_no_kubelet_takes_is_given_up_and_then_told_as_failed()
    {
        await using var scheduler = await SubscribeAsync(new PodPatience { Kubelet = TimeSpan.FromMilliseconds(300) });
        var offer = await scheduler.OfferAsync();

        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        var pod = await Kubelet.PodAsync(p => p.IsDeleting());
        await Kubelet.LetGoAsync(pod);
        var failed = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskFailed, Reason.ContainerLaunchFailed), (failed.State, failed.Reason));
        Assert.Equal($"Failed to launch container: the kubelet of node {Kubelet.Name} has not taken the Pod within 300ms", failed.Message);
        await UntilAsync(async () => await GetAsync(pod) is null);
    }

    [Fact]
    public async Task A_pod_that_does_not_end_is_lost_and_left_to_its_kubelet()
    {
        await using var scheduler = await SubscribeAsync(new PodPatience { End = TimeSpan.FromMilliseconds(100) });
        var pod = await LaunchAndRunAsync(scheduler, "one");

        await Kubernetes.DeleteAsync<V1Pod>(pod.Name(), Name, new V1DeleteOptions { GracePeriodSeconds = 1 }, Deadline);
        var lost = await scheduler.AcknowledgedAsync();
        await UntilAsync(async () => PodTasks.IsReleased((await GetAsync(pod))!));

        Assert.Equal((TaskState.TaskLost, Reason.ExecutorReregistrationTimeout), (lost.State, lost.Reason));
        Assert.Equal($"Pod {Name}/{pod.Name()} has not ended 100ms after its grace period: the end of task 'one' was not seen", lost.Message);
        await Kubelet.LetGoAsync(pod);
        await UntilAsync(async () => await GetAsync(pod) is null);
    }

    [Fact]
    public async Task A_pod_deleted_by_force_is_lost_if_its_kubelet_says_nothing()
    {
        await using var scheduler = await SubscribeAsync(new PodPatience { ForcedDeletion = TimeSpan.FromMilliseconds(100) });
        var pod = await LaunchAndRunAsync(scheduler, "one");

        await Kubernetes.DeleteAsync<V1Pod>(pod.Name(), Name, new V1DeleteOptions { GracePeriodSeconds = 0 }, Deadline);
        var lost = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskLost, Reason.ExecutorReregistrationTimeout), (lost.State, lost.Reason));
        await UntilAsync(async () => await GetAsync(pod) is null);
    }

    private async Task<TestScheduler> SubscribeAsync(PodPatience patience)
    {
        var bridge = await StartAsync(change: options => options with { Patience = patience });
        await DeclareAsync();
        return await SubscribeAsync(bridge, Framework);
    }
}
