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
    public async Task A_killed_task_is_killed_and_its_processes_have_heard_of_it()
    {
        var ran = await ExecuteAsync("killed", "trap 'exit 7' TERM; while :; do sleep 0.1; done", "--kill-after", "1s");

        Assert.Equal(0, ran.ExitCode);
        Assert.Matches("TASK_KILLING task 'killed' on node-1", ran.Text);
        Assert.Matches("TASK_KILLED task 'killed' on node-1: Command exited with status 7", ran.Text);
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
        ExecuteRawAsync(["--name", name, "--command", command, "--resources", "cpus:0.1;mem:32", "--image", "busybox:local", .. more]);

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
