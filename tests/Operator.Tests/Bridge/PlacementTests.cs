using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Agents;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Testing;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Tests.Bridge;

public sealed class EmbeddedPlacementTests(EmbeddedTestCluster cluster) : PlacementTests(cluster), IClassFixture<EmbeddedTestCluster>;

[Collection(nameof(RealTestCluster))]
public sealed class RealPlacementTests(RealTestCluster cluster) : PlacementTests(cluster);

/// <summary>What of a node is offered, and how Pods come to it.</summary>
public abstract class PlacementTests(TestCluster cluster) : BridgeTest(cluster)
{
    // ---- room ----

    [Fact]
    public async Task A_launch_beyond_the_pods_that_a_node_takes_is_dropped_and_no_pod_is_made()
    {
        await SetAllocatableAsync("pods", "2");
        await using var scheduler = await SubscribeAsync();
        var offer = await scheduler.OfferAsync();

        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"), TestScheduler.Task(offer, "two"), TestScheduler.Task(offer, "three"));
        var dropped = await scheduler.UpdateAsync();

        Assert.Equal((TaskState.TaskLost, Reason.InvalidOffers), (dropped.State, dropped.Reason));
        Assert.Equal($"Task assumes outdated resource state: OutOfpods: node '{Kubelet.Name}' takes no more Pods", dropped.Message);
        await UntilAsync(() => Task.FromResult(Unsteady.PodCreations >= 2));
        Assert.Equal(2, (await Kubernetes.ListAsync<V1Pod>(Name, cancellationToken: Deadline)).Items.Count);
    }

    [Fact]
    public async Task A_port_that_a_pod_of_others_holds_is_not_offered_until_that_is_gone()
    {
        await using var scheduler = await SubscribeAsync();
        var whole = await scheduler.OfferAsync();

        var other = await CreateAsync("other", hostPort: 31_005, protocol: "UDP");
        var without = await scheduler.NextOfferAsync(offer => Ports(offer) != Ports(whole));
        await Kubelet.LetGoAsync(other);
        await scheduler.DeclineAsync(without);
        var again = await scheduler.NextOfferAsync(offer => Ports(offer) != Ports(without));

        Assert.Equal("[31000-32000]", Ports(whole));
        Assert.Equal("[31000-31004, 31006-32000]", Ports(without));
        Assert.Equal("[31000-32000]", Ports(again));
    }

    [Fact]
    public async Task Two_launches_of_one_offer_never_get_one_port_and_the_second_is_dropped_before_there_is_a_pod()
    {
        await using var scheduler = await SubscribeAsync();
        var first = await LaunchMappedAsync(scheduler, "one", 18_080);
        await Kubelet.PodAsync();
        await LaunchMappedAsync(scheduler, "two", 18_080);
        var dropped = await scheduler.UpdateAsync();

        Assert.Equal(("two", TaskState.TaskLost, Reason.InvalidOffers), (dropped.TaskId.Value, dropped.State, dropped.Reason));
        Assert.Equal($"Task assumes outdated resource state: NodePorts: port 18080/TCP of node '{Kubelet.Name}' is taken", dropped.Message);
        Assert.Equal(1, Unsteady.PodCreations);
        Assert.NotNull(first);
    }

    [Fact]
    public async Task An_extended_resource_is_offered_and_comes_to_the_pod_of_the_task_that_asks_for_it()
    {
        await SetAllocatableAsync("example.com/fpga", "3");
        await DeclareAsync();
        await using var scheduler = await SubscribeAsync(
            await StartAsync(change: options => options with { Nodes = options.Nodes with { Extended = ExtendedResources.Default.With("fpgas", "example.com/fpga") } }), Framework);
        var offer = await scheduler.OfferAsync();
        var task = TestScheduler.Task(offer, "one");
        task.Resources.Add(new Resource { Name = "fpgas", Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = 2 } });

        await scheduler.LaunchAsync(offer, task);
        var pod = await Kubelet.PodAsync();
        var left = await scheduler.OfferAsync();

