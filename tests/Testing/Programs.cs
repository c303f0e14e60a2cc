using System.Diagnostics;

namespace MesosK8sBridge.Testing;

/// <summary>Runs other programs.</summary>
public static class Programs
{
    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="TimeoutException">It did not end in time, and has been killed.</exception>
    public static Task<ProgramOutput> RunAsync(
        string path, IEnumerable<string> arguments, TimeSpan limit, params IEnumerable<(string Name, string Value)> environment) =>
        RunAsync(path, arguments, "", limit, environment);

    /// <inheritdoc cref="RunAsync(string, IEnumerable{string}, TimeSpan, IEnumerable{ValueTuple{string, string}})"/>
    /// <param name="input">What the program reads from its standard input.</param>
    public static async Task<ProgramOutput> RunAsync(
        string path, IEnumerable<string> arguments, string input, TimeSpan limit, params IEnumerable<(string Name, string Value)> environment)
    {
        using var process = Launch(path, arguments, environment);
        using var deadline = new CancellationTokenSource(limit);
        var (text, error) = (process.StandardOutput.ReadToEndAsync(deadline.Token), process.StandardError.ReadToEndAsync(deadline.Token));
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), deadline.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(deadline.Token);
            return new ProgramOutput(process.ExitCode, await text, await error);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{path} {string.Join(' ', arguments)} took longer than {limit}", e);
        }
    }

    /// <summary>Starts a program whose input is empty and whose output the caller reads.</summary>
    public static Process Start(string path, IEnumerable<string> arguments, params IEnumerable<(string Name, string Value)> environment)
    {
        var process = Launch(path, arguments, environment);
        process.StandardInput.Close();
        return process;
    }

    private static Process Launch(string path, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}

public sealed record ProgramOutput(int ExitCode, string Text, string Error)
{
    public string All => Text + Error;
}
