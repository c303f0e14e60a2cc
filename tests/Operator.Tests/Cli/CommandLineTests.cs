using System.CommandLine;
using System.Text.Json;
using MesosK8sBridge.Operator.Cli;

namespace MesosK8sBridge.Operator.Tests.Cli;

public sealed class CommandLineTests : IDisposable
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);

    [Theory]
    [InlineData("execute --name a --command b --instances 0", "--instances: '0' is not a whole number from 1 to 10000")]
    [InlineData("execute --name a --command b --kill-after 3", "--kill-after: '3' is not a duration from 1ms to 365d, e.g. 500ms, 15s or 1h30m")]
    [InlineData("execute --name a --command b --master zk://a/mesos", "--master: finding the master by ZooKeeper is not supported")]
    [InlineData("execute --name a --command b --master a:b", "--master: 'a:b' is not HOST:PORT")]
    [InlineData("execute --name a --command b --resources cpus", "--resources: Bad value for resources, missing or extra ':' in cpus; expected name:amount;…")]
    [InlineData("execute --name a --command b --resources cpus:-1", "--resources: ")]
    [InlineData("execute --name a --command b --resources ;", "--resources: nothing is asked for")]
    [InlineData("execute --name a --command b --resources x:{a,b}", "--resources: sets are not supported")]
    [InlineData("execute --task-group {", "--task-group: ")]
    [InlineData("execute --task-group {\"tasks\":[{}]}", "--task-group: Missing required fields: ")]
    [InlineData("execute --task-group /does/not/exist", "--task-group: Could not find")]
    [InlineData("execute --name a --command b --containerizer rkt", "--containerizer: 'rkt' is none of Mesos, Docker")]
    [InlineData("execute --name a --command b --capabilities FLY", "--capabilities: 'FLY' is none of REVOCABLE_RESOURCES,")]
    [InlineData("execute --name a --command b --env x", "--env: 'x' is not NAME=VALUE")]
    [InlineData("execute --name a --command b --env {\"a\":1}", "--env: not a JSON object of strings")]
    [InlineData("execute --name a --command b --shell=maybe", "--shell: 'maybe' is neither true nor false")]
    [InlineData("execute --command b", "--name is missing (or --task-group)")]
    [InlineData("execute --name a", "nothing to run: give --command, or a program behind --, or an --image with an entry point")]
    [InlineData("execute --name a --command b -- c", "arguments behind -- go with --shell=false, or without --command")]
    [InlineData("execute --name a --task-group {}", "--task-group describes the tasks")]
    [InlineData("execute --name a --command b --secret s", "--secret needs --principal")]
    [InlineData("execute --nmae a", "Unrecognized command or argument '--nmae'.")]
    [InlineData("serve --tls-cert c", "--tls-cert and --tls-key need each other")]
    [InlineData("dev --tls-key k", "--tls-cert and --tls-key need each other")]
    [InlineData("demo --tls-key k", "--tls-cert and --tls-key need each other")]
    [InlineData("--log-level Loud version", "--log-level: 'Loud' is none of Trace, Debug")]
    public async Task A_wrong_command_line_names_the_option_and_what_is_allowed(string line, string message)
    {
        Assert.Equal(ExitCodes.Usage, await InvokeAsync(line.Split(' ')));

        Assert.Contains($"mesos-bridge: {message}", _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_out.ToString());
    }

    [Fact]
    public async Task A_variable_stands_in_for_an_option_that_is_not_given_and_is_named_when_it_is_wrong()
    {
        _environment["MESOS_BRIDGE_INSTANCES"] = "many";

        Assert.Equal(ExitCodes.Usage, await InvokeAsync("execute", "--name", "a", "--command", "b"));

        Assert.Contains("--instances: 'many' is not a whole number from 1 to 10000 (from MESOS_BRIDGE_INSTANCES)", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_option_wins_over_its_variable()
    {
        _environment["MESOS_BRIDGE_OUTPUT"] = "nonsense";

        Assert.Equal(ExitCodes.Success, await InvokeAsync("version", "-o", "json"));

        using var json = JsonDocument.Parse(_out.ToString());
        Assert.Equal("0.1.0", json.RootElement.GetProperty("version").GetString());
    }

    [Fact]
    public async Task A_variable_of_a_global_option_counts_for_every_command_and_an_empty_one_for_none()
    {
        _environment["MESOS_BRIDGE_LOG_FORMAT"] = "xml";
        _environment["MESOS_BRIDGE_OUTPUT"] = "";

        Assert.Equal(ExitCodes.Usage, await InvokeAsync("version"));
        Assert.Contains("--log-format: 'xml' is none of Text, Json (from MESOS_BRIDGE_LOG_FORMAT)", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_do_not_land_among_the_arguments_of_a_program()
    {
        _environment["MESOS_BRIDGE_MASTER"] = "127.0.0.1:1";
        _environment["MESOS_BRIDGE_CONNECT_TIMEOUT"] = "1ms";

        Assert.Equal(ExitCodes.Unavailable, await InvokeAsync("execute", "--name", "a", "--", "echo", "--master"));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("execute --help")]
    [InlineData("execute --instances 0 --help")]
    public async Task Help_is_given_whatever_else_is_wrong(string line)
    {
        Assert.Equal(ExitCodes.Success, await InvokeAsync(line.Split(' ')));
        Assert.Contains("Usage:", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_option_has_a_variable_a_form_and_a_sentence()
    {
        foreach (var (command, option) in Options())
        {
            var setting = Assert.IsAssignableFrom<ISetting>(option);
            Assert.Matches("^[A-Z].*\\.$", setting.Summary);
            Assert.NotEmpty(option.HelpName!);
            Assert.Contains($"[env: {setting.Variable}]", option.Description, StringComparison.Ordinal);
            Assert.Matches("^--[a-z]+(-[a-z0-9]+)*$", option.Name);
            Assert.NotNull(command);
        }
    }

    [Fact]
    public void No_variable_is_one_that_Kubernetes_sets_for_a_service_called_mesos_bridge()
    {
        Assert.DoesNotContain(Options(), each =>
            ((ISetting)each.Option).Variable is var name && (name == "MESOS_BRIDGE_PORT" || name.StartsWith("MESOS_BRIDGE_PORT_", StringComparison.Ordinal)
                || name.StartsWith("MESOS_BRIDGE_SERVICE_", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_document_says_what_the_help_says()
    {
        var path = Path.Combine(Repository(AppContext.BaseDirectory), "docs", "cli.md");
        var written = CommandLineDocument.Write(Line().Root);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(path, written, TestContext.Current.CancellationToken);
        }

        Assert.Equal(written, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
    }

    private IEnumerable<(Command Command, Option Option)> Options()
    {
        var root = Line().Root;
        return new Command[] { root }.Concat(root.Subcommands)
            .SelectMany(command => command.Options.Select(option => (command, option)))
            .Where(each => each.option.Name is not "--help" and not "--version");
    }

    private static string Repository(string folder) =>
        File.Exists(Path.Combine(folder, "MesosK8sBridge.sln")) ? folder : Repository(Path.GetDirectoryName(folder)!);

    private Task<int> InvokeAsync(params string[] arguments) =>
        Line().InvokeAsync(arguments, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    private CommandLine Line() => new(new CommandContext(_out, _error, IsTerminal: false, _environment.GetValueOrDefault, TimeProvider.System, new Random(1)));
}
