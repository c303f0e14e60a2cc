using MesosK8sBridge.Kubernetes.Embedded.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Tests.Nodes;

/// <summary>Decisions as values: no process, no clock, no API server.</summary>
public sealed class PodMachineTests
{
    private static readonly DateTimeOffset T0 = new(2024, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private static readonly PodMachine Machine = new(PodMachine.KubeletMinimumGrace);

    [Fact]
    public void A_new_pod_starts_its_containers_and_asked_again_nothing_more()
    {
        var step = Machine.Next(LocalPod.New(Pod("Never", "a", "b"), T0), T0);

        Assert.Equal([new PodAction.Start("a"), new PodAction.Start("b")], step.Actions);
        Assert.Empty(Machine.Next(step.Pod, T0).Actions);
    }

    [Theory]
    [InlineData("Never", 0, "Succeeded", false)]
    [InlineData("Never", 1, "Failed", false)]
    [InlineData("OnFailure", 0, "Succeeded", false)]
    [InlineData("OnFailure", 1, "Running", true)]
    [InlineData("Always", 0, "Running", true)]
    [InlineData("Always", 1, "Running", true)]
    public void The_restart_policy_says_what_follows_an_end(string policy, int code, string phase, bool again)
    {
        var pod = Ended(Running(Pod(policy, "a")), code, T0);

        Assert.Equal(phase, PodPhases.Of(pod));
        Assert.Equal(again, Machine.Next(pod, T0).Actions.Count > 0);
    }

    [Fact]
    public void Restarts_are_backed_off_from_the_second_on()
    {
        var once = Ended(Running(Pod("Always", "a")), 1, T0);
        var twice = Ended(Running(Machine.Next(once, T0).Pod), 1, T0);

        var waiting = Machine.Next(twice, T0);

        Assert.Empty(waiting.Actions);
        Assert.Equal(T0.AddSeconds(10), waiting.WakeAt);
        Assert.Equal(
            new ContainerPhase.Waiting("CrashLoopBackOff", "back-off 10s restarting failed container=a pod=p_default(u)"),
            waiting.Pod.Main[0].Phase);
        Assert.Equal([new PodAction.Start("a")], Machine.Next(waiting.Pod, T0.AddSeconds(10)).Actions);
    }

    [Theory]
    [InlineData(30, 30)]
    [InlineData(2, 2)]
    [InlineData(1, 2)]
    [InlineData(0, 2)]
    public void A_deleted_pod_has_its_grace_period_but_never_less_than_two_seconds(long asked, int given)
    {
        var stop = Machine.Next(Deleted(Running(Pod("Never", "a")), asked), T0);
        Assert.Equal([new PodAction.Signal("a", Posix.SignalTerminate)], stop.Actions);
        Assert.Equal(T0.AddSeconds(given), stop.WakeAt);

        Assert.Empty(Machine.Next(stop.Pod, T0.AddSeconds(given - 0.001)).Actions);
        var kill = Machine.Next(stop.Pod, T0.AddSeconds(given));
        Assert.Equal([new PodAction.Signal("a", Posix.SignalKill)], kill.Actions);
        Assert.Empty(Machine.Next(kill.Pod, T0.AddSeconds(given + 1)).Actions);
    }

    [Fact]
    public void A_second_deletion_with_a_shorter_grace_period_counts()
    {
        var stop = Machine.Next(Deleted(Running(Pod("Never", "a")), 30), T0);

        var sooner = Machine.Next(Deleted(stop.Pod, 3), T0.AddSeconds(1));

        Assert.Equal(T0.AddSeconds(4), sooner.WakeAt);
    }

    [Fact]
    public void Deletion_is_confirmed_when_all_has_ended_and_not_again_once_the_api_server_knows()
    {
        var deleting = Deleted(Running(Pod("Never", "a")), 5);
        Assert.DoesNotContain(new PodAction.ConfirmDeletion(), Machine.Next(deleting, T0).Actions);

        var ended = Ended(deleting, 143, T0);
        Assert.Equal([new PodAction.ConfirmDeletion()], Machine.Next(ended, T0).Actions);
        Assert.Empty(Machine.Next(Deleted(ended, 0), T0).Actions);
    }

    [Fact]
    public void A_pod_deleted_before_it_ran_never_runs_and_has_failed()
    {
        var step = Machine.Next(Deleted(LocalPod.New(Pod("Never", "a"), T0), 30), T0);

        Assert.Equal([new PodAction.ConfirmDeletion()], step.Actions);
        Assert.Equal("Failed", PodPhases.Of(step.Pod));
    }

    [Fact]
    public void A_node_that_has_lost_its_memory_does_not_start_a_container_again_that_had_run()
    {
        var pod = Pod("Never", "a");
        pod.Status = new V1PodStatus
        {
            Phase = "Running",
            StartTime = T0,
            ContainerStatuses = [new V1ContainerStatus { Name = "a", State = new() { Running = new() { StartedAt = T0 } } }],
        };

        var step = Machine.Next(LocalPod.New(pod, T0), T0);

        Assert.Empty(step.Actions);
        Assert.Equal(ContainerPhase.Terminated.Unknown, step.Pod.Main[0].Phase);
        Assert.Equal("Failed", PodPhases.Of(step.Pod));
    }

    [Theory]
    [InlineData("4001m", "1Gi", 0, "OutOfcpu", "Pod Node didn't have enough resource: cpu, requested: 4001, used: 0, capacity: 4000")]
    [InlineData("1", "9Gi", 0, "OutOfmemory", "Pod Node didn't have enough resource: memory, requested: 9663676416, used: 0, capacity: 8589934592")]
    [InlineData("1", "1Gi", 2, "OutOfpods", "Pod Node didn't have enough resource: pods, requested: 1, used: 2, capacity: 2")]
    [InlineData("4", "8Gi", 0, null, null)]
    public void A_pod_that_does_not_fit_is_refused_in_the_kubelets_words(string cpu, string memory, int others, string? reason, string? message)
    {
        var node = NodeObject.Of(new NodeOptions { Name = "n", MaxPods = 2 }, "", T0);
        var pod = Pod("Never", "a");
        pod.Spec!.Containers![0].Resources = new() { Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = cpu, ["memory"] = memory } };

        var failure = Admission.Refuse(pod, [.. Enumerable.Range(0, others).Select(_ => Pod("Never", "x"))], node);

        Assert.Equal((reason, message), (failure?.Reason, failure?.Message));
    }

