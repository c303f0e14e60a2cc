using System.CommandLine;
using System.CommandLine.Parsing;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>
/// Completes a command line from the environment: what is not given as an option is taken from the option's variable, by the
/// same parser and with the same checks.
/// </summary>
internal static class EnvironmentArguments
{
    /// <param name="variable">The value of an environment variable, or null. An empty one counts as unset.</param>
    /// <returns>The arguments with those of the environment, and the options that came from it.</returns>
    public static (string[] Arguments, IReadOnlyList<Option> Taken) Complete(
        string[] arguments, ParseResult first, Func<string, string?> variable)
    {
        var added = new List<string>();
        var taken = new List<Option>();
        foreach (var option in OptionsOf(first.CommandResult).Where(option => first.GetResult(option) is null or { Implicit: true }))
        {
            if (option is ISetting setting && variable(setting.Variable) is { Length: > 0 } value)
            {
                added.Add($"{option.Name}={value}");
                taken.Add(option);
            }
        }

        return (InsertAfterCommand(arguments, first.CommandResult, added), taken);
    }

    private static IEnumerable<Option> OptionsOf(CommandResult result)
    {
        var own = result.Command.Options;
        return result.Parent is CommandResult parent ? own.Concat(OptionsOf(parent).Where(option => option.Recursive)) : own;
    }

    /// <summary>Right behind the command's name, so that nothing lands behind a <c>--</c>.</summary>
    private static string[] InsertAfterCommand(string[] arguments, CommandResult command, List<string> added)
    {
        // No global option takes a command's name as its value, so the first occurrence is the command.
        var at = command.Parent is null ? 0 : Array.IndexOf(arguments, command.IdentifierToken.Value) + 1;
        return [.. arguments[..at], .. added, .. arguments[at..]];
    }
}
