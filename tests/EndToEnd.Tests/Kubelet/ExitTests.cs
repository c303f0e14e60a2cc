using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using static MesosK8sBridge.EndToEnd.Tests.Kubelet.NodeFramework;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.EndToEnd.Tests.Kubelet;

/// <summary>How containers end, and what a framework is told of it.</summary>
public sealed class ExitTests(RealNode node)
{
    [Fact]
    public async Task A_command_that_exits_with_0_has_finished_and_its_output_can_still_be_read()
    {
        await using var framework = await SubscribeAsync(node);

        var told = await framework.RunAsync(Shell("finishing", "echo to be read later"));

        Assert.Equal(["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED: Command exited with status 0"], told);
        Assert.Equal("to be read later\n", await node.KubectlAsync($"logs {await framework.PodOfAsync("finishing")}"));
    }

    [Fact]
    public async Task A_command_that_exits_with_3_has_failed()
    {
        await using var framework = await SubscribeAsync(node);

        var told = await framework.RunAsync(Shell("failing", "exit 3"));

        Assert.Equal(["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED: Command exited with status 3"], told);
    }

    [Fact]
    public async Task A_Docker_task_is_a_container_that_exits()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("docker", "exit 4");
        task.Container = new ContainerInfo { Type = ContainerInfo.Types.Type.Docker, Docker = new() { Image = "busybox:local" } };

        var told = await framework.RunAsync(task);

        Assert.Equal("TASK_FAILED: Container exited with status 4", told[^1]);
    }

    [Theory]
    [InlineData("SEGV", "Segmentation fault")]
    [InlineData("ABRT", "Aborted")]
    [InlineData("KILL", "Killed")]
    public async Task A_command_that_a_signal_ends_has_failed_and_the_signal_is_named(string signal, string name)
    {
        await using var framework = await SubscribeAsync(node);

        // A container's first process ignores signals it has no handler for: one below it must do.
        var told = await framework.RunAsync(Shell("signalled", $"sh -c 'kill -{signal} $$'; exit $?"));

        Assert.Equal($"TASK_FAILED: Command terminated with signal {name}", told[^1]);
    }

    [Fact]
    public async Task A_command_beyond_its_memory_is_killed_by_the_kernel_and_the_limit_is_told()
    {
        await using var framework = await SubscribeAsync(node);

        var told = await framework.RunAsync(Shell("greedy", "dd if=/dev/zero of=/dev/null bs=100M count=1; exit $?"));

        Assert.Equal(["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED AGENT CONTAINER_LIMITATION_MEMORY: Memory limit exceeded: Requested: 32MB"], told);
        Assert.Equal(32, framework.UpdatesOf("greedy")[^1].Limitation.Resources.Single(resource => resource.Name == "mem").Scalar.Value);
    }

    [Fact]
    public async Task A_command_that_is_itself_the_process_beyond_its_memory_is_told_in_the_same_way()
    {
        await using var framework = await SubscribeAsync(node);

        var told = await framework.RunAsync(Shell("greedier", "exec dd if=/dev/zero of=/dev/null bs=100M count=1"));

        Assert.Equal("TASK_FAILED AGENT CONTAINER_LIMITATION_MEMORY: Memory limit exceeded: Requested: 32MB", told[^1]);
    }

    [Fact]
    public async Task A_command_beyond_its_disk_is_evicted_by_the_kubelet_and_the_limit_is_told()
    {
        await using var framework = await SubscribeAsync(node, """{"limitDisk": true}""");
        var task = Shell("hoarding", "dd if=/dev/zero of=hoard bs=1M count=100; trap 'exit 0' TERM; while :; do sleep 0.1; done");
        task.Resources.Add(Scalar("disk", 10));

        var told = await framework.RunAsync(task);

        Assert.StartsWith("TASK_FAILED AGENT CONTAINER_LIMITATION_DISK: Evicted: ", told[^1], StringComparison.Ordinal);
        Assert.Equal(10, framework.UpdatesOf("hoarding")[^1].Limitation.Resources.Single(resource => resource.Name == "disk").Scalar.Value);
    }

    [Fact]
    public async Task A_killed_command_has_its_grace_period_to_end_by_itself()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("orderly", "trap 'echo tidying; sleep 4; exit 7' TERM; echo ready; while :; do sleep 0.1; done");
        task.KillPolicy = new KillPolicy { GracePeriod = new DurationInfo { Nanoseconds = 20_000_000_000 } };

        await framework.LaunchAsync(task);
        await framework.ReadyAsync("orderly");
        await framework.KillAsync("orderly");
        await framework.EndAsync("orderly");

        Assert.Equal(["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED: Command exited with status 7"], framework.Told("orderly"));
    }

    [Fact]
    public async Task A_command_that_overruns_the_grace_period_of_its_kill_policy_is_killed()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("stubborn", "trap '' TERM; echo ready; while :; do sleep 0.1; done");
        task.KillPolicy = new KillPolicy { GracePeriod = new DurationInfo { Nanoseconds = 1_000_000_000 } };

        await framework.LaunchAsync(task);
        await framework.ReadyAsync("stubborn");
        await framework.KillAsync("stubborn");
        await framework.EndAsync("stubborn");

        Assert.Equal("TASK_KILLED: Command terminated with signal Killed", framework.Told("stubborn")[^1]);
        Assert.InRange(framework.Between("stubborn", TaskState.TaskKilling, TaskState.TaskKilled).TotalSeconds, 0, 5);
    }

    [Fact]
    public async Task The_kill_policy_of_a_kill_wins_over_that_of_the_task()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("hurried", "trap '' TERM; echo ready; while :; do sleep 0.1; done");
        task.KillPolicy = new KillPolicy { GracePeriod = new DurationInfo { Nanoseconds = 600_000_000_000 } };

        await framework.LaunchAsync(task);
        await framework.ReadyAsync("hurried");
        await framework.SendAsync(new Call
        {
            FrameworkId = framework.Id,
            Type = Call.Types.Type.Kill,
            Kill = new() { TaskId = task.TaskId, KillPolicy = new KillPolicy { GracePeriod = new DurationInfo { Nanoseconds = 1_000_000_000 } } },
        });
        await framework.EndAsync("hurried");

        Assert.Equal("TASK_KILLED: Command terminated with signal Killed", framework.Told("hurried")[^1]);
    }

    [Fact]
    public async Task A_task_whose_time_to_complete_is_over_has_failed()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("slow", "trap 'exit 0' TERM; while :; do sleep 0.1; done");
        task.MaxCompletionTime = new DurationInfo { Nanoseconds = 3_000_000_000 };

        await framework.LaunchAsync(task);
        await framework.EndAsync("slow");

        var end = framework.UpdatesOf("slow")[^1];
        Assert.Equal((TaskState.TaskFailed, Reason.MaxCompletionTimeReached), (end.State, end.Reason));
        Assert.Equal(["TASK_STARTING", "TASK_RUNNING"], framework.Told("slow")[..^1]);
    }
}
