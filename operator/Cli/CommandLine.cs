using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>The commands of <c>mesos-bridge</c>, and how a command line becomes one of them.</summary>
internal sealed class CommandLine
{
    private readonly CommandContext _context;
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    public CommandLine(CommandContext context)
    {
        _context = context;
        var log = new LogSettings();
        Root = new RootCommand("A Mesos master whose cluster is Kubernetes.")
        {
            new ServeCommand(context, log),
            new DevCommand(context, log),
            new DemoCommand(context, log),
            new ExecuteCommand(context),
            new FetchCommand(context),
            new VersionCommand(context),
        };
        Root.Options.Add(log.Format);
        Root.Options.Add(log.Level);
    }

    public RootCommand Root { get; }

    /// <returns>The exit status, one of <see cref="ExitCodes"/>.</returns>
    public async Task<int> InvokeAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var (completed, taken) = EnvironmentArguments.Complete(arguments, Root.Parse(arguments, Parser), _context.Variable);
        var result = Root.Parse(completed, Parser);
        if (result.Action is not HelpAction && Problems(result, taken).ToList() is { Count: > 0 } problems)
        {
            return Refuse(result, problems);
        }

        var configuration = new InvocationConfiguration
        {
            Output = _context.Out,
            Error = _context.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // Program handles signals.
        };
        return await result.InvokeAsync(configuration, cancellationToken);
    }

    private static IEnumerable<string> Problems(ParseResult result, IReadOnlyList<Option> taken) =>
        result.Errors.Count == 0 && result.CommandResult.Command is ICheckedCommand command
            ? command.Problems(result)
            : result.Errors.Select(error => error.Message + Source(OptionOf(error.SymbolResult), taken));

    private static string Source(Option? option, IReadOnlyList<Option> taken) =>
        option is ISetting setting && taken.Contains(option) ? $" (from {setting.Variable})" : "";

    private int Refuse(ParseResult result, IEnumerable<string> problems)
    {
        foreach (var problem in problems)
        {
            _context.Error.WriteLine($"mesos-bridge: {problem}");
        }

        var command = result.CommandResult.Command;
        _context.Error.WriteLine($"Try 'mesos-bridge {(command is RootCommand ? "" : $"{command.Name} ")}--help'.");
        return ExitCodes.Usage;
    }

    private static Option? OptionOf(SymbolResult? result) => result switch
    {
        null => null,
        OptionResult option => option.Option,
        _ => OptionOf(result.Parent),
    };
}
