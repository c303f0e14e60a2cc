using System.Diagnostics;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.EndToEnd.Tests.Demo;

/// <summary><c>bin/mesos-bridge</c> with any command, as its users start it.</summary>
internal sealed class BridgeCommand : ChildProcess
{
    private BridgeCommand(string[] arguments)
        : base(Repository.MesosBridge, arguments)
    {
    }

    public static BridgeCommand Start(params string[] arguments) => new(arguments);

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Transcript)> RunAsync(TimeSpan deadline, params string[] arguments)
    {
        await using var command = Start(arguments);
        var exitCode = await command.WaitForExitAsync(deadline);
        return (exitCode, command.Transcript);
    }

    /// <summary>What <c>docker stop</c> and the kubelet send.</summary>
    public async Task TerminateAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var kill = Process.Start(new ProcessStartInfo("kill", ["-TERM", $"{Pid}"]) { RedirectStandardError = true });
        await kill!.WaitForExitAsync(deadline.Token);
    }
}
