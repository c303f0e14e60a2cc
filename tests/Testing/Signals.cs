using System.Globalization;

namespace MesosK8sBridge.Testing;

/// <summary>Signals to processes that a test has started.</summary>
public static class Signals
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <param name="signal">E.g. <c>TERM</c>.</param>
    public static Task SendAsync(string signal, int process) =>
        Programs.RunAsync("kill", ["-s", signal, process.ToString(CultureInfo.InvariantCulture)], Limit);
}
