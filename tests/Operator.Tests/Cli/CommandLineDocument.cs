using System.CommandLine;
using System.Text;
using MesosK8sBridge.Operator.Cli;

namespace MesosK8sBridge.Operator.Tests.Cli;

/// <summary>docs/cli.md, written from the command line itself.</summary>
internal static class CommandLineDocument
{
    private const string Opening = """
        # Command line

        <!-- Written by the Operator tests from the program's own help: change the options, then run them with UPDATE_DOCS=1. -->

        Every option can also be given by an environment variable, named in the tables; an option wins over its variable, and an
        empty variable counts as not set. Both are read and checked by the same rules before anything is started. Durations are
        written like `500ms`, `15s`, `1h30m`, or as Mesos' tools do, `10secs`, `2mins`. An option that is `true|false` may be named
        alone, which means `true`.

        | exit status | meaning |
        |---|---|
        | 0 | as asked for: the tasks finished or were killed by `--kill-after`; a bridge was stopped in order |
        | 1 | `execute`: a task ended in another way; `demo`: something was not as expected |
        | 2 | the command line or a variable is wrong; nothing was started |
        | 3 | the other side cannot be reached or refuses: the master, the Kubernetes API, an address to listen on |
        | 124 | `execute`: `--timeout` was reached |
        | 130 | `execute`, `demo`: interrupted; the framework was torn down |

        `SIGINT` and `SIGTERM` end every command in order, a second one at once. Logs go to standard error, results to standard output.

        """;

    public static string Write(RootCommand root)
    {
        var text = new StringBuilder(Opening);
        text.Append("\n## Of all commands\n\n").Append(Table(root.Options));
        foreach (var command in root.Subcommands.Where(command => !command.Hidden))
        {
            text.Append($"\n## {command.Name}\n\n{command.Description}\n\n");
            foreach (var argument in command.Arguments)
            {
                text.Append($"`{argument.Name}…`: {argument.Description}\n\n");
            }

            text.Append(Table(command.Options));
        }

        return text.ToString();
    }

    private static string Table(IEnumerable<Option> options)
    {
        var rows = options.OfType<ISetting>().Select(setting =>
        {
            var option = (Option)setting;
            var names = string.Join(", ", option.Aliases.Append(option.Name).Select(name => $"`{name}`"));
            var fallback = setting.DefaultText is null ? "" : $"`{setting.DefaultText}`";
            return $"| {names} `{option.HelpName!.Replace("|", "\\|", StringComparison.Ordinal)}` | {setting.Summary} | {fallback} | `{setting.Variable}` |\n";
        });
        return $"| option | what it does | default | variable |\n|---|---|---|---|\n{string.Concat(rows)}";
    }
}