        Assert.Equal((3, 1), (Scalar(offer, "fpgas"), Scalar(left, "fpgas")));
        Assert.Equal("2", pod.Spec!.Containers![0].Resources!.Limits!["example.com/fpga"].ToString());
    }

    // ---- who may have it ----

    [Fact]
    public async Task A_tainted_node_is_offered_to_the_framework_whose_template_tolerates_the_taint()
    {
        await using var scheduler = await SubscribeAsync();
        await scheduler.OfferAsync();

        await PatchNodeAsync("""{"spec":{"taints":[{"key":"dedicated","value":"mesos","effect":"NoSchedule"}]}}""");
        await scheduler.NextAsync(e => e.Type == Event.Types.Type.Rescind);
        await PatchFrameworkAsync("""{"spec":{"podTemplate":{"spec":{"tolerations":[{"key":"dedicated","operator":"Equal","value":"mesos","effect":"NoSchedule"}]}}}}""");
        var offer = await scheduler.OfferAsync();
        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        var pod = await Kubelet.PodAsync();

        Assert.Contains(pod.Spec!.Tolerations!, toleration => toleration is { Key: "dedicated", Value: "mesos" });
    }

    [Fact]
    public async Task A_node_that_lacks_a_label_the_framework_wants_is_taken_back_and_offered_again_with_it()
    {
        await using var scheduler = await SubscribeAsync();
        await scheduler.OfferAsync();

        await PatchFrameworkAsync("""{"spec":{"nodeSelector":{"pool":"mesos"}}}""");
        await scheduler.NextAsync(e => e.Type == Event.Types.Type.Rescind);
        await PatchNodeAsync("""{"metadata":{"labels":{"pool":"mesos"}}}""");
        var offer = await scheduler.OfferAsync();

        Assert.Contains(offer.Attributes, attribute => attribute.Name == "pool" && attribute.Text.Value == "mesos");
    }

    [Fact]
    public async Task The_agent_of_a_tainted_node_says_that_not_everybody_is_offered_it()
    {
        await using var scheduler = await SubscribeAsync();
        await PatchNodeAsync("""{"spec":{"taints":[{"key":"dedicated","effect":"NoSchedule"}]}}""");

        await UntilAsync(async () => await AgentAsync() is { Status.State: "Tainted" });
        var condition = (await AgentAsync())!.Status!.Conditions!.Single(condition => condition.Type == "Schedulable");

        Assert.Equal(("False", "Tainted"), (condition.Status, condition.Reason));
        Assert.Equal("The node has the taint dedicated:NoSchedule: only frameworks whose podTemplate tolerates it are offered it", condition.Message);
    }

    [Fact]
    public async Task A_label_whose_value_is_not_of_its_attributes_type_is_named_in_an_event_and_the_rest_goes_on()
    {
        await DeclareAsync();
        await using var scheduler = await SubscribeAsync(
            await StartAsync(change: options => options with { Nodes = options.Nodes with { Attributes = [new AttributeRule("level", Type: Value.Types.Type.Scalar), .. AttributeRule.Defaults] } }),
            Framework);

        await PatchNodeAsync("""{"metadata":{"labels":{"level":"high","row":"3"}}}""");
        await UntilAsync(async () => (await Kubernetes.ListAsync<Corev1Event>("default", cancellationToken: Deadline)).Items.Any(e =>
            e.InvolvedObject?.Name == Kubelet.Name && e.Reason == "InvalidAttribute" && e.Message == "Label level is no attribute: 'high' is no number"));
        var offer = await scheduler.NextOfferAsync(offer => offer.Attributes.Any(attribute => attribute.Name == "row"));

        Assert.DoesNotContain(offer.Attributes, attribute => attribute.Name == "level");
    }

    [Theory, InlineData(false, 1), InlineData(true, 2)]
    public async Task Nodes_of_other_regions_are_offered_to_frameworks_that_know_of_regions_only(bool isAware, int agents)
    {
        await PatchNodeAsync(Region("home"));
        var far = new FakeKubelet(Kubernetes, $"{Name}-far", Deadline);
        await far.RegisterAsync();
        await Kubernetes.PatchAsync<V1Node>(V1Patch.Merge((JsonObject)JsonNode.Parse(Region("far"))!), far.Name, cancellationToken: Deadline);
        var bridge = await StartAsync(change: options => options with { Domain = FaultDomain.Of("home", "z"), Nodes = options.Nodes with { FaultDomains = true } });
        await DeclareAsync();
        var framework = Framework;
        if (isAware)
        {
            framework.Capabilities.Add(new FrameworkInfo.Types.Capability { Type = FrameworkInfo.Types.Capability.Types.Type.RegionAware });
        }

        await using var scheduler = await SubscribeAsync(bridge, framework);
        var offers = (await scheduler.NextAsync(e => e.Type == Event.Types.Type.Offers)).Offers.Offers_;
        await far.DisposeAsync();

        // Of nodes of other tests no region is known.
        Assert.Equal("home", scheduler.Master.Domain.FaultDomain.Region.Name);
        Assert.Equal(agents, offers.Count(offer => offer.Domain is not null));
    }

    // ---- by the scheduler of Kubernetes ----

    [Fact]
    public async Task A_pod_for_the_scheduler_may_be_bound_to_the_offered_node_only_and_its_room_is_kept_meanwhile()
    {
        await using var scheduler = await SubscribeForSchedulerAsync();
        var offer = await scheduler.OfferAsync();

        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        var waiting = await WaitingAsync();
        var left = await scheduler.OfferAsync();
        await BindAsync(waiting);
        var pod = await Kubelet.PodAsync();
        await Kubelet.RunAsync(pod);
        await scheduler.AcknowledgedUntilAsync(TaskState.TaskRunning);
        await Kubelet.ExitAsync(pod, 0);

        Assert.Equal(Kubelet.Name, PodPlace.NodeOf(waiting));
        Assert.Null(waiting.Spec!.NodeName);
        Assert.Equal(Scalar(offer, "cpus") - 0.5, Scalar(left, "cpus"));
        await scheduler.AcknowledgedUntilAsync(TaskState.TaskFinished);
    }

    [Fact]
    public async Task A_kill_ends_a_task_that_still_waits_for_the_scheduler()
    {
        await using var scheduler = await SubscribeForSchedulerAsync();
        var offer = await scheduler.OfferAsync();
        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        var waiting = await WaitingAsync();

        await scheduler.KillAsync("one");
        var killed = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskKilled, Reason.TaskKilledDuringLaunch), (killed.State, killed.Reason));
        await UntilAsync(async () => await GetAsync(waiting) is null);
    }

    [Fact]
    public async Task A_task_that_the_scheduler_does_not_place_in_time_is_dropped()
    {
        await using var scheduler = await SubscribeForSchedulerAsync(TimeSpan.FromSeconds(1));
        var offer = await scheduler.OfferAsync();

        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        var waiting = await WaitingAsync();
        var dropped = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskLost, Reason.InvalidOffers), (dropped.State, dropped.Reason));
        Assert.StartsWith("Task assumes outdated resource state: ", dropped.Message, StringComparison.Ordinal);
        await UntilAsync(async () => await GetAsync(waiting) is null);
    }

    [Fact]
    public async Task A_pod_that_waits_for_a_node_that_is_gone_goes_too()
    {
        await using var scheduler = await SubscribeForSchedulerAsync();
        var offer = await scheduler.OfferAsync();
        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        var waiting = await WaitingAsync();

        await Kubernetes.DeleteAsync<V1Node>(Kubelet.Name, cancellationToken: Deadline);
        await scheduler.AcknowledgedUntilAsync(TaskState.TaskLost);

        await UntilAsync(async () => await GetAsync(waiting) is null);
    }

    [Fact]
    public async Task A_bridge_that_starts_finds_the_task_that_waits_for_the_scheduler()
    {
        var framework = Framework;
        V1Pod waiting;
        await using (var scheduler = await SubscribeForSchedulerAsync(framework: framework))
        {
            framework.Id = scheduler.Id;
            var offer = await scheduler.OfferAsync();
            await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
            waiting = await WaitingAsync();
            await UntilAsync(async () => (await ResourceAsync(Name))?.Status?.Registrations is { Count: 1 });
        }

        await StopAsync();
        await using var reborn = await SubscribeAsync(await StartAsync(), framework);
        var offered = await reborn.OfferAsync();
        await BindAsync(waiting);
        await Kubelet.RunAsync(await Kubelet.PodAsync());

        await reborn.AcknowledgedUntilAsync(TaskState.TaskRunning);
        Assert.Equal(3.5, Scalar(offered, "cpus"));
    }

    // ---- below ----

    private async Task<TestScheduler> SubscribeForSchedulerAsync(TimeSpan? patience = null, FrameworkInfo? framework = null)
    {
        var bridge = await StartAsync(change: options => options with { Patience = new PodPatience { Binding = patience ?? TimeSpan.FromMinutes(5) } });
        await DeclareAsync(change: spec => spec.Binding = "Scheduler");
        return await SubscribeAsync(bridge, framework ?? Framework);
    }

    private async Task<V1Pod> WaitingAsync()
    {
        while (true)
        {
            if ((await Kubernetes.ListAsync<V1Pod>(Name, cancellationToken: Deadline)).Items is [var pod, ..])
            {
                return pod;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Deadline);
        }
    }

    private Task BindAsync(V1Pod pod) => Kubernetes.CreateAsync(
        new V1Binding
        {
            Metadata = new V1ObjectMeta { Name = pod.Name(), NamespaceProperty = pod.Namespace(), Uid = pod.Uid() },
            Target = new V1ObjectReference { ApiVersion = "v1", Kind = "Node", Name = Kubelet.Name },
        },
        Deadline);

    private Task<V1Pod> CreateAsync(string name, int hostPort, string protocol) => Kubernetes.CreateAsync(
        new V1Pod
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = Name },
            Spec = new V1PodSpec
            {
                NodeName = Kubelet.Name,
                Containers =
                [
                    new V1Container { Name = "c", Image = "i", Ports = [new V1ContainerPort { ContainerPort = hostPort, HostPort = hostPort, Protocol = protocol }] },
                ],
            },
        },
        Deadline);

    /// <summary>With a port of the node that is not among those offered: as the kubelet does, so does the bridge look at all.</summary>
    private static async Task<Offer> LaunchMappedAsync(TestScheduler scheduler, string name, uint port)
    {
        var offer = await scheduler.OfferAsync();
        var task = TestScheduler.Task(offer, name);
        task.Container = new ContainerInfo
        {
            Type = ContainerInfo.Types.Type.Mesos,
            NetworkInfos = { new NetworkInfo { Name = "n", PortMappings = { new NetworkInfo.Types.PortMapping { HostPort = port, ContainerPort = 80 } } } },
        };
        await scheduler.LaunchAsync(offer, task);
        return offer;
    }

    private Task SetAllocatableAsync(string resource, string amount) => Kubernetes.PatchAsync<V1Node>(
        V1Patch.Merge(new JsonObject { ["status"] = new JsonObject { ["allocatable"] = new JsonObject { [resource] = amount }, ["capacity"] = new JsonObject { [resource] = amount } } }),
        Kubelet.Name,
        subresource: "status",
        cancellationToken: Deadline);

    private Task PatchNodeAsync(string json) => Kubernetes.PatchAsync<V1Node>(V1Patch.Merge((JsonObject)JsonNode.Parse(json)!), Kubelet.Name, cancellationToken: Deadline);

    private Task PatchFrameworkAsync(string json) =>
        Kubernetes.PatchAsync<V1Alpha1MesosFramework>(V1Patch.Merge((JsonObject)JsonNode.Parse(json)!), Name, Name, cancellationToken: Deadline);

    private async Task<V1Alpha1MesosAgent?> AgentAsync()
    {
        try
        {
            return await Kubernetes.GetAsync<V1Alpha1MesosAgent>(Kubelet.Name, cancellationToken: Deadline);
        }
        catch (KubernetesException notYet) when (notYet.IsNotFound)
        {
            return null;
        }
    }

    private static string Region(string region) =>
        $$$"""{"metadata":{"labels":{"topology.kubernetes.io/region":"{{{region}}}","topology.kubernetes.io/zone":"z"} } }""";

    private static string? Ports(Offer offer) =>
        offer.Resources.FirstOrDefault(resource => resource.Name == "ports") is { } ports
            ? RangeSet.Of([.. ports.Ranges.Range.Select(range => (range.Begin, range.End))]).ToString()
            : null;

    private static double Scalar(Offer offer, string name) => offer.Resources.Where(resource => resource.Name == name).Sum(resource => resource.Scalar.Value);
}
