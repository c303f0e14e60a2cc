using MesosK8sBridge.Protocol.V1;
using static MesosK8sBridge.EndToEnd.Tests.Kubelet.NodeFramework;
using SandboxPath = MesosK8sBridge.Protocol.V1.Volume.Types.Source.Types.SandboxPath;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.EndToEnd.Tests.Kubelet;

/// <summary>Task groups: a Pod with a container for each task.</summary>
public sealed class GroupTests(RealNode node)
{
    [Fact]
    public async Task Each_task_of_a_group_is_told_its_own_end()
    {
        await using var framework = await SubscribeAsync(node);

        await framework.LaunchGroupAsync(Shell("short", "true"), Shell("long", "sleep 3"));
        await framework.EndAsync("short", "long");

        string[] finished = ["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED: Command exited with status 0"];
        Assert.Equal(finished, framework.Told("short"));
        Assert.Equal(finished, framework.Told("long"));
        Assert.Equal(
            framework.UpdatesOf("short")[1].ContainerStatus.ContainerId.Parent,
            framework.UpdatesOf("long")[1].ContainerStatus.ContainerId.Parent);
    }

    [Fact]
    public async Task A_task_that_fails_brings_down_its_group()
    {
        await using var framework = await SubscribeAsync(node);

        await framework.LaunchGroupAsync(Shell("failing", "sleep 2; exit 3"), Shell("other", "trap 'exit 0' TERM; while :; do sleep 0.1; done"));
        await framework.EndAsync("failing", "other");

        Assert.Equal("TASK_FAILED: Command exited with status 3", framework.Told("failing")[^1]);
        Assert.Equal(["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED: Command exited with status 0"], framework.Told("other"));
    }

    [Fact]
    public async Task A_task_that_finished_before_its_group_came_down_has_finished()
    {
        await using var framework = await SubscribeAsync(node);

        await framework.LaunchGroupAsync(
            Shell("early", "true"), Shell("failing", "sleep 3; exit 3"), Shell("other", "trap 'exit 0' TERM; while :; do sleep 0.1; done"));
        await framework.EndAsync("early", "failing", "other");

        Assert.Equal("TASK_FINISHED: Command exited with status 0", framework.Told("early")[^1]);
        Assert.Equal("TASK_FAILED: Command exited with status 3", framework.Told("failing")[^1]);
        Assert.Equal("TASK_KILLED: Command exited with status 0", framework.Told("other")[^1]);
    }

    [Fact]
    public async Task A_kill_of_one_task_ends_its_group()
    {
        await using var framework = await SubscribeAsync(node);
        const string Orderly = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done";

        await framework.LaunchGroupAsync(Shell("one", Orderly), Shell("two", Orderly));
        await framework.UntilAsync("one", TaskState.TaskRunning);
        await framework.UntilAsync("two", TaskState.TaskRunning);
        await framework.KillAsync("one");
        await framework.EndAsync("one", "two");

        Assert.StartsWith("TASK_KILLED", framework.Told("one")[^1], StringComparison.Ordinal);
        Assert.StartsWith("TASK_KILLED", framework.Told("two")[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_that_cannot_start_brings_down_its_group()
    {
        await using var framework = await SubscribeAsync(node);
        var missing = Shell("missing", "/no/such/program");
        missing.Command.Shell = false;

        await framework.LaunchGroupAsync(missing, Shell("other", "trap 'exit 0' TERM; while :; do sleep 0.1; done"));
        await framework.EndAsync("missing", "other");

        Assert.StartsWith("TASK_FAILED AGENT CONTAINER_LAUNCH_FAILED: Failed to launch container: ", framework.Told("missing")[^1], StringComparison.Ordinal);
        Assert.StartsWith("TASK_KILLED", framework.Told("other")[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tasks_of_a_group_share_a_directory_and_their_network()
    {
        await using var framework = await SubscribeAsync(node);
        var server = Shell("server", "echo through the directory >shared/note; echo through the network >/tmp/index.html; httpd -p 8080 -h /tmp; while ! test -e shared/read; do sleep 0.1; done");
        var client = Shell(
            "client",
            "while ! test -e shared/note; do sleep 0.1; done; until wget -q -O - http://127.0.0.1:8080/index.html | grep -q network; do sleep 0.2; done; touch shared/read");
        server.Container = WithShared();
        client.Container = WithShared();

        await framework.LaunchGroupAsync(server, client);
        await framework.EndAsync("server", "client");

        Assert.Equal("TASK_FINISHED: Command exited with status 0", framework.Told("server")[^1]);
        Assert.Equal("TASK_FINISHED: Command exited with status 0", framework.Told("client")[^1]);
    }

    private static ContainerInfo WithShared() => new()
    {
        Type = ContainerInfo.Types.Type.Mesos,
        Volumes =
        {
            new Volume
            {
                Mode = Volume.Types.Mode.Rw,
                ContainerPath = "shared",
                Source = new()
                {
                    Type = Volume.Types.Source.Types.Type.SandboxPath,
                    SandboxPath = new SandboxPath { Type = SandboxPath.Types.Type.Parent, Path = "common" },
                },
            },
        },
    };
}
