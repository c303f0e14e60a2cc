using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>Runs a command as a Mesos framework would: the counterpart of Mesos' own <c>mesos-execute</c>.</summary>
/// <remarks>Mesos: src/cli/execute.cpp.</remarks>
internal sealed class ExecuteCommand : Command, ICheckedCommand
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly Setting<ImmutableArray<HostPort>> _masters = new(
        "--master",
        "HOST:PORT[,…]",
        "The master, of Mesos or the bridge; several are tried in turn, and the leading one is found through them.",
        Readers.Addresses(5050),
        [new HostPort("127.0.0.1", 5050)],
        "127.0.0.1:5050");

    private readonly Setting<string?> _name = new(
        "--name", "NAME", "Name and id of the task; with --instances the ids get -1, -2, … behind it.", Readers.NonEmpty, null, null);

    private readonly Setting<string?> _command = new(
        "--command", "TEXT", "What to run, in a shell unless --shell=false.", Readers.NonEmpty, null, null);

    private readonly Setting<bool> _shell = Setting<bool>.Flag(
        "--shell", "Run --command in a shell. False: it is the path of a program, and ARGUMENT… are its arguments.", fallback: true);

    private readonly Setting<bool> _noShell = Setting<bool>.Flag("--no-shell", "The same as --shell=false.");

    private readonly Argument<string[]> _arguments = new("ARGUMENT")
    {
        Description = "After --: program and arguments to run without a shell, or with --command and --shell=false the arguments alone.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Setting<int> _instances = Setting<int>.Whole(
        "--instances", "N", "How many copies of the task to run, 1 to 10000.", 1, 10_000, 1);

    private readonly Setting<Resources> _resources = new(
        "--resources",
        "TEXT",
        $"What each task needs (mem and disk in MiB): {Readers.AmountsForm}.",
        Readers.Amounts,
        Resources.Parse("cpus:1;mem:128"),
        "cpus:1;mem:128");

    private readonly Setting<string?> _image = new(
        "--image", "IMAGE", "Container image, named as for docker; none: the framework's default.", Readers.NonEmpty, null, null);

    private readonly Setting<Containerizer> _containerizer = new(
        "--containerizer", "mesos|docker", "Which of Mesos' containerizers to ask for.", Readers.Word<Containerizer>(), Containerizer.Mesos, "mesos");

    private readonly Setting<ImmutableSortedDictionary<string, string>> _environment = Setting<ImmutableSortedDictionary<string, string>>.Repeated(
        "--env",
        "NAME=VALUE",
        "Environment variable of the task; may be repeated. Also a JSON object, or file:///path of one.",
        EnvironmentText.Read,
        ImmutableSortedDictionary<string, string>.Empty);

    private readonly Setting<string?> _taskGroup = new(
        "--task-group",
        "FILE|JSON",
        "Run a task group instead of --name and --command: a TaskGroupInfo in Mesos' JSON, inline or in a file.",
        Readers.NonEmpty,
        null,
        null);

    private readonly Setting<TimeSpan?> _killAfter = new(
        "--kill-after", "DURATION", "Kill each task this long after it runs, e.g. 10s; that counts as success.", Readers.OptionalDuration(Tick, 365 * Day), null, null);

    private readonly Setting<TimeSpan?> _timeout = new(
        "--timeout", "DURATION", "End everything after this time, with status 124.", Readers.OptionalDuration(Tick, 365 * Day), null, null);

    private readonly Setting<TimeSpan> _connectTimeout = Setting<TimeSpan>.Duration(
        "--connect-timeout", "How long to try to subscribe, at first and after a lost connection.", Tick, Day, TimeSpan.FromSeconds(30));

    private readonly Setting<string?> _frameworkName = new(
        "--framework-name", "NAME", "FrameworkInfo.name.", Readers.NonEmpty, "mesos-bridge execute", "mesos-bridge execute");

    private readonly Setting<string?> _frameworkId = new(
        "--framework-id", "ID", "Subscribe with this id, taking over the registration it names.", Readers.NonEmpty, null, null);

    private readonly Setting<TimeSpan> _failoverTimeout = Setting<TimeSpan>.Duration(
        "--failover-timeout", "How long the master keeps the tasks when the connection is lost.", TimeSpan.Zero, 365 * Day, TimeSpan.FromSeconds(30));

    private readonly Setting<string?> _role = new("--role", "ROLE", "Role to take resources of.", Readers.NonEmpty, "*", "*");

    private readonly Setting<string?> _user = new(
        "--user", "USER", "User the tasks run as; none: whoever runs this program.", Readers.NonEmpty, null, null);

    private readonly Setting<string?> _principal = new(
        "--principal", "NAME", "Principal of the framework; with --secret also sent as HTTP Basic credential.", Readers.NonEmpty, null, null);

    private readonly Setting<string?> _secret = new(
        "--secret", "TEXT", "Secret of the principal. Better given by its variable than where ps shows it.", Readers.NonEmpty, null, null);

    private readonly Setting<ImmutableArray<FrameworkInfo.Types.Capability.Types.Type>> _capabilities = new(
        "--capabilities",
        "NAME[,…]",
        "Framework capabilities to announce; empty: none.",
        Capabilities,
        [
            FrameworkInfo.Types.Capability.Types.Type.PartitionAware,
            FrameworkInfo.Types.Capability.Types.Type.TaskKillingState,
            FrameworkInfo.Types.Capability.Types.Type.ReservationRefinement,
        ],
        "PARTITION_AWARE,TASK_KILLING_STATE,RESERVATION_REFINEMENT");

    private readonly Setting<WireFormat> _contentType = new(
        "--content-type", "protobuf|json", "How to talk to the master.", Readers.Word<WireFormat>(), WireFormat.Protobuf, "protobuf");

    private readonly CommandContext _context;

    public ExecuteCommand(CommandContext context)
        : base("execute", "Run a command, several copies of it or a task group as a Mesos framework, and follow it to its end.")
    {
        _context = context;
        Arguments.Add(_arguments);
        foreach (var option in new Option[]
        {
            _masters, _name, _command, _shell, _noShell, _instances, _resources, _image, _containerizer, _environment, _taskGroup, _killAfter,
            _timeout, _connectTimeout, _frameworkName, _frameworkId, _failoverTimeout, _role, _user, _principal, _secret, _capabilities, _contentType,
        })
        {
            Options.Add(option);
        }

        SetAction(RunAsync);
    }

    private enum Containerizer
    {
        Mesos,
        Docker,
    }

    public IEnumerable<string> Problems(ParseResult result)
    {
        var arguments = (result.GetValue(_arguments) ?? []).Length;
        var group = _taskGroup.IsGiven(result);
        var command = _command.IsGiven(result);
        var stray = Stray(result);
        var problems = new (bool Wrong, string Text)[]
        {
            (stray is not null, $"Unrecognized command or argument '{stray}'."),
            (group && (command || arguments > 0 || _name.IsGiven(result) || _image.IsGiven(result)),
                "--task-group describes the tasks: --name, --command, --image and ARGUMENT… do not go with it"),
            (!group && !_name.IsGiven(result), "--name is missing (or --task-group)"),
            (!group && !command && !_image.IsGiven(result) && arguments == 0,
                "nothing to run: give --command, or a program behind --, or an --image with an entry point"),
            (command && arguments > 0 && InShell(result), "arguments behind -- go with --shell=false, or without --command"),
            (_secret.IsGiven(result) && !_principal.IsGiven(result), "--secret needs --principal"),
        };
        return problems.Where(problem => problem.Wrong).Select(problem => problem.Text);
    }

    /// <summary>A mistyped option must not become the program to run: arguments count only behind <c>--</c>.</summary>
    private string? Stray(ParseResult result)
    {
        var arguments = result.GetValue(_arguments) ?? [];
        var behind = result.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Skip(1).Count();
        return arguments.SkipLast(behind).FirstOrDefault();
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        ImmutableArray<Workload> workloads;
        try
        {
            workloads = _taskGroup.In(result) is { } group
                ? TaskGroupText.Read(group, _instances.In(result), _killAfter.In(result))
                : Commands(result);
        }
        catch (FormatException e)
        {
            _context.Error.WriteLine($"mesos-bridge: --task-group: {e.Message}");
            return ExitCodes.Usage;
        }

        var plan = new ExecutionPlan(Framework(result), workloads, _timeout.In(result), _connectTimeout.In(result));
        using var client = new SchedulerClient(new SchedulerClientOptions(_masters.In(result), _contentType.In(result), Credential(result)));
        var reporter = new TextReporter(_context.Out);
        var runner = new ExecutionRunner(client, _context.Clock, reporter.Report);
        return ExitCodes.From(await runner.RunAsync(new Execution(plan, _context.Random), cancellationToken));
    }

    private bool InShell(ParseResult result) => _shell.In(result) && !_noShell.In(result);

    private NetworkCredential? Credential(ParseResult result) =>
        _secret.In(result) is { } secret ? new NetworkCredential(_principal.In(result), secret) : null;

    private FrameworkInfo Framework(ParseResult result)
    {
        var framework = new FrameworkInfo
        {
            Name = _frameworkName.In(result),
            User = _user.In(result) ?? System.Environment.UserName,
            Role = _role.In(result),
            FailoverTimeout = _failoverTimeout.In(result).TotalSeconds,
        };
        framework.Capabilities.AddRange(_capabilities.In(result).Select(type => new FrameworkInfo.Types.Capability { Type = type }));
        if (_principal.In(result) is { } principal)
        {
            framework.Principal = principal;
        }

        if (_frameworkId.In(result) is { } id)
        {
            framework.Id = new FrameworkID { Value = id };
        }

        return framework;
    }

    private ImmutableArray<Workload> Commands(ParseResult result)
    {
        var name = _name.In(result)!;
        var count = _instances.In(result);
        var template = new TaskInfo { Command = CommandOf(result), Container = ContainerOf(result) };
        template.Resources.AddRange(_resources.In(result).ToProtobuf());
        return
        [
            .. Enumerable.Range(1, count).Select(number =>
            {
                var task = template.Clone();
                task.Name = name;
                task.TaskId = new TaskID { Value = count == 1 ? name : $"{name}-{number}" };
                return new Workload([task], Executor: null, _killAfter.In(result));
            }),
        ];
    }

    /// <summary>With a shell, <c>value</c> is its script; without, <c>value</c> is the program and <c>arguments</c> its argv from 0 on.</summary>
    private CommandInfo CommandOf(ParseResult result)
    {
        var given = _command.In(result);
        var arguments = result.GetValue(_arguments) ?? [];
        var command = new CommandInfo { Shell = given is not null && InShell(result) };
        if (command.Shell)
        {
            command.Value = given;
        }
        else
        {
            string[] argv = given is null ? arguments : [given, .. arguments];
            command.Arguments.AddRange(argv);
            if (argv.Length > 0)
            {
                command.Value = argv[0];
            }
        }

        var environment = _environment.In(result);
        if (!environment.IsEmpty)
        {
            command.Environment = new Protocol.V1.Environment
            {
                Variables = { environment.Select(pair => new Protocol.V1.Environment.Types.Variable { Name = pair.Key, Value = pair.Value }) },
            };
        }

        return command;
    }

    private ContainerInfo? ContainerOf(ParseResult result) => (_image.In(result), _containerizer.In(result)) switch
    {
        (null, _) => null,
        ({ } image, Containerizer.Docker) => new() { Type = ContainerInfo.Types.Type.Docker, Docker = new() { Image = image } },
        ({ } image, _) => new()
        {
            Type = ContainerInfo.Types.Type.Mesos,
            Mesos = new() { Image = new() { Type = Image.Types.Type.Docker, Docker = new() { Name = image } } },
        },
    };

    private static Reading<ImmutableArray<FrameworkInfo.Types.Capability.Types.Type>> Capabilities(string text)
    {
        var known = FrameworkInfo.Types.Capability.Descriptor.EnumTypes[0];
        var found = ImmutableArray.CreateBuilder<FrameworkInfo.Types.Capability.Types.Type>();
        foreach (var name in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (known.FindValueByName(name) is not { Number: > 0 } value)
            {
                var names = string.Join(", ", known.Values.Where(each => each.Number > 0).Select(each => each.Name));
                return Reading<ImmutableArray<FrameworkInfo.Types.Capability.Types.Type>>.Bad($"'{name}' is none of {names}");
            }

            found.Add((FrameworkInfo.Types.Capability.Types.Type)value.Number);
        }

        return found.ToImmutable();
    }
}
