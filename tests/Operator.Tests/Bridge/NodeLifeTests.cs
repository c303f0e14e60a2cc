using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Testing;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Source = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Source;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Tests.Bridge;

public sealed class EmbeddedNodeLifeTests(EmbeddedTestCluster cluster) : NodeLifeTests(cluster), IClassFixture<EmbeddedTestCluster>;

[Collection(nameof(RealTestCluster))]
public sealed class RealNodeLifeTests(RealTestCluster cluster) : NodeLifeTests(cluster);

/// <summary>What becomes of tasks when something becomes of their node, or only seems to.</summary>
public abstract class NodeLifeTests(TestCluster cluster) : BridgeTest(cluster)
{
    // ---- drains ----

    [Fact]
    public async Task A_drained_pod_is_a_killed_task_even_if_the_node_is_open_again_when_it_ends()
    {
        await using var scheduler = await SubscribeAsync();
        var pod = await LaunchAndRunAsync(scheduler, "one");

        await CordonAsync(true);
        await Kubernetes.EvictAsync(pod.Name(), Name, cancellationToken: Deadline);
        await UntilAsync(async () => (await GetAsync(pod))!.GetAnnotation(TaskMarks.Drained) is not null);
        await CordonAsync(false);
        await Kubelet.ExitAsync(pod, 143, finishedAt: "2030-01-01T00:00:00Z");
        await Kubelet.LetGoAsync(pod);
        var killed = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskKilled, Source.Executor, Reason.AgentDraining), (killed.State, killed.Source, killed.Reason));
        Assert.Equal($"Command terminated with signal Terminated: Pod {Name}/{pod.Name()} was drained from its node (its node is cordoned)", killed.Message);
        await UntilAsync(async () => await GetAsync(pod) is null);
    }

    [Fact]
    public async Task A_cordoned_node_is_not_offered_and_its_tasks_go_on()
    {
        await using var scheduler = await SubscribeAsync();
        await LaunchAndRunAsync(scheduler, "one");
        var offer = await scheduler.OfferAsync();

        await CordonAsync(true);
        var rescinded = await scheduler.NextAsync(e => e.Type == Event.Types.Type.Rescind);

        Assert.Equal(offer.Id, rescinded.Rescind.OfferId);
        Assert.Equal(TaskState.TaskRunning, await StateAsync(scheduler, "one"));
    }

    // ---- maintenance ----

    [Fact]
    public async Task A_maintenance_window_on_the_node_is_told_in_offers_and_asks_frameworks_to_leave()
    {
        await using var scheduler = await SubscribeAsync();
        await LaunchAndRunAsync(scheduler, "one");

        await AnnotateNodeAsync("2030-05-01T20:00:00Z/2h");
        var inverse = await scheduler.NextAsync(e => e.Type == Event.Types.Type.InverseOffers);
        var offer = await scheduler.OfferAsync();

        var window = Assert.Single(inverse.InverseOffers.InverseOffers_).Unavailability;
        Assert.Equal((1_903_896_000_000_000_000, 7_200_000_000_000), (window.Start.Nanoseconds, window.Duration.Nanoseconds));
        Assert.Equal(window, offer.Unavailability);
    }

    [Fact]
    public async Task A_maintenance_window_that_nobody_can_read_is_ignored_and_named_in_an_event()
    {
        await using var scheduler = await SubscribeAsync();

        await AnnotateNodeAsync("tomorrow");
        await UntilAsync(async () => (await Kubernetes.ListAsync<Corev1Event>("default", cancellationToken: Deadline)).Items.Any(e =>
            e.InvolvedObject?.Name == Kubelet.Name && e.Reason == "InvalidMaintenance" && e.Message!.Contains("'tomorrow' is not a time", StringComparison.Ordinal)));

        Assert.Null((await scheduler.OfferAsync()).Unavailability);
    }

    // ---- what only seems to be gone ----

    [Fact]
    public async Task A_list_that_shows_neither_nodes_nor_pods_loses_nothing()
    {
        await using var scheduler = await SubscribeAsync();
        var pod = await LaunchAndRunAsync(scheduler, "one");

        Unsteady.Hides = item => item is V1Pod or V1Node;
        var asked = Unsteady.Gets;
        Unsteady.ExpireWatches();
        await UntilAsync(() => Task.FromResult(Unsteady.Gets >= asked + 2));
        var hidden = await StateAsync(scheduler, "one");
        Unsteady.Hides = null;
        Unsteady.ExpireWatches();
        await Kubelet.ExitAsync(pod, 0);

        Assert.Equal(TaskState.TaskRunning, hidden);
        Assert.Equal(TaskState.TaskFinished, (await scheduler.AcknowledgedAsync()).State);
    }

    [Fact]
    public async Task A_pod_that_is_gone_is_lost_only_when_the_api_server_can_say_so()
    {
        await using var scheduler = await SubscribeAsync();
        var pod = await LaunchAndRunAsync(scheduler, "one");

        Unsteady.Silent = [typeof(V1Pod)];
        var asked = Unsteady.Gets;
        await VanishAsync(pod);
        await UntilAsync(() => Task.FromResult(Unsteady.Gets >= asked + 2));
        var unclear = await StateAsync(scheduler, "one");
        Unsteady.Silent = [];
        var lost = await scheduler.AcknowledgedAsync();

        Assert.Equal(TaskState.TaskRunning, unclear);
        Assert.Equal(TaskState.TaskLost, lost.State);
        Assert.Equal($"Pod {Name}/{pod.Name()} was deleted before the end of task 'one' was seen", lost.Message);
    }

    [Fact]
    public async Task A_pod_found_late_is_adopted()
    {
        var (framework, pod) = await LaunchInAnEarlierLifeAsync("one");
        Unsteady.Hides = item => item is V1Pod;
        await using var reborn = await SubscribeAsync(await StartAsync(), framework);
        var hidden = await StateAsync(reborn, "one");
        Unsteady.Hides = null;
        Unsteady.ExpireWatches();
        await UntilAsync(async () => await StateAsync(reborn, "one") == TaskState.TaskRunning);
        await Kubelet.ExitAsync(pod, 3);
        await reborn.AcknowledgedUntilAsync(TaskState.TaskFailed);

        Assert.NotEqual(TaskState.TaskRunning, hidden);
        await UntilAsync(async () => !(await GetAsync(pod))!.HasFinalizer(TaskMarks.Finalizer));
    }

    [Fact]
    public async Task A_node_deleted_while_there_was_no_bridge_takes_its_tasks_with_it()
    {
        var (framework, pod) = await LaunchInAnEarlierLifeAsync("one");
        await Kubernetes.DeleteAsync<V1Node>(Kubelet.Name, cancellationToken: Deadline);
        await using var reborn = await SubscribeAsync(await StartAsync(), framework);
        await reborn.AcknowledgedUntilAsync(TaskState.TaskLost);

        await UntilAsync(async () => await GetAsync(pod) is null);
    }

    // ---- losses held ----

    [Fact]
    public async Task Losses_beyond_the_bound_are_held_until_somebody_confirms_them_once()
    {
        var bridge = await StartAsync(change: options => options with { Master = options.Master with { MaxLosses = 0, MaxLossShare = 0 } });
        await DeclareAsync();
        await using var scheduler = await SubscribeAsync(bridge, Framework);
        var pod = await LaunchAndRunAsync(scheduler, "one");

        await VanishAsync(pod);
        await UntilAsync(async () => (await ResourceAsync(Name))?.Status is { LossesHeld: 1 });
        var held = (await ResourceAsync(Name))!.Status!.Conditions!.Single(condition => condition.Type == "LossesHeld");
        var unconfirmed = await StateAsync(scheduler, "one");
        await ConfirmAsync("first");
        var lost = await scheduler.AcknowledgedAsync();
        await UntilAsync(async () => (await ResourceAsync(Name))?.Status is { LossesHeld: 0, ConfirmedLosses: "first" });

        Assert.Equal(("True", "TooMany"), (held.Status, held.Reason));
        Assert.Equal((TaskState.TaskRunning, TaskState.TaskLost), (unconfirmed, lost.State));

        pod = await LaunchAndRunAsync(scheduler, "two");
        await VanishAsync(pod);
        await UntilAsync(async () => (await ResourceAsync(Name))?.Status is { LossesHeld: 1 });
        await ConfirmAsync("first");
        Assert.Equal(TaskState.TaskRunning, await StateAsync(scheduler, "two"));
        await ConfirmAsync("second");
        Assert.Equal(TaskState.TaskLost, (await scheduler.AcknowledgedAsync()).State);
    }

    [Fact]
    public async Task A_confirmation_holds_also_if_the_answer_to_its_being_remembered_is_lost()
    {
        var bridge = await StartAsync(change: options => options with { Master = options.Master with { MaxLosses = 0, MaxLossShare = 0 } });
        await DeclareAsync();
        await using var scheduler = await SubscribeAsync(bridge, Framework);
        await VanishAsync(await LaunchAndRunAsync(scheduler, "one"));
        await UntilAsync(async () => (await ResourceAsync(Name))?.Status is { LossesHeld: 1 });

        Unsteady.LosesAnswer = written => written is V1Alpha1MesosFramework { Status.ConfirmedLosses: "first" };
        await ConfirmAsync("first");

        Assert.Equal(TaskState.TaskLost, (await scheduler.AcknowledgedAsync()).State);
        Assert.Null(Unsteady.LosesAnswer);
    }

    // ---- steps ----

    private Task CordonAsync(bool on) => PatchNodeAsync(new JsonObject { ["spec"] = new JsonObject { ["unschedulable"] = on ? true : null } });

    private Task AnnotateNodeAsync(string maintenance) => PatchNodeAsync(
        new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [MaintenanceText.Annotation] = maintenance } } });

    private Task PatchNodeAsync(JsonObject change) =>
        Kubernetes.PatchAsync<V1Node>(V1Patch.Merge(change), Kubelet.Name, cancellationToken: Deadline);

    private Task ConfirmAsync(string value) => Kubernetes.PatchAsync<V1Alpha1MesosFramework>(
        V1Patch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [FrameworkSpecs.ConfirmLosses] = value } } }),
        Name,
        Name,
        cancellationToken: Deadline);

    /// <summary>Somebody takes the finalizer away and deletes the Pod by force.</summary>
    private async Task VanishAsync(V1Pod pod)
    {
        await Kubernetes.PatchAsync<V1Pod>(
            V1Patch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } }), pod.Name(), Name, cancellationToken: Deadline);
        await Kubernetes.DeleteAsync<V1Pod>(pod.Name(), Name, new V1DeleteOptions { GracePeriodSeconds = 0 }, Deadline);
    }

    /// <summary>As reconciliation tells it.</summary>
    private static async Task<TaskState> StateAsync(TestScheduler scheduler, string task)
    {
        await scheduler.SendAsync(new Call
        {
            FrameworkId = scheduler.Id,
            Type = Call.Types.Type.Reconcile,
            Reconcile = new() { Tasks = { new Call.Types.Reconcile.Types.Task { TaskId = new TaskID { Value = task } } } },
        });
        return (await scheduler.NextAsync(e => e.Type == Event.Types.Type.Update && e.Update.Status.TaskId.Value == task && e.Update.Status.Reason == Reason.Reconciliation))
            .Update.Status.State;
    }
}
