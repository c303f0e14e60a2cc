using System.Net;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Tests.Bridge;

public sealed class EmbeddedBridgeLifeTests(EmbeddedTestCluster cluster) : BridgeLifeTests(cluster), IClassFixture<EmbeddedTestCluster>;

[Collection(nameof(RealTestCluster))]
public sealed class RealBridgeLifeTests(RealTestCluster cluster) : BridgeLifeTests(cluster);

/// <summary>A framework's life through a whole bridge: HTTP on the one side, an API server on the other, nothing pretended but the kubelet.</summary>
public abstract class BridgeLifeTests(TestCluster cluster) : BridgeTest(cluster)
{
    [Fact]
    public async Task A_task_lives_and_ends_as_its_pod_does()
    {
        await using var scheduler = await SubscribeAsync();

        var offer = await scheduler.OfferAsync();
        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        var pod = await Kubelet.PodAsync();
        await Kubelet.RunAsync(pod);
        var starting = await scheduler.AcknowledgedAsync();
        var running = await scheduler.AcknowledgedAsync();
        await Kubelet.ExitAsync(pod, 0);
        var finished = await scheduler.UpdateAsync();

        Assert.Equal(["ports", "cpus", "mem", "disk"], offer.Resources.Select(resource => resource.Name));
        Assert.Equal([4, 8192, 102400], offer.Resources.Skip(1).Select(resource => resource.Scalar.Value));
        Assert.Equal((Name, "busybox:local"), (pod.Namespace(), pod.Spec!.Containers![0].Image));
        Assert.Equal([TaskState.TaskStarting, TaskState.TaskRunning, TaskState.TaskFinished], [starting.State, running.State, finished.State]);
        Assert.Equal("Command exited with status 0", finished.Message);
        Assert.True((await GetAsync(pod))!.HasFinalizer(TaskMarks.Finalizer));

        await scheduler.SendAsync(Calls.Acknowledge(scheduler.Id, finished));
        await UntilAsync(async () => !(await GetAsync(pod))!.HasFinalizer(TaskMarks.Finalizer));
        Assert.Equal(new Guid(finished.Uuid.Span, bigEndian: true).ToString("D"), (await GetAsync(pod))!.GetAnnotation(TaskMarks.Acknowledged));
    }

    /// <summary>Whoever may create Pods may write what no launch would have been let through with.</summary>
    [Fact]
    public async Task Pods_that_no_launch_has_made_do_not_keep_a_bridge_from_its_work()
    {
        string[] tasks =
        [
            """{"name":"a","task_id":{"value":"1"},"agent_id":{"value":"x"},"health_check":{"type":"TCP","tcp":{"port":1},"grace_period_seconds":1e13,"consecutive_failures":4294967295}}""",
            """{"name":"a","task_id":{"value":"../2"},"agent_id":{"value":""},"health_check":{"type":"UNKNOWN"},"check":{"type":"HTTP"},"max_completion_time":{"nanoseconds":-9223372036854775808}}""",
            """{"name":"","task_id":{"value":""},"agent_id":{"value":"x"},"resources":[{"name":"cpus","type":"SCALAR"},{"name":"mem","type":"RANGES","scalar":{"value":-1e300}},{"name":"ports","type":"RANGES","ranges":{"range":[{"begin":9,"end":3},{"begin":0,"end":18446744073709551615}]}}]}""",
            """{"name":"a","task_id":{"value":"4"},"agent_id":{"value":"x"},"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":1e300},"allocation_info":{"role":"/a//../b"}}],"container":{"type":"DOCKER"}}""",
        ];
        foreach (var (index, task) in tasks.Index())
        {
            await ForgeAsync($"forged-{index}", task, index % 2 == 0 ? $"{Name}-forger" : $"{Name}-other-{index}");
        }

        await using var scheduler = await SubscribeAsync();
        await ForgeAsync("forged-late", tasks[3].Replace("\"4\"", "\"5\""), $"{Name}-late");
        var offer = await scheduler.OfferAsync();
        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        await Kubelet.RunAsync(await Kubelet.PodAsync(pod => pod.GetAnnotation(TaskMarks.TaskId) == "one"));

        Assert.Equal(TaskState.TaskStarting, (await scheduler.AcknowledgedAsync()).State);
        Assert.Equal(TaskState.TaskRunning, (await scheduler.AcknowledgedAsync()).State);
    }

