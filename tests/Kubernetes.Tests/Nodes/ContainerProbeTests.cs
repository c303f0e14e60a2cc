using MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Tests.Nodes;

/// <summary>When a kubelet asks a container how it is, and what it makes of the answers: values, no clock, no process.</summary>
public sealed class ContainerProbeTests
{
    private static readonly DateTimeOffset T0 = new(2024, 5, 6, 7, 8, 9, TimeSpan.Zero);
    private static readonly PodMachine Machine = new(PodMachine.KubeletMinimumGrace);

    [Fact]
    public void The_first_attempt_waits_for_the_delay_and_the_next_for_the_period()
    {
        var pod = Running(Container(readiness: Probe(delay: 5, period: 3)));

        var waiting = Machine.Next(pod, T0.AddSeconds(4.9));
        Assert.Empty(waiting.Actions);
        Assert.Equal(T0.AddSeconds(5), waiting.WakeAt);

        var first = Machine.Next(waiting.Pod, T0.AddSeconds(5));
        Assert.Equal([new PodAction.Probe("a", ProbeKind.Readiness)], first.Actions);
        Assert.Empty(Machine.Next(first.Pod, T0.AddSeconds(9)).Actions); // Under way.

        var answered = Answer(first.Pod, ProbeKind.Readiness, true, T0.AddSeconds(5.1));
        Assert.Equal(T0.AddSeconds(8), Machine.Next(answered, T0.AddSeconds(5.1)).WakeAt);
    }

    [Fact]
    public void A_container_is_ready_after_as_many_successes_and_not_ready_after_as_many_failures_as_the_probe_says()
    {
        var pod = Running(Container(readiness: Probe(successes: 2, failures: 3)));
        Assert.False(pod.Main[0].IsReady);

        List<bool> ready = [];
        foreach (var passed in (bool?[])[true, false, true, true, false, false, true, false, false, null, false])
        {
            pod = Answer(pod, ProbeKind.Readiness, passed, T0);
            ready.Add(pod.Main[0].IsReady);
        }

        Assert.Equal([false, false, false, true, true, true, true, true, true, true, false], ready);
    }

    [Fact]
    public void Nothing_else_is_asked_before_the_startup_probe_has_succeeded_and_it_not_again_after()
    {
        var pod = Running(Container(readiness: Probe(), startup: Probe()));
        Assert.False(pod.Main[0].IsStarted);

        var first = Machine.Next(pod, T0);
        Assert.Equal([new PodAction.Probe("a", ProbeKind.Startup)], first.Actions);

        var second = Machine.Next(Answer(first.Pod, ProbeKind.Startup, true, T0.AddSeconds(1)), T0.AddSeconds(1));
        Assert.Equal([new PodAction.Probe("a", ProbeKind.Readiness)], second.Actions);
        Assert.True(second.Pod.Main[0].IsStarted);
        Assert.Null(second.WakeAt);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_container_that_fails_its_liveness_or_startup_probe_gets_its_grace_period_and_is_killed_then(bool isLiveness)
    {
        var (kind, probe) = (isLiveness ? ProbeKind.Liveness : ProbeKind.Startup, Probe(failures: 2));
        var pod = Running(isLiveness ? Container(liveness: probe) : Container(startup: probe), grace: 7);
        pod = Answer(pod, kind, false, T0);
        Assert.DoesNotContain(Machine.Next(pod, T0).Actions, action => action is PodAction.Signal);
        pod = Answer(pod, kind, false, T0);

        var stop = Machine.Next(pod, T0);
        Assert.Equal([new PodAction.Signal("a", Posix.SignalTerminate)], stop.Actions);
        Assert.Equal(T0.AddSeconds(7), stop.WakeAt);
        Assert.Equal([new PodAction.Signal("a", Posix.SignalKill)], Machine.Next(stop.Pod, T0.AddSeconds(7)).Actions);
    }

    [Theory]
    [InlineData("Never", "Failed", false)]
    [InlineData("Always", "Running", true)]
    public void Whether_a_sick_container_is_started_again_the_restart_policy_says(string policy, string phase, bool again)
    {
        var pod = Answer(Running(Container(liveness: Probe(failures: 1)), policy: policy), ProbeKind.Liveness, false, T0);
        var ended = pod.With(PodMachine.Ended(Machine.Next(pod, T0).Pod.Main[0], new ContainerExit(143, 15, T0)));

        Assert.Equal((phase, again), (PodPhases.Of(ended), Machine.Next(ended, T0).Actions is [PodAction.Start]));
    }

    [Fact]
    public void A_pod_that_is_being_deleted_is_not_asked_any_more()
    {
        var pod = Running(Container(readiness: Probe()));
        pod.Wanted.Metadata.DeletionTimestamp = T0;

        Assert.DoesNotContain(Machine.Next(pod, T0.AddSeconds(60)).Actions, action => action is PodAction.Probe);
    }

    [Theory]
    [InlineData(true, "True", null)]
    [InlineData(false, "False", "containers with unready status: [a]")]
    public void The_pods_conditions_say_whether_all_its_containers_are_ready_and_since_when(bool passed, string status, string? message)
    {
        var pod = Running(Container(readiness: Probe(failures: 1)));
        var before = PodStatusReport.Of(pod, "127.0.0.1", null, T0);
        pod = Answer(pod, ProbeKind.Readiness, passed, T0);

        var report = PodStatusReport.Of(pod, "127.0.0.1", before, T0.AddSeconds(9));

        Assert.Equal(passed, report.ContainerStatuses![0].Ready);
        Assert.All(report.Conditions!.Where(c => c.Type is "Ready" or "ContainersReady"), condition =>
        {
            Assert.Equal((status, message), (condition.Status, condition.Message));
            Assert.Equal(passed ? T0.AddSeconds(9) : T0, condition.LastTransitionTime);
        });
    }

    private static V1Probe Probe(int delay = 0, int period = 10, int successes = 1, int failures = 3) => new()
    {
        Exec = new V1ExecAction { Command = ["true"] }, InitialDelaySeconds = delay, PeriodSeconds = period, SuccessThreshold = successes, FailureThreshold = failures,
    };

    private static V1Container Container(V1Probe? readiness = null, V1Probe? liveness = null, V1Probe? startup = null) =>
        new() { Name = "a", Image = "i", ReadinessProbe = readiness, LivenessProbe = liveness, StartupProbe = startup };

    private static LocalPod Running(V1Container container, string policy = "Never", long grace = 30)
    {
        var pod = LocalPod.New(
            new V1Pod
            {
                Metadata = new V1ObjectMeta { Name = "p", NamespaceProperty = "default", Uid = "u" },
                Spec = new V1PodSpec { RestartPolicy = policy, TerminationGracePeriodSeconds = grace, Containers = [container] },
            },
            T0);
        return pod.With(pod.Main[0] with { Phase = new ContainerPhase.Running(T0), Runs = 1, Probes = ContainerProbe.Of(container, T0) });
    }

    private static LocalPod Answer(LocalPod pod, ProbeKind kind, bool? passed, DateTimeOffset now)
    {
        var record = pod.Main[0];
        return pod.With(record.With(record.Probes.Single(probe => probe.Kind == kind).Answered(passed, now)));
    }
}
