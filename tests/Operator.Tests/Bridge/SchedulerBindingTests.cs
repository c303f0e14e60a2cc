using System.Text;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Testing;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Tests.Bridge;

/// <summary>With the scheduler of Kubernetes itself. The bridge hears late of the Pods of others, so that what it has offered is not there.</summary>
[Collection(nameof(RealTestCluster))]
public sealed class SchedulerBindingTests(RealTestCluster cluster) : BridgeTest(cluster)
{
    [Fact]
    public async Task The_scheduler_binds_a_task_to_the_offered_node_and_to_no_other()
    {
        await using var kube = cluster.StartScheduler();
        var another = new FakeKubelet(Kubernetes, $"{Name}-another", Deadline);
        await another.RegisterAsync();
        await using var scheduler = await SubscribeAsync(TimeSpan.FromMinutes(1), priorityClass: null);
        var offer = await scheduler.OfferAsync(); // Of either node: both have one hostname.
        var node = (await Kubernetes.ListAsync<V1Node>(cancellationToken: Deadline)).Items.Single(node => $"{node.Uid()}-S0" == offer.AgentId.Value).Name();

        await scheduler.LaunchAsync(offer, [.. Enumerable.Range(1, 6).Select(number => TestScheduler.Task(offer, $"task-{number}"))]);
        await UntilAsync(async () => (await PodsAsync()) is { Count: 6 } pods && pods.All(pod => pod.Spec!.NodeName is { Length: > 0 }));

        Assert.All(await PodsAsync(), pod => Assert.Equal(node, pod.Spec!.NodeName));
        await another.DisposeAsync();
    }

    [Fact]
    public async Task A_task_of_higher_priority_preempts_what_came_between_offer_and_launch()
    {
        await using var kube = cluster.StartScheduler();
        await using var scheduler = await SubscribeAsync(TimeSpan.FromMinutes(1), await MakePriorityAsync(1000));
        var offer = await scheduler.OfferAsync();
        Unsteady.Held = new TaskCompletionSource();
        var other = await CrowdAsync();

        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        await UntilAsync(async () => await FindAsync<V1Pod>(other.Name()) is not { } there || there.IsDeleting());
        await Kubelet.LetGoAsync(other);
        var pod = await Kubelet.PodAsync(PodTasks.IsOurs);
        await Kubelet.RunAsync(pod);
        ReleaseWatches();

        await scheduler.AcknowledgedUntilAsync(TaskState.TaskRunning);
        Assert.Equal(1000, pod.Spec!.Priority);
    }

    [Fact]
    public async Task A_task_that_may_not_preempt_is_dropped_in_the_schedulers_words()
    {
        await using var kube = cluster.StartScheduler();
        await using var scheduler = await SubscribeAsync(TimeSpan.FromSeconds(3), priorityClass: null);
        var offer = await scheduler.OfferAsync();
        Unsteady.Held = new TaskCompletionSource();
        await CrowdAsync();

        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        await UntilAsync(async () => (await PodsAsync()).Any(PodTasks.IsOurs));
        ReleaseWatches();
        var dropped = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskLost, Reason.InvalidOffers), (dropped.State, dropped.Reason));
        Assert.Contains("Insufficient cpu", dropped.Message, StringComparison.Ordinal);
        await UntilAsync(async () => (await PodsAsync()).All(pod => !PodTasks.IsOurs(pod)));
    }

    private async Task<TestScheduler> SubscribeAsync(TimeSpan patience, string? priorityClass)
    {
        var bridge = await StartAsync(change: options => options with { Patience = new PodPatience { Binding = patience } });
        await DeclareAsync(change: spec =>
        {
            spec.Binding = "Scheduler";
            spec.PodTemplate = new V1Alpha1PodTemplate { Spec = new V1Alpha1PodTemplateSpec { PriorityClassName = priorityClass } };
        });
        return await SubscribeAsync(bridge, Framework);
    }

    private void ReleaseWatches()
    {
        var held = Unsteady.Held!;
        Unsteady.Held = null;
        held.SetResult();
    }

    private async Task<string> MakePriorityAsync(int value)
    {
        var name = $"{Name}-high";
        using var content = new StringContent(
            $$"""{"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass","metadata":{"name":"{{name}}"},"value":{{value}} }""", Encoding.UTF8, "application/json");
        using var answer = await (await cluster.HttpAsync()).PostAsync(new Uri("/apis/scheduling.k8s.io/v1/priorityclasses", UriKind.Relative), content, Deadline);
        answer.EnsureSuccessStatusCode();
        return name;
    }

    /// <summary>A Pod that leaves room for nothing on the node.</summary>
    private Task<V1Pod> CrowdAsync() => Kubernetes.CreateAsync(
        new V1Pod
        {
            Metadata = new V1ObjectMeta { Name = "crowd", NamespaceProperty = Name },
            Spec = new V1PodSpec
            {
                NodeName = Kubelet.Name,
                Containers =
                [
                    new V1Container
                    {
                        Name = "c",
                        Image = "i",
                        Resources = new V1ResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = "3900m" } },
                    },
                ],
            },
        },
        Deadline);

    private async Task<IList<V1Pod>> PodsAsync() => (await Kubernetes.ListAsync<V1Pod>(Name, cancellationToken: Deadline)).Items;
}