    private async Task ForgeAsync(string name, string task, string framework)
    {
        var forged = new V1Pod
        {
            Metadata = new V1ObjectMeta
            {
                Name = name,
                NamespaceProperty = Name,
                Labels = new Dictionary<string, string>
                {
                    [TaskMarks.ManagedBy] = TaskMarks.Manager, [TaskMarks.FrameworkId] = framework, [TaskMarks.AgentId] = "nobody",
                },
                Annotations = new Dictionary<string, string>
                {
                    [TaskMarks.FrameworkInfo] = $$$"""
                        {"user":"","name":"","id":{"value":"{{{framework}}}"},"role":"/a//../b","roles":["","*","/"],"failover_timeout":-1e300,
                         "capabilities":[{"type":"MULTI_ROLE"}],"offer_filters":{"":{} } }
                        """,
                    [TaskMarks.TaskInfo] = task,
                },
            },
            Spec = new V1PodSpec
            {
                NodeName = Kubelet.Name,
                Containers = [new V1Container { Name = "task", Image = "i" }],
            },
        };
        var pod = await Kubernetes.CreateAsync(forged, Deadline);
        await Kubelet.ReportAsync(pod, "Running", ("task", """{"running":{"startedAt":"9999-12-31T00:00:00Z"}}"""));
    }

    [Fact]
    public async Task A_framework_that_nobody_declared_is_refused()
    {
        var bridge = await StartAsync();
        await bridge.Recovered.WaitAsync(Deadline);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => TestScheduler.SubscribeAsync(bridge.Address, Framework, Deadline));