    [Fact]
    public void A_host_port_that_is_taken_and_a_selector_that_does_not_match_are_refused()
    {
        var node = NodeObject.Of(new NodeOptions { Name = "n" }, "", T0);
        var (first, second, elsewhere) = (Pod("Never", "a"), Pod("Never", "a"), Pod("Never", "a"));
        first.Spec!.Containers![0].Ports = [new V1ContainerPort { ContainerPort = 80, HostPort = 31000 }];
        second.Spec!.Containers![0].Ports = [new V1ContainerPort { ContainerPort = 81, HostPort = 31000, HostIP = "127.0.0.1" }];
        elsewhere.Spec!.NodeSelector = new Dictionary<string, string> { ["disk"] = "ssd" };

        Assert.Null(Admission.Refuse(second, [], node));
        Assert.Equal(new PodFailure("NodePorts", "Pod Predicate NodePorts failed"), Admission.Refuse(second, [first], node));
        Assert.Equal(new PodFailure("NodeAffinity", "Pod Predicate NodeAffinity failed"), Admission.Refuse(elsewhere, [], node));
    }

    [Theory]
    [InlineData("$(A) $(B) $(A)", "1 $(B) 1")]
    [InlineData("$$(A) $$ $ $x $(A", "$(A) $ $ $x $(A")]
    [InlineData("$", "$")]
    [InlineData("", "")]
    public void Variables_are_expanded_as_kubernetes_does(string text, string expected) =>
        Assert.Equal(expected, VariableExpansion.Expand(text, new Dictionary<string, string> { ["A"] = "1" }));

    [Theory]
    [InlineData("/data", "/real")]
    [InlineData("cat /data/x > '/data/y'", "cat /real/x > '/real/y'")]
    [InlineData("/database /my/data data /data.d", "/database /my/data data /data.d")]
    [InlineData("/a:/data:/b", "/a:/real:/b")]
    [InlineData("/data/deep/x", "/other/x")]
    public void Mounted_paths_are_replaced_where_they_are_whole(string text, string expected) =>
        Assert.Equal(expected, new PathMap(new Dictionary<string, string> { ["/data"] = "/real", ["/data/deep"] = "/other" }).Replace(text));

    [Theory]
    [InlineData("", null, 0)]
    [InlineData("run=5s,exit=3", 5000, 3)]
    [InlineData("run=200ms", 200, 0)]
    [InlineData("run=2m", 120_000, 0)]
    [InlineData("run=forever", null, 0)]
    [InlineData("exit=1", 0, 1)]
    public void A_simulated_pods_timetable_is_read(string text, int? milliseconds, int exit) =>
        Assert.Equal((milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : (TimeSpan?)null, exit), SimulatedRuntime.Timetable(text));

    [Theory]
    [InlineData("walk=5s")]
    [InlineData("run=soon")]
    [InlineData("exit=-1")]
    public void A_timetable_that_cannot_be_read_is_refused(string text) =>
        Assert.Throws<ContainerRefusedException>(() => SimulatedRuntime.Timetable(text));

    private static V1Pod Pod(string policy, params string[] containers) => new()
    {
        Metadata = new V1ObjectMeta { Name = "p", NamespaceProperty = "default", Uid = "u" },
        Spec = new V1PodSpec { RestartPolicy = policy, Containers = [.. containers.Select(c => new V1Container { Name = c, Image = "i" })] },
    };

    private static LocalPod Running(V1Pod pod) => Running(LocalPod.New(pod, T0));

    private static LocalPod Running(LocalPod pod) => pod with
    {
        Main = [.. pod.Main.Select(c => c with { Phase = new ContainerPhase.Running(T0), Runs = c.Runs + 1, KillAt = null, IsKilled = false })],
    };

    private static LocalPod Ended(LocalPod pod, int code, DateTimeOffset at) =>
        pod with { Main = [.. pod.Main.Select(c => PodMachine.Ended(c, new ContainerExit(code, 0, at)))] };

    private static LocalPod Deleted(LocalPod pod, long grace)
    {
        var wanted = Json.KubernetesJson.Default.Clone(pod.Wanted);
        wanted.Metadata.DeletionTimestamp = T0;
        wanted.Metadata.DeletionGracePeriodSeconds = grace;
        return pod with { Wanted = wanted };
    }
}
