using MesosK8sBridge.Protocol.V1;
using static MesosK8sBridge.EndToEnd.Tests.Kubelet.NodeFramework;
using RLimit = MesosK8sBridge.Protocol.V1.RLimitInfo.Types.RLimit;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.EndToEnd.Tests.Kubelet;

/// <summary>Tasks that cannot start, and what they start as.</summary>
public sealed class LaunchTests(RealNode node)
{
    /// <summary>Has no shell.</summary>
    private const string Shellless = "pause:local";

    [Fact]
    public async Task A_task_whose_image_is_not_to_be_had_fails_and_says_which()
    {
        await using var framework = await SubscribeAsync(node);

        // A registry that refuses at once: a name that has to be looked up may take the kubelet minutes.
        var told = await framework.RunAsync(From("127.0.0.1:1/nothing:1", Shell("imageless", "true")));

        Assert.Equal("TASK_STARTING", told[0]);
        Assert.StartsWith("TASK_FAILED AGENT CONTAINER_LAUNCH_FAILED: Failed to launch container: ", told[1], StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:1/nothing:1", told[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_whose_image_has_no_possible_name_fails_and_says_so()
    {
        await using var framework = await SubscribeAsync(node);

        var told = await framework.RunAsync(From("Not An Image", Shell("misnamed", "true")));

        Assert.StartsWith("TASK_FAILED AGENT CONTAINER_LAUNCH_FAILED: Failed to launch container: InvalidImageName: ", told[^1], StringComparison.Ordinal);
        Assert.Contains("Not An Image", told[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_is_not_in_the_image_fails_and_says_so()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("commandless", "/no/such/program");
        task.Command.Shell = false;

        var told = await framework.RunAsync(task);

        Assert.Equal(2, told.Length);
        Assert.StartsWith("TASK_FAILED AGENT CONTAINER_LAUNCH_FAILED: Failed to launch container: ", told[1], StringComparison.Ordinal);
        Assert.Contains("/no/such/program", told[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shell_command_in_an_image_without_a_shell_fails_and_says_so()
    {
        await using var framework = await SubscribeAsync(node);

        var told = await framework.RunAsync(From(Shellless, Shell("shell-less", "true")));

        Assert.StartsWith("TASK_FAILED AGENT CONTAINER_LAUNCH_FAILED: Failed to launch container: ", told[^1], StringComparison.Ordinal);
        Assert.Contains("/bin/sh", told[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_of_processes_in_an_image_without_a_shell_fail_and_say_so()
    {
        await using var framework = await SubscribeAsync(node);
        var task = From(Shellless, Shell("unlimited", "/bin/busybox"));
        task.Command.Shell = false;
        task.Container.RlimitInfo = Files(1000);

        var told = await framework.RunAsync(task);

        Assert.StartsWith("TASK_FAILED AGENT CONTAINER_LAUNCH_FAILED: Failed to launch container: ", told[^1], StringComparison.Ordinal);
        Assert.Contains("/bin/sh", told[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_of_processes_hold()
    {
        await using var framework = await SubscribeAsync(node);
        var task = From("busybox:local", Shell("limited", "test $(ulimit -n) = 123"));
        task.Container.RlimitInfo = Files(123);

        var told = await framework.RunAsync(task);

        Assert.Equal("TASK_FINISHED: Command exited with status 0", told[^1]);
    }

    [Fact]
    public async Task A_task_runs_as_the_user_that_it_names_by_number()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("somebody", "id -u; touch /mnt/mesos/sandbox/mine && test $(id -u) = 1234");
        task.Command.User = "1234";

        var told = await framework.RunAsync(task);

        Assert.Equal("TASK_FINISHED: Command exited with status 0", told[^1]);
    }

    [Fact]
    public async Task A_task_of_a_user_whom_nobody_knows_is_refused_before_there_is_a_Pod()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("nobody-knows", "true");
        task.Command.User = "marathon";

        var told = await framework.RunAsync(task);

        Assert.Equal(["TASK_ERROR AGENT TASK_INVALID: User 'marathon' is not known: the framework's 'users' give it no uid"], told);
    }

    [Fact]
    public async Task A_user_whom_the_cluster_does_not_let_in_fails_the_task_and_it_says_why()
    {
        await using var framework = await SubscribeAsync(
            node, """{"podTemplate": {"spec": {"containerSecurityContext": {"runAsNonRoot": true}}}}""");

        var told = await framework.RunAsync(Shell("rootless", "true"));

        Assert.StartsWith("TASK_FAILED AGENT CONTAINER_LAUNCH_FAILED: Failed to launch container: CreateContainerConfigError: ", told[^1], StringComparison.Ordinal);
        Assert.Contains("root", told[^1], StringComparison.Ordinal);
    }

    private static TaskInfo From(string image, TaskInfo task)
    {
        task.Container = new ContainerInfo
        {
            Type = ContainerInfo.Types.Type.Mesos,
            Mesos = new() { Image = new Image { Type = Image.Types.Type.Docker, Docker = new() { Name = image } } },
        };
        return task;
    }

    private static RLimitInfo Files(ulong most) => new() { Rlimits = { new RLimit { Type = RLimit.Types.Type.RlmtNofile, Soft = most, Hard = most } } };
}
