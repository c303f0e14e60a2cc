using System.Text;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

namespace MesosK8sBridge.Kubernetes.Tests.Nodes;

/// <summary>Real processes, real signals, the real clock. Alone, for one test counts this process's open files.</summary>
[CollectionDefinition(nameof(ContainerProcessTests), DisableParallelization = true)]
[Collection(nameof(ContainerProcessTests))]
public sealed class ContainerProcessTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly string _directory = Directory.CreateTempSubdirectory("nodes-").FullName;
    private readonly ProcessHost _host;
    private int _started;

    public ContainerProcessTests() => _host = new ProcessHost(Path.Combine(_directory, "host"), TimeProvider.System);

    public void Dispose()
    {
        _host.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("exit 0", 0, 0)]
    [InlineData("exit 3", 3, 0)]
    [InlineData("exit 255", 255, 0)]
    [InlineData("kill -TERM $$", 143, 15)]
    [InlineData("kill -KILL $$", 137, 9)]
    [InlineData("kill -SEGV $$", 139, 11)]
    public async Task The_exit_code_is_the_programs_own_or_128_plus_the_signal(string script, int code, int signal)
    {
        var exit = await End(Shell(script));

        Assert.Equal((code, signal), (exit.ExitCode, exit.Signal));
    }

    [Fact]
    public async Task The_environment_is_what_was_asked_for_and_the_marker_and_nothing_else()
    {
        var command = new ContainerCommand(["/usr/bin/env"], new Dictionary<string, string> { ["A"] = "1", ["B"] = "x=y z" }, _directory);

        var (process, log) = Start(command);
        await process.Exited.WaitAsync(Deadline, TestContext.Current.CancellationToken);

        var variables = Lines(log).Where(l => !l.StartsWith(OrphanGuard.Marker, StringComparison.Ordinal));
        Assert.Equal(["A=1", "B=x=y z"], variables.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Arguments_reach_the_program_untouched_by_any_shell()
    {
        var (process, log) = Start(Command("printf", "%s\\n", "$HOME", "a b", "*", "", "ü"));
        await process.Exited.WaitAsync(Deadline, TestContext.Current.CancellationToken);

        Assert.Equal(["$HOME", "a b", "*", "", "ü"], Lines(log));
    }

    [Fact]
    public async Task The_working_directory_is_the_one_asked_for()
    {
        var (process, log) = Start(Command("/bin/pwd", "-P"));
        await process.Exited.WaitAsync(Deadline, TestContext.Current.CancellationToken);

        Assert.Equal([_directory], Lines(log));
    }

    [Fact]
    public async Task A_process_leads_a_session_of_its_own_with_default_signals_and_three_open_files()
    {
        var (process, log) = Start(Shell("""
            cut -d' ' -f5,6 /proc/self/stat
            grep -E '^Sig(Blk|Ign)' /proc/self/status
            fd=0; while [ $fd -lt 300 ]; do [ -e /proc/$$/fd/$fd ] && printf '%s ' $fd; fd=$((fd+1)); done
            """));
        await process.Exited.WaitAsync(Deadline, TestContext.Current.CancellationToken);

        var lines = Lines(log);
        Assert.Equal($"{process.Pid} {process.Pid}", lines[0]);
        Assert.Equal(["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000", "0 1 2 "], lines[1..]);
    }

    [Fact]
    public async Task A_signal_reaches_the_whole_group()
    {
        var (process, log) = Start(Shell("sleep 1000 & echo $!; wait"));
        var grandchild = int.Parse(await FirstLine(log));

        process.Signal(Posix.SignalTerminate);

        Assert.Equal(143, (await process.Exited.WaitAsync(Deadline, TestContext.Current.CancellationToken)).ExitCode);
        await Gone(grandchild);
    }

    [Fact]
    public async Task When_the_first_process_ends_its_grandchildren_end_too_even_those_that_ignore_signals()
    {
        var (process, log) = Start(Shell("(trap '' TERM HUP; sleep 1000 & sleep 1001) & echo $!; exit 4"));

        Assert.Equal(4, (await process.Exited.WaitAsync(Deadline, TestContext.Current.CancellationToken)).ExitCode);
        await Gone(int.Parse(Lines(log)[0]));
    }

    [Fact]
    public async Task A_daemon_that_left_the_group_is_found_and_ended()
    {
        var (process, log) = Start(Shell("setsid sh -c 'echo $$; exec sleep 1000' & sleep 0.3; exit 0"));
        await process.Exited.WaitAsync(Deadline, TestContext.Current.CancellationToken);

        await Gone(int.Parse(Lines(log)[0]));
    }

    [Theory]
    [InlineData("no-such-program", "exec: \"no-such-program\": executable file not found in $PATH")]
    [InlineData("/no/such/program", "exec: \"/no/such/program\": stat /no/such/program: no such file or directory")]
    [InlineData("/etc/passwd", "exec: \"/etc/passwd\": permission denied")]
    public void A_program_that_cannot_be_started_is_refused_in_the_runtimes_words(string program, string words)
    {
        var refusal = Assert.Throws<ContainerStartException>(() => Start(Command(program)));

        Assert.Equal(
            $"failed to create containerd task: OCI runtime create failed: unable to start container process: {words}: unknown", refusal.Message);
    }

    [Fact]
    public async Task All_output_is_kept_even_what_is_written_just_before_the_end()
    {
        var (process, log) = Start(Shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; printf unfinished"));
        await process.Exited.WaitAsync(Deadline, TestContext.Current.CancellationToken);

        var lines = Lines(log);
        Assert.Equal(20001, lines.Length);
        Assert.Equal(("line 0", "line 19999", "unfinished"), (lines[0], lines[19999], lines[20000]));
    }

    [Fact]
    public async Task A_thousand_processes_start_and_end_and_no_exit_code_no_process_and_no_file_is_lost()
    {
        await End(Shell("exit 0"));
        var filesBefore = OpenFiles();

        for (var round = 0; round < 10; round++)
        {
            var exits = Enumerable.Range(0, 100).Select(i => End(Shell($"exit {i}"))).ToList();
            var codes = await Task.WhenAll(exits);
            Assert.Equal(Enumerable.Range(0, 100), codes.Select(e => e.ExitCode));
        }

        await Eventually(() => _host.Running == 0);
        await Eventually(() => OpenFiles() < filesBefore + 100); // One lost each time would be a thousand; the rest are other tests'.
        Assert.Empty(Directory.GetFiles(Path.Combine(_directory, "host", "run")));
    }

    [Fact]
    public async Task Processes_of_dotnets_own_Process_class_do_not_disturb_ours_nor_ours_them()
    {
        var theirs = Enumerable.Range(0, 20).Select(async i =>
        {
            using var process = System.Diagnostics.Process.Start("sh", ["-c", $"exit {i}"]);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline);
            return process.ExitCode;
        });
        var ours = Enumerable.Range(100, 20).Select(async i => (await End(Shell($"exit {i}"))).ExitCode);

        Assert.Equal(Enumerable.Range(0, 20).Concat(Enumerable.Range(100, 20)), await Task.WhenAll(theirs.Concat(ours).ToList()));
    }

    [Fact]
    public async Task Disposing_the_host_ends_what_still_runs()
    {
        using var host = new ProcessHost(Path.Combine(_directory, "other"), TimeProvider.System);
        var process = host.Start("c", Shell("trap '' TERM; sleep 1000"), new ContainerLog(Path.Combine(_directory, "other.log")));

        host.Dispose();

        Assert.Equal(137, (await process.Exited.WaitAsync(Deadline, TestContext.Current.CancellationToken)).ExitCode);
        Assert.False(Directory.Exists($"/proc/{process.Pid}"));
    }

    [Fact]
    public void A_directory_serves_one_host_at_a_time()
    {
        var refusal = Assert.Throws<IOException>(() => new ProcessHost(Path.Combine(_directory, "host"), TimeProvider.System));

        Assert.Contains("in use by another embedded cluster", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Of the kinds that a container's process costs. Sockets of servers that tests share come and go by themselves.</summary>
    private int OpenFiles() => OpenFile.Targets().Count(target =>
        target.Contains("pidfd", StringComparison.Ordinal)
        || target.StartsWith("pipe:", StringComparison.Ordinal)
        || target.StartsWith(_directory, StringComparison.Ordinal));

    private static Task Gone(int pid) => Eventually(() => !OtherProcess.Runs($"{pid}"));

    private static async Task Eventually(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        while (!condition())
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    private static string[] Lines(ContainerLog log) =>
        [.. File.ReadAllLines(log.Path).Select(l => l.Split(' ', 4)[3])];

    private static async Task<string> FirstLine(ContainerLog log)
    {
        await foreach (var line in ContainerLogReader.ReadAsync(
            log.Path, log, new PodLogOptions { Follow = true }, default, TestContext.Current.CancellationToken))
        {
            return Encoding.UTF8.GetString(line.Span).TrimEnd('\n');
        }

        throw new InvalidOperationException("The container wrote nothing.");
    }

    private ContainerCommand Shell(string script) => Command("sh", "-c", script);

    private ContainerCommand Command(params string[] arguments) =>
        new(arguments, new Dictionary<string, string> { ["PATH"] = ProgramPath.DefaultPath }, _directory);

    private (ContainerProcess Process, ContainerLog Log) Start(ContainerCommand command)
    {
        var id = Interlocked.Increment(ref _started).ToString();
        var log = new ContainerLog(Path.Combine(_directory, id + ".log"));
        return (_host.Start(id, command, log), log);
    }

    private async Task<ContainerExit> End(ContainerCommand command) =>
        await Start(command).Process.Exited.WaitAsync(Deadline, TestContext.Current.CancellationToken);
}