        Assert.Equal("Not authorized to use roles '{ * }'", refusal.Message);
    }

    [Fact]
    public async Task A_framework_gets_a_resource_of_its_own_where_admission_is_open()
    {
        var bridge = await StartAsync(admission: Admission.Open);
        await using var scheduler = await SubscribeAsync(bridge, Framework);

        await UntilAsync(async () => (await ResourceAsync(Name))?.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) is true);
        var status = (await ResourceAsync(Name))!.Status!;

        Assert.Equal((scheduler.Id.Value, "Connected"), (status.FrameworkId, status.Phase));
        Assert.Equal(scheduler.Id.Value, Assert.Single(status.Registrations!).Id);
    }

    [Fact]
    public async Task A_kill_is_marked_on_the_pod_before_it_is_deleted()
    {
        await using var scheduler = await SubscribeAsync();
        var pod = await LaunchAndRunAsync(scheduler, "one");

        await scheduler.KillAsync("one");
        await UntilAsync(async () => (await GetAsync(pod))!.IsDeleting());
        var marked = (await GetAsync(pod))!;
        await Kubelet.ExitAsync(pod, 143, finishedAt: "2030-01-01T00:00:00Z");
        await Kubelet.LetGoAsync(pod);
        var killed = await scheduler.AcknowledgedAsync();

        Assert.NotNull(marked.GetAnnotation(TaskMarks.KillRequested));
        Assert.Equal(3, marked.Metadata.DeletionGracePeriodSeconds);
        Assert.Equal((TaskState.TaskKilled, "Command terminated with signal Terminated"), (killed.State, killed.Message));
        await UntilAsync(async () => await GetAsync(pod) is null);
    }

    [Fact]
    public async Task A_kill_that_comes_while_the_pod_cannot_be_created_is_not_lost()
    {
        await using var scheduler = await SubscribeAsync();
        var offer = await scheduler.OfferAsync();

        Unsteady.IsDown = true;
        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        await scheduler.KillAsync("one");
        Unsteady.IsDown = false;
        var pod = await Kubelet.PodAsync(p => p.IsDeleting());
        await Kubelet.LetGoAsync(pod);
        var killed = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskKilled, Reason.TaskKilledDuringLaunch), (killed.State, killed.Reason));
    }

    [Fact]
    public async Task Launches_wait_while_the_api_server_is_away_and_a_lost_answer_makes_no_second_pod()
    {
        await using var scheduler = await SubscribeAsync();
        var offer = await scheduler.OfferAsync();

        Unsteady.IsDown = true;
        Unsteady.AnswersToLose = 1;
        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"), TestScheduler.Task(offer, "two"));
        Assert.Empty((await Kubernetes.ListAsync<V1Pod>(Name, cancellationToken: Deadline)).Items);
        Unsteady.IsDown = false;
        foreach (var task in new[] { "one", "two" })
        {
            await Kubelet.RunAsync(await Kubelet.PodAsync(pod => pod.GetAnnotation(TaskMarks.TaskId) == task));
        }

        var states = new List<TaskState>();
        for (var i = 0; i < 4; i++)
        {
            states.Add((await scheduler.AcknowledgedAsync()).State);
        }

        Assert.Equal(2, states.Count(state => state == TaskState.TaskRunning));
        Assert.Equal(2, Unsteady.PodCreations);
    }

    [Fact]
    public async Task A_restarted_bridge_delivers_what_ended_while_there_was_none()
    {
        var (framework, pod) = await LaunchInAnEarlierLifeAsync("one");
        await Kubelet.ExitAsync(pod, 3);
        await using var reborn = await SubscribeAsync(await StartAsync(), framework);
        var updates = await reborn.AcknowledgedUntilAsync(TaskState.TaskFailed);

        Assert.Equal(framework.Id, reborn.Id);
        Assert.Equal("Command exited with status 3", updates[^1].Message);
        await UntilAsync(async () => !(await GetAsync(pod))!.HasFinalizer(TaskMarks.Finalizer));
    }

    [Fact]
    public async Task Tasks_are_found_again_by_their_pods_alone_when_the_resource_was_deleted()
    {
        var first = await StartAsync();
        await DeclareAsync();
        FrameworkID id;
        await using (var scheduler = await SubscribeAsync(first, Framework))
        {
            id = scheduler.Id;
            await LaunchAndRunAsync(scheduler, "one");
        }

        await first.DisposeAsync();
        await Kubernetes.DeleteAsync<V1Alpha1MesosFramework>(Name, Name, cancellationToken: Deadline);
        var second = await StartAsync();
        await second.Recovered.WaitAsync(Deadline);
        await DeclareAsync();
        var again = Framework;
        again.Id = id;
        await using var reborn = await SubscribeAsync(second, again);
        await reborn.SendAsync(new Call { FrameworkId = id, Type = Call.Types.Type.Reconcile, Reconcile = new() });

        Assert.Equal(TaskState.TaskRunning, (await reborn.UpdateAsync()).State);
    }

    [Fact]
    public async Task A_pod_deleted_by_hand_is_a_failed_task()
    {
        await using var scheduler = await SubscribeAsync();
        var pod = await LaunchAndRunAsync(scheduler, "one");

        await Kubernetes.DeleteAsync<V1Pod>(pod.Name(), Name, cancellationToken: Deadline);
        await Kubelet.ExitAsync(pod, 0, finishedAt: "2030-01-01T00:00:00Z");
        await Kubelet.LetGoAsync(pod);
        var failed = await scheduler.AcknowledgedAsync();

        Assert.Equal(TaskState.TaskFailed, failed.State);
        Assert.Contains("deleted by somebody other than the framework", failed.Message);
        await UntilAsync(async () => await GetAsync(pod) is null);
    }

    [Fact]
    public async Task A_pod_that_the_kubelet_has_no_room_for_is_a_lost_task()
    {
        await using var scheduler = await SubscribeAsync();
        var offer = await scheduler.OfferAsync();

        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        await Kubelet.RefuseAsync(await Kubelet.PodAsync());
        var lost = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskLost, Reason.InvalidOffers), (lost.State, lost.Reason));
    }

    [Fact]
    public async Task A_name_taken_by_somebody_elses_pod_fails_the_task()
    {
        await using var scheduler = await SubscribeAsync();
        var offer = await scheduler.OfferAsync();
        var name = PodNames.ForTask(new Shim.FrameworkId(scheduler.Id.Value), new Shim.TaskId("one"));
        await Kubernetes.CreateAsync(
            new V1Pod
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = Name },
                Spec = new V1PodSpec { Containers = [new V1Container { Name = "c", Image = "i" }] },
            },
            Deadline);

        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        var failed = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskFailed, Reason.ContainerLaunchFailed), (failed.State, failed.Reason));
        Assert.Equal($"Failed to launch container: Pod {Name}/{name} exists already and is not this task's", failed.Message);
    }

    [Fact]
    public async Task A_task_id_can_be_used_again_after_its_end_was_acknowledged()
    {
        await using var scheduler = await SubscribeAsync();
        var pod = await LaunchAndRunAsync(scheduler, "one");
        await Kubelet.ExitAsync(pod, 0);
        await scheduler.AcknowledgedAsync();

        var offer = await scheduler.OfferAsync();
        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        var second = await Kubelet.PodAsync(p => p.Uid() != pod.Uid());
        await Kubelet.RunAsync(second);

        Assert.Equal(pod.Name(), second.Name());
        Assert.Equal(TaskState.TaskStarting, (await scheduler.AcknowledgedAsync()).State);
    }

    [Fact]
    public async Task What_became_of_a_pod_unseen_is_not_told_of_its_successor()
    {
        await using var scheduler = await SubscribeAsync();
        var pod = await LaunchAndRunAsync(scheduler, "one");
        await using var other = new FakeKubelet(Kubernetes, $"{Name}-other", Deadline);
        var agent = $"{(await other.RegisterAsync()).Uid()}-S0";
        var offers = await scheduler.NextAsync(e => e.Type == Event.Types.Type.Offers && e.Offers.Offers_.Any(offer => offer.AgentId.Value == agent));
        var offer = offers.Offers.Offers_.First(o => o.AgentId.Value == agent);

        (Unsteady.HeldType, var held) = (typeof(V1Pod), Unsteady.Held = new TaskCompletionSource());
        await Kubernetes.DeleteAsync<V1Node>(Kubelet.Name, cancellationToken: Deadline);
        var lost = await scheduler.AcknowledgedAsync();
        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        var second = await other.PodAsync();
        Unsteady.ExpireWatches();
        Unsteady.Held = null;
        held.SetResult();
        await other.RunAsync(second);
        await UntilAsync(async () => (await scheduler.AcknowledgedAsync()).State == TaskState.TaskRunning);
        await scheduler.KillAsync("one");
        await UntilAsync(async () => (await GetAsync(second))!.IsDeleting());
        await other.ExitAsync(second, 143, finishedAt: "2030-01-01T00:00:00Z");
        await other.LetGoAsync(second);

        Assert.Equal((pod.Name(), TaskState.TaskLost), (second.Name(), lost.State));
        Assert.Equal(TaskState.TaskKilled, (await scheduler.AcknowledgedAsync()).State);
    }

    [Fact]
    public async Task Tasks_of_a_deleted_node_are_lost_and_their_pods_let_go()
    {
        await using var scheduler = await SubscribeAsync();
        var pod = await LaunchAndRunAsync(scheduler, "one");

        await Kubernetes.DeleteAsync<V1Node>(Kubelet.Name, cancellationToken: Deadline);

        var lost = await scheduler.UpdateAsync();
        Assert.Equal((TaskState.TaskLost, Reason.AgentRemoved), (lost.State, lost.Reason));
        await UntilAsync(async () => await GetAsync(pod) is null);
    }

    [Fact]
    public async Task A_task_whose_end_is_acknowledged_does_not_run_on_for_a_deletion_that_failed()
    {
        await using var scheduler = await SubscribeAsync();
        var pod = await LaunchAndRunAsync(scheduler, "one");

        Unsteady.PodDeletionFailures.Enqueue(new KubernetesException(503, "ServiceUnavailable", "busy"));
        await Kubernetes.DeleteAsync<V1Node>(Kubelet.Name, cancellationToken: Deadline);

        Assert.Equal(TaskState.TaskLost, (await scheduler.AcknowledgedAsync()).State);
        await UntilAsync(async () => await GetAsync(pod) is null);
        Assert.Empty(Unsteady.PodDeletionFailures);
    }

    [Fact]
    public async Task A_pod_of_a_framework_that_has_ended_does_not_run_on_for_a_deletion_that_failed()
    {
        var (_, pod) = await LaunchInAnEarlierLifeAsync("one");
        var resource = (await ResourceAsync(Name))!;
        resource.Status!.Registrations![0].Phase = "Completed";
        await Kubernetes.ReplaceStatusAsync(resource, Deadline);

        Unsteady.PodDeletionFailures.Enqueue(new KubernetesException(503, "ServiceUnavailable", "busy"));
        await StartAsync();

        await UntilAsync(async () => (await GetAsync(pod)) is null or { Metadata.DeletionTimestamp: not null });
        await UntilAsync(async () => (await GetAsync(pod))?.HasFinalizer(TaskMarks.Finalizer) is not true);
        Assert.Empty(Unsteady.PodDeletionFailures);
    }

    [Fact]
    public async Task Deleting_the_resource_ends_the_framework_only_where_it_says_so()
    {
        var bridge = await StartAsync();
        await DeclareAsync(removalPolicy: "Teardown");
        await UntilAsync(async () => (await ResourceAsync(Name))!.HasFinalizer(FrameworkController.Finalizer));
        await using var scheduler = await SubscribeAsync(bridge, Framework);
        var pod = await LaunchAndRunAsync(scheduler, "one");

        await Kubernetes.DeleteAsync<V1Alpha1MesosFramework>(Name, Name, cancellationToken: Deadline);

        await UntilAsync(async () => (await GetAsync(pod)) is null or { Metadata.DeletionTimestamp: not null });
        await UntilAsync(async () => await ResourceAsync(Name) is null);
    }

    [Fact]
    public async Task The_resource_tells_how_the_framework_fares()
    {
        await using var scheduler = await SubscribeAsync();
        await LaunchAndRunAsync(scheduler, "one");

        await UntilAsync(async () => (await ResourceAsync(Name))?.Status is { Tasks: 1 } status && status.TasksByState!.ContainsKey("TASK_RUNNING"));
        var resource = (await ResourceAsync(Name))!;

        Assert.Equal(resource.Metadata.Generation, resource.Status!.ObservedGeneration);
        Assert.Equal(0.5, resource.Status.Resources!["cpus"]);
        Assert.Equal(["Admitted", "Connected", "Ready"], resource.Status.Conditions!.Where(c => c.Status == "True").Select(c => c.Type));
    }

    [Fact]
    public async Task A_pod_whose_image_cannot_be_pulled_is_given_up_and_then_told_as_failed()
    {
        await using var scheduler = await SubscribeAsync();
        var offer = await scheduler.OfferAsync();

        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        var pod = await Kubelet.PodAsync();
        await Kubelet.WaitAsync(pod, "InvalidImageName", "no such reference");
        pod = await Kubelet.PodAsync(p => p.IsDeleting());
        Assert.Equal(TaskState.TaskStarting, (await scheduler.AcknowledgedAsync()).State);
        await Kubelet.LetGoAsync(pod);
        var failed = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskFailed, Reason.ContainerLaunchFailed), (failed.State, failed.Reason));
        Assert.Equal("Failed to launch container: InvalidImageName: no such reference", failed.Message);
        await UntilAsync(async () => await GetAsync(pod) is null);
    }

    [Fact]
    public async Task When_one_task_of_a_group_fails_the_others_are_killed()
    {
        const string Running = """{"running":{"startedAt":"2026-01-02T03:04:05Z"}}""";
        const string Failed = """{"terminated":{"exitCode":1,"startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:05:00Z"}}""";
        const string Ended = """{"terminated":{"exitCode":143,"startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:05:01Z"}}""";
        await using var scheduler = await SubscribeAsync();
        var offer = await scheduler.OfferAsync();

        await scheduler.LaunchGroupAsync(offer, TestScheduler.Task(offer, "a"), TestScheduler.Task(offer, "b"));
        var pod = await Kubelet.PodAsync();
        var containers = pod.Spec!.Containers!.Select(container => container.Name!).ToArray();
        await Kubelet.ReportAsync(pod, "Running", (containers[0], Failed), (containers[1], Running));
        pod = await Kubelet.PodAsync(p => p.IsDeleting());
        await Kubelet.ReportAsync(pod, "Failed", (containers[0], Failed), (containers[1], Ended));
        await Kubelet.LetGoAsync(pod);
        var ends = new Dictionary<string, TaskState>();
        while (ends.Count < 2)
        {
            var status = await scheduler.AcknowledgedAsync();
            if (Operator.Pods.TaskStates.IsTerminal(status.State))
            {
                ends.Add(status.TaskId.Value, status.State);
            }
        }

        Assert.Equal((TaskState.TaskFailed, TaskState.TaskKilled), (ends["a"], ends["b"]));
        await UntilAsync(async () => await GetAsync(pod) is null);
    }

    /// <summary>The master has made that end by itself, as for an agent that was silent: its mark is the task's id.</summary>
    [Fact]
    public async Task An_end_that_was_acknowledged_before_the_pod_told_one_is_not_told_again()
    {
        const string Running = """{"running":{"startedAt":"2026-01-02T03:04:05Z"}}""";
        const string Ended = """{"terminated":{"exitCode":0,"startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:05:00Z"}}""";
        var bridge = await StartAsync();
        await DeclareAsync();
        var framework = Framework;
        V1Pod pod;
        await using (var scheduler = await SubscribeAsync(bridge, framework))
        {
            framework.Id = scheduler.Id;
            var offer = await scheduler.OfferAsync();
            await scheduler.LaunchGroupAsync(offer, TestScheduler.Task(offer, "a"), TestScheduler.Task(offer, "b"));
            pod = await Kubelet.PodAsync();
            await UntilAsync(async () => (await ResourceAsync(Name))?.Status?.Registrations is { Count: 1 });
        }

        await bridge.DisposeAsync();
        var containers = pod.Spec!.Containers!.Select(container => container.Name!).ToArray();
        await Kubelet.ReportAsync(pod, "Running", (containers[0], Ended), (containers[1], Running));
        await Kubernetes.PatchAsync<V1Pod>(
            V1Patch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [TaskMarks.Acknowledged] = "a" } } }),
            pod.Name(),
            Name,
            cancellationToken: Deadline);
        await using var reborn = await SubscribeAsync(await StartAsync(), framework);
        await Kubelet.ReportAsync(pod, "Succeeded", (containers[0], Ended), (containers[1], Ended));
        var updates = await reborn.AcknowledgedUntilAsync(TaskState.TaskFinished);

        Assert.All(updates, update => Assert.Equal("b", update.TaskId.Value));
        await UntilAsync(async () => !(await GetAsync(pod))!.HasFinalizer(TaskMarks.Finalizer));
    }

    [Fact]
    public async Task Tasks_of_a_silent_node_are_lost_and_its_return_brings_offers_again()
    {
        var bridge = await StartAsync(unreachableAfter: TimeSpan.Zero);
        await DeclareAsync();
        await using var scheduler = await SubscribeAsync(bridge, Framework);
        await LaunchAndRunAsync(scheduler, "one");

        await Kubelet.FallSilentAsync();
        var lost = await scheduler.UpdateAsync();
        await Kubelet.ReturnAsync();

        Assert.Equal((TaskState.TaskLost, Reason.AgentRemoved), (lost.State, lost.Reason));
        Assert.Equal(3.5, (await scheduler.OfferAsync()).Resources.Single(resource => resource.Name == "cpus").Scalar.Value);
    }

    [Fact]
    public async Task A_torn_down_framework_leaves_nothing_that_runs_or_hangs_or_is_kept_from_others()
    {
        var bridge = await StartAsync();
        await DeclareAsync();
        await using var scheduler = await SubscribeAsync(bridge, Framework);
        var pod = await LaunchAndRunAsync(scheduler, "one");

        await scheduler.SendAsync(Calls.Teardown(scheduler.Id));
        await UntilAsync(async () => (await GetAsync(pod))?.IsDeleting() is not false);
        await Kubelet.LetGoAsync(pod);

        await UntilAsync(async () => await GetAsync(pod) is null);
        await UntilAsync(async () => (await ResourceAsync(Name))!.Status is { Phase: "Completed" });
        await using var next = await SubscribeAsync(bridge, Framework);
        Assert.Equal(4, (await next.OfferAsync()).Resources.Single(resource => resource.Name == "cpus").Scalar.Value);
    }

    [Fact]
    public async Task What_a_pod_cannot_do_is_refused_by_its_name()
    {
        var bridge = await StartAsync();
        await DeclareAsync();
        await using var scheduler = await SubscribeAsync(bridge, Framework);
        var offer = await scheduler.OfferAsync();
        var task = TestScheduler.Task(offer, "one");
        task.Command.Uris.Add(new CommandInfo.Types.URI { Value = "http://example.com/a.tgz" });

        await scheduler.LaunchAsync(offer, task);
        var failed = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskError, Reason.TaskInvalid), (failed.State, failed.Reason));
        Assert.Equal("URI 'http://example.com/a.tgz' cannot be fetched: the bridge has no '--fetcher-image'", failed.Message);
    }

    [Fact]
    public async Task A_breach_of_the_policy_is_an_error_before_any_pod_is_made()
    {
        await using var scheduler = await SubscribeAsync();
        var offer = await scheduler.OfferAsync();
        var task = TestScheduler.Task(offer, "one");
        task.Container = new ContainerInfo { Type = ContainerInfo.Types.Type.Docker, Docker = new() { Image = "a", Privileged = true } };

        await scheduler.LaunchAsync(offer, task);
        var failed = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskError, Reason.TaskUnauthorized), (failed.State, failed.Reason));
        Assert.Equal("A privileged container is not allowed by the framework's podPolicy", failed.Message);
        Assert.Equal(0, Unsteady.PodCreations);
    }

    [Fact]
    public async Task A_namespace_that_forbids_the_pod_fails_the_task_in_its_words()
    {
        const string Words = "pods \"one\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true";
        await using var scheduler = await SubscribeAsync();
        var offer = await scheduler.OfferAsync();
        Unsteady.PodRefusal = Words;

        await scheduler.LaunchAsync(offer, TestScheduler.Task(offer, "one"));
        var failed = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskFailed, Reason.ContainerLaunchFailed), (failed.State, failed.Reason));
        Assert.Equal($"Failed to launch container: {Words}", failed.Message);
    }

    [Fact]
    public async Task A_volume_s_claim_is_made_once_and_outlives_its_tasks()
    {
        var bridge = await StartAsync();
        await Kubernetes.CreateAsync(
            new V1Alpha1MesosFramework
            {
                Metadata = new V1ObjectMeta { Name = Name, NamespaceProperty = Name },
                Spec = new V1Alpha1MesosFrameworkSpec
                {
                    DefaultImage = "busybox:local", VolumeClaims = [new V1Alpha1VolumeClaims { Driver = "pxd", ClaimPrefix = "px-", Size = "20Gi", StorageClassName = "fast" }],
                },
            },
            Deadline);
        await using var scheduler = await SubscribeAsync(bridge, Framework);

        var offer = await scheduler.OfferAsync();
        await scheduler.LaunchAsync(offer, WithCache(offer, "one"), WithCache(offer, "two"));
        await EndAsync("one");
        var claim = await FindAsync<V1PersistentVolumeClaim>("px-cache");
        await EndAsync("two");
        var again = await FindAsync<V1PersistentVolumeClaim>("px-cache");

        Assert.Equal(("fast", "20Gi", Kubelet.Name), (claim!.Spec!.StorageClassName, claim.Spec.Resources!.Requests!["storage"].ToString(), claim.GetAnnotation("volume.kubernetes.io/selected-node")));
        Assert.Null(claim.Metadata.OwnerReferences);
        Assert.Equal(claim.Uid(), again!.Uid());

        async Task EndAsync(string id)
        {
            var pod = await Kubelet.PodAsync(pod => pod.GetAnnotation(TaskMarks.TaskId) == id);
            Assert.Equal("px-cache", Assert.Single(pod.Spec!.Volumes!, volume => volume.PersistentVolumeClaim is not null).PersistentVolumeClaim!.ClaimName);
            await Kubelet.RunAsync(pod);
            await Kubelet.ExitAsync(pod, 0);
            await scheduler.AcknowledgedUntilAsync(TaskState.TaskFinished);
        }

        static TaskInfo WithCache(Offer offer, string id)
        {
            var task = TestScheduler.Task(offer, id);
            task.Container = new ContainerInfo
            {
                Type = ContainerInfo.Types.Type.Mesos,
                Volumes =
                {
                    new Volume
                    {
                        ContainerPath = "/cache", Mode = Volume.Types.Mode.Rw,
                        Source = new() { Type = Volume.Types.Source.Types.Type.DockerVolume, DockerVolume = new() { Driver = "pxd", Name = "cache" } },
                    },
                },
            };
            return task;
        }
    }

    [Fact]
    public async Task A_secret_goes_into_a_secret_of_the_pod_and_nowhere_else()
    {
        await using var scheduler = await SubscribeAsync();
        var offer = await scheduler.OfferAsync();
        var task = TestScheduler.Task(offer, "one");
        task.Command.Environment = new()
        {
            Variables =
            {
                new Protocol.V1.Environment.Types.Variable
                {
                    Name = "PASSWORD",
                    Type = Protocol.V1.Environment.Types.Variable.Types.Type.Secret,
                    Secret = new Secret { Type = Secret.Types.Type.Value, Value = new() { Data = Google.Protobuf.ByteString.CopyFromUtf8("hunter2-") } },
                },
            },
        };

        await scheduler.LaunchAsync(offer, task);
        var pod = await Kubelet.PodAsync();
        V1Secret? secret = null;
        await UntilAsync(async () => (secret = await SecretAsync(pod)) is not null);

        var reference = pod.Spec!.Containers![0].Env!.Single(variable => variable.Name == "PASSWORD").ValueFrom!.SecretKeyRef!;
        Assert.Equal("hunter2-", System.Text.Encoding.UTF8.GetString(secret!.Data![reference.Key!]));
        Assert.Equal(pod.Uid(), Assert.Single(secret.Metadata.OwnerReferences!).Uid);
        var text = CustomResources.Json.Serialize(pod);
        Assert.DoesNotContain("hunter2-", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("hunter2-"u8), text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_that_fails_its_health_check_too_often_is_killed_and_told_so()
    {
        await using var scheduler = await SubscribeAsync();
        var offer = await scheduler.OfferAsync();
        var task = TestScheduler.Task(offer, "one");
        task.HealthCheck = new HealthCheck
        {
            Type = HealthCheck.Types.Type.Tcp, Tcp = new() { Port = 31000 }, ConsecutiveFailures = 1, DelaySeconds = 0, GracePeriodSeconds = 0,
            IntervalSeconds = 0.5, TimeoutSeconds = 0.5,
        };

        await scheduler.LaunchAsync(offer, task);
        var pod = await Kubelet.PodAsync();
        await Kubelet.RunAsync(pod);
        await scheduler.AcknowledgedAsync();
        await scheduler.AcknowledgedAsync();
        var unhealthy = await scheduler.AcknowledgedAsync();
        await UntilAsync(async () => (await GetAsync(pod))!.IsDeleting());
        await Kubelet.ExitAsync(pod, 143);
        var killed = await scheduler.UpdateAsync();

        Assert.Equal((TaskState.TaskRunning, Reason.TaskHealthCheckStatusUpdated, false), (unhealthy.State, unhealthy.Reason, unhealthy.Healthy));
        Assert.Equal((TaskState.TaskKilled, true, false), (killed.State, killed.HasHealthy, killed.Healthy));
    }

    private async Task<V1Secret?> SecretAsync(V1Pod pod)
    {
        try
        {
            return await Kubernetes.GetAsync<V1Secret>(pod.Name(), pod.Namespace(), Deadline);
        }
        catch (KubernetesException missing) when (missing.StatusCode == 404)
        {
            return null;
        }
    }

    [Fact]
    public async Task The_definition_refuses_what_the_controller_would_refuse()
    {
        var refusal = await Assert.ThrowsAsync<KubernetesException>(() => DeclareAsync(removalPolicy: "Sometimes"));

        Assert.True(refusal.IsInvalid);
        Assert.Contains("removalPolicy", refusal.Message);
    }
}
