using System.Text.Json;

namespace MesosK8sBridge.EndToEnd.Tests.Demo;

/// <summary><c>dev</c> with 2 nodes, in a process of its own.</summary>
public sealed class DevProcess : IAsyncLifetime
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private BridgeCommand? _process;

    internal BridgeCommand Process => _process!;

    internal string Master { get; private set; } = "";

    internal string Kubeconfig { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        _process = BridgeCommand.Start("dev", "--listen", "127.0.0.1:0", "--nodes", "2", "--cpus", "1", "--mem", "256");
        Master = await _process.ReadUntilAsync(line => After(line, "Mesos master   http://"), Patience, "endpoint");
        Kubeconfig = await _process.ReadUntilAsync(line => After(line, "kubeconfig     "), Patience, "kubeconfig");
    }

    /// <summary>In order, so that it removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is null)
        {
            return;
        }

        await using (_process)
        {
            await _process.TerminateAsync();
            await _process.WaitForExitAsync(Patience);
        }
    }

    private static string? After(string line, string start) => line.StartsWith(start, StringComparison.Ordinal) ? line[start.Length..].Trim() : null;
}

/// <summary><c>execute</c> against <c>dev</c>.</summary>
public sealed class DevTests(DevProcess dev) : IClassFixture<DevProcess>
{
    private static readonly TimeSpan Patience = DevProcess.Patience;

    [Theory]
    [InlineData(0, "TASK_FINISHED task 't'", "--name", "t", "--command", "exit 0")]
    [InlineData(0, "TASK_FINISHED task 't'", "--name", "t", "--content-type", "json", "--command", "exit 0")]
    [InlineData(1, "Command exited with status 3", "--name", "t", "--command", "exit 3")]
    [InlineData(0, "TASK_KILLED task 't'", "--name", "t", "--command", "sleep 100", "--kill-after", "200ms")]
    [InlineData(124, "Giving up: not done after 5 s", "--name", "t", "--command", "sleep 100", "--timeout", "5s")]
    [InlineData(0, "3 TASK_FINISHED", "--name", "t", "--instances", "3", "--env", "WHAT=ready", "--", "/bin/sh", "-c", "test $WHAT = ready")]
    public async Task Execute_tells_by_its_exit_status_what_became_of_the_tasks(int exitCode, string shown, params string[] arguments)
    {
        var ended = await BridgeCommand.RunAsync(
            Patience, ["execute", "--master", dev.Master, "--resources", "cpus:0.5;mem:32;ports:[31000-31000]", .. arguments]);

        Assert.Contains(shown, ended.Transcript, StringComparison.Ordinal);
        Assert.True(exitCode == ended.ExitCode, $"exit status {ended.ExitCode}\n{ended.Transcript}\n{dev.Process.Transcript}");
    }

    [Fact]
    public async Task Execute_runs_a_task_group_on_one_node()
    {
        var task = new Func<string, object>(name => new
        {
            name,
            task_id = new { value = name },
            resources = new[]
            {
                new { name = "cpus", type = "SCALAR", scalar = new { value = 0.1 } },
                new { name = "mem", type = "SCALAR", scalar = new { value = 32.0 } },
            },
            command = new { value = "true" },
        });
        var group = JsonSerializer.Serialize(new { tasks = new[] { task("left"), task("right") } });

        var (exitCode, shown) = await BridgeCommand.RunAsync(Patience, "execute", "--master", dev.Master, "--task-group", group);

        Assert.True(exitCode == 0, $"{shown}\n{dev.Process.Transcript}");
        Assert.Contains("TASK_FINISHED task 'left'", shown, StringComparison.Ordinal);
        Assert.Contains("TASK_FINISHED task 'right'", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Execute_that_is_told_to_stop_takes_its_tasks_with_it()
    {
        await using var execute = BridgeCommand.Start("execute", "--master", dev.Master, "--name", "t", "--command", "sleep 100", "--resources", "cpus:0.1;mem:32");
        await execute.ReadUntilAsync(line => line.Contains("TASK_RUNNING", StringComparison.Ordinal) ? line : null, Patience, "running task");
        await execute.TerminateAsync();

        Assert.Equal(130, await execute.WaitForExitAsync(Patience));
        Assert.Contains("Interrupted: 1 TASK_RUNNING", execute.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dev_that_is_told_to_stop_ends_well_and_leaves_nothing_behind()
    {
        await using var own = new DevProcess();
        await own.InitializeAsync();
        Assert.True(File.Exists(own.Kubeconfig));
        await own.Process.TerminateAsync();

        Assert.Equal(0, await own.Process.WaitForExitAsync(Patience));
        Assert.False(Directory.Exists(Path.GetDirectoryName(own.Kubeconfig)));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_with_status_3()
    {
        var (exitCode, shown) = await BridgeCommand.RunAsync(Patience, "dev", "--listen", dev.Master);

        Assert.Equal(3, exitCode);
        Assert.Contains(dev.Master, shown, StringComparison.Ordinal);
    }
}
