using MesosK8sBridge.Testing;

namespace MesosK8sBridge.EndToEnd.Tests.Kubelet;

/// <summary>Tasks as containers on a real kubelet, launched by <c>mesos-bridge execute</c> through <c>mesos-bridge serve</c>.</summary>
public sealed class ExecuteTests(RealNode node)
{
    [Fact]
    public async Task A_task_that_succeeds_is_finished_and_its_output_can_be_read()
    {
        var ran = await ExecuteAsync("finishing", "echo hello from $HOSTNAME; pwd");

        Assert.Equal(0, ran.ExitCode);
        Assert.Matches("TASK_STARTING task 'finishing' on node-1", ran.Text);
        Assert.Matches("TASK_RUNNING task 'finishing' on node-1", ran.Text);
        Assert.Matches("TASK_FINISHED task 'finishing' on node-1: Command exited with status 0", ran.Text);
        Assert.Contains("hello from", await node.KubectlAsync($"logs -l mesosbridge.io/task-id=finishing"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_that_exits_with_3_has_failed_with_the_words_of_Mesos()
    {
        var ran = await ExecuteAsync("failing", "exit 3");

        Assert.Equal(1, ran.ExitCode);
        Assert.Matches("TASK_FAILED task 'failing' on node-1: Command exited with status 3", ran.Text);
    }

    [Fact]
    public async Task A_task_that_a_signal_ends_has_failed_with_the_words_of_Mesos()
    {
        // A container's first process ignores signals it has no handler for: one below it must do.
        var ran = await ExecuteAsync("aborting", "sh -c 'kill -ABRT $$'; exit $?");

        Assert.Equal(1, ran.ExitCode);
        Assert.Matches("TASK_FAILED task 'aborting' on node-1: Command terminated with signal Aborted", ran.Text);
    }

    [Fact]
    public async Task A_killed_task_is_killed_and_its_processes_have_heard_of_it()
    {
        var ran = await ExecuteAsync("killed", "trap 'exit 7' TERM; while :; do sleep 0.1; done", "--kill-after", "1s");

        Assert.Equal(0, ran.ExitCode);
        Assert.Matches("TASK_KILLING task 'killed' on node-1", ran.Text);
        Assert.Matches("TASK_KILLED task 'killed' on node-1: Command exited with status 7", ran.Text);
    }

    [Fact]
    public async Task A_task_whose_image_is_not_to_be_had_fails_and_says_which()
    {
        // A registry that refuses at once: a name that has to be looked up may take the kubelet minutes.
        var ran = await ExecuteAsync("imageless", "true", "--image", "127.0.0.1:1/nothing:1");

        Assert.Equal(1, ran.ExitCode);
        Assert.Matches(@"TASK_FAILED task 'imageless'.*\[REASON_CONTAINER_LAUNCH_FAILED\].*127\.0\.0\.1:1/nothing:1", ran.Text);
    }

    [Fact]
    public async Task A_command_that_does_not_exist_fails_and_says_so()
    {
        var ran = await ExecuteRawAsync(
            "--name", "commandless", "--image", "busybox:local", "--resources", "cpus:0.1;mem:32", "--", "/no/such/program");

        Assert.Equal(1, ran.ExitCode);
        Assert.Matches("TASK_FAILED task 'commandless'.*/no/such/program", ran.Text);
    }

    [Fact]
    public async Task A_task_group_runs_as_one_Pod_with_an_update_for_each_task()
    {
        const string Group = """
            {"tasks": [
              {"name": "left", "task_id": {"value": "left"}, "agent_id": {"value": ""},
               "resources": [{"name": "cpus", "type": "SCALAR", "scalar": {"value": 0.1}}, {"name": "mem", "type": "SCALAR", "scalar": {"value": 32}}],
               "command": {"value": "sleep 1"},
               "container": {"type": "MESOS", "mesos": {"image": {"type": "DOCKER", "docker": {"name": "busybox:local"}}}}},
              {"name": "right", "task_id": {"value": "right"}, "agent_id": {"value": ""},
               "resources": [{"name": "cpus", "type": "SCALAR", "scalar": {"value": 0.1}}, {"name": "mem", "type": "SCALAR", "scalar": {"value": 32}}],
               "command": {"value": "sleep 1"},
               "container": {"type": "MESOS", "mesos": {"image": {"type": "DOCKER", "docker": {"name": "busybox:local"}}}}}]}
            """;

        var ran = await ExecuteRawAsync("--task-group", Group);

        Assert.Equal(0, ran.ExitCode);
        Assert.Matches("TASK_FINISHED task 'left'", ran.Text);
        Assert.Matches("TASK_FINISHED task 'right'", ran.Text);
    }

    private Task<ProgramOutput> ExecuteAsync(string name, string command, params string[] more) =>
        ExecuteRawAsync(
            more.Contains("--image", StringComparer.Ordinal)
                ? ["--name", name, "--command", command, "--resources", "cpus:0.1;mem:32", .. more]
                : ["--name", name, "--command", command, "--resources", "cpus:0.1;mem:32", "--image", "busybox:local", .. more]);

    private async Task<ProgramOutput> ExecuteRawAsync(params string[] arguments)
    {
        var ran = await Programs.RunAsync(
            Repository.MesosBridge,
            ["execute", "--master", (await node.BridgeAsync()).Endpoint, "--timeout", "180s", .. arguments],
            TimeSpan.FromSeconds(240));
        TestContext.Current.TestOutputHelper?.WriteLine(ran.All);
        return ran;
    }
}
