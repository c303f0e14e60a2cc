using MesosK8sBridge.Protocol.V1;
using static MesosK8sBridge.EndToEnd.Tests.Kubelet.NodeFramework;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.EndToEnd.Tests.Kubelet;

/// <summary>Health checks and checks: what a framework is told, and who is killed for it.</summary>
public sealed class HealthTests(RealNode node)
{
    /// <summary>Ends with a TERM as a process outside of a container does: the first one inside would ignore it.</summary>
    private const string Forever = "exec sh -c \"trap 'exit 143' TERM; while :; do sleep 0.2; done\"";

    private static readonly string[] KilledForItsHealth =
    [
        "TASK_STARTING",
        "TASK_RUNNING",
        "TASK_RUNNING TASK_HEALTH_CHECK_STATUS_UPDATED healthy",
        "TASK_RUNNING TASK_HEALTH_CHECK_STATUS_UPDATED unhealthy",
        "TASK_RUNNING TASK_HEALTH_CHECK_STATUS_UPDATED unhealthy", // With the last failure that it may have.
        "TASK_KILLING",
        "TASK_KILLED unhealthy: Command terminated with signal Terminated",
    ];

    [Fact]
    public async Task A_task_that_fails_its_HTTP_health_check_too_often_is_killed()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("web", $"mkdir www; echo well >www/index.html; httpd -p 8080 -h www; (sleep 5; rm www/index.html) & {Forever}");
        task.HealthCheck = Every(new HealthCheck { Type = HealthCheck.Types.Type.Http, Http = new() { Port = 8080, Path = "/index.html" } });

        Assert.Equal(KilledForItsHealth, await framework.RunAsync(task));
    }

    [Fact]
    public async Task A_task_that_fails_its_TCP_health_check_too_often_is_killed()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("port", $"httpd -f -p 8080 & (sleep 5; kill $!) & {Forever}");
        task.HealthCheck = Every(new HealthCheck { Type = HealthCheck.Types.Type.Tcp, Tcp = new() { Port = 8080 } });

        Assert.Equal(KilledForItsHealth, await framework.RunAsync(task));
    }

    [Fact]
    public async Task A_task_that_fails_its_COMMAND_health_check_too_often_is_killed()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("command", $"touch well; (sleep 5; rm well) & {Forever}");
        task.HealthCheck = Every(Command("test -e $MESOS_SANDBOX/well"));

        Assert.Equal(KilledForItsHealth, await framework.RunAsync(task));
    }

    [Fact]
    public async Task A_task_that_has_never_been_healthy_is_killed_after_its_grace_period()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("sickly", Forever);
        task.HealthCheck = Every(Command("false"));
        task.HealthCheck.GracePeriodSeconds = 4;

        var told = await framework.RunAsync(task);

        Assert.Equal("TASK_KILLED unhealthy: Command terminated with signal Terminated", told[^1]);
        Assert.DoesNotContain(told, line => line.EndsWith(" healthy", StringComparison.Ordinal));
        Assert.InRange(framework.Between("sickly", TaskState.TaskRunning, TaskState.TaskKilled).TotalSeconds, 4, 15);
    }

    /// <summary>Not so in Mesos, whose executor asks from within the task's network; see docs/pods.md.</summary>
    [Fact]
    public async Task A_server_that_listens_to_its_loopback_address_alone_is_not_found_well()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("inward", $"httpd -f -p 127.0.0.1:8080 & {Forever}");
        task.HealthCheck = Every(new HealthCheck { Type = HealthCheck.Types.Type.Tcp, Tcp = new() { Port = 8080 } });

        var told = await framework.RunAsync(task);

        Assert.Equal("TASK_KILLED unhealthy: Command terminated with signal Terminated", told[^1]);
    }

    [Fact]
    public async Task A_task_that_becomes_healthy_again_in_time_runs_on()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("recovering", $"touch well; (sleep 4; rm well; sleep 5; touch well) & {Forever}");
        task.HealthCheck = Every(Command("test -e $MESOS_SANDBOX/well"));
        (task.HealthCheck.ConsecutiveFailures, task.HealthCheck.TimeoutSeconds) = (2, 20);

        await framework.LaunchAsync(task);
        await framework.UntilAsync("recovering", _ => framework.UpdatesOf("recovering").Count(update => update.HasHealthy && update.Healthy) == 2);

        Assert.Equal(
            [
                "TASK_STARTING",
                "TASK_RUNNING",
                "TASK_RUNNING TASK_HEALTH_CHECK_STATUS_UPDATED healthy",
                "TASK_RUNNING TASK_HEALTH_CHECK_STATUS_UPDATED unhealthy",
                "TASK_RUNNING TASK_HEALTH_CHECK_STATUS_UPDATED healthy",
            ],
            framework.Told("recovering"));
    }

    [Fact]
    public async Task A_check_is_told_and_kills_nobody()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("checked", $"touch well; (sleep 4; rm well) & {Forever}");
        task.Check = new CheckInfo
        {
            Type = CheckInfo.Types.Type.Command,
            Command = new() { Command_ = new CommandInfo { Value = "test -e $MESOS_SANDBOX/well" } },
            DelaySeconds = 0,
            IntervalSeconds = 1,
            TimeoutSeconds = 1,
        };

        await framework.LaunchAsync(task);
        var passed = await framework.UntilAsync("checked", update => update is { CheckStatus.Command.HasExitCode: true });
        var failed = await framework.UntilAsync(
            "checked", update => update is { Reason: Reason.TaskCheckStatusUpdated, CheckStatus.Command.HasExitCode: false });

        Assert.Equal((Reason.TaskCheckStatusUpdated, 0), (passed.Reason, passed.CheckStatus.Command.ExitCode));
        Assert.Equal(TaskState.TaskRunning, failed.State);
        Assert.False(framework.UpdatesOf("checked")[1].CheckStatus.Command.HasExitCode);
    }

    [Fact]
    public async Task A_TCP_check_is_told_both_ways()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("dialled", $"httpd -f -p 8080 & (sleep 4; kill $!) & {Forever}");
        task.Check = new CheckInfo { Type = CheckInfo.Types.Type.Tcp, Tcp = new() { Port = 8080 }, DelaySeconds = 0, IntervalSeconds = 1, TimeoutSeconds = 1 };

        await framework.LaunchAsync(task);
        await framework.UntilAsync("dialled", update => update is { CheckStatus.Tcp: { HasSucceeded: true, Succeeded: true } });
        await framework.UntilAsync("dialled", update => update is { CheckStatus.Tcp: { HasSucceeded: true, Succeeded: false } });
    }

    private static HealthCheck Every(HealthCheck check)
    {
        (check.DelaySeconds, check.IntervalSeconds, check.TimeoutSeconds, check.GracePeriodSeconds, check.ConsecutiveFailures) = (0, 1, 1, 0, 3);
        return check;
    }

    private static HealthCheck Command(string command) => new() { Type = HealthCheck.Types.Type.Command, Command = new CommandInfo { Value = command } };
}
