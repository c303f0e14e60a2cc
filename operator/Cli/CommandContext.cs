namespace MesosK8sBridge.Operator.Cli;

/// <summary>What a command has of the world around it.</summary>
/// <param name="IsTerminal">Someone may be looking at <paramref name="Out"/>: colours and a live display are welcome.</param>
/// <param name="Variable">The value of an environment variable, or null.</param>
/// <param name="Random">Where ids and jitter come from.</param>
internal sealed record CommandContext(
    TextWriter Out, TextWriter Error, bool IsTerminal, Func<string, string?> Variable, TimeProvider Clock, Random Random)
{
    public static CommandContext OfProcess() =>
        new(Console.Out, Console.Error, !Console.IsOutputRedirected, Environment.GetEnvironmentVariable, TimeProvider.System, new Random());
}
