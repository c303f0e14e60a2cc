using System.Diagnostics;
using System.Globalization;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;

/// <summary>
/// Containers that are only said to run, thousands of them in a process. The annotation
/// <c>mesosbridge.io/simulate: run=5s,exit=3</c> says for how long and how they end, for one container its variable
/// <c>MESOSBRIDGE_SIMULATE</c>; without either they run until stopped.
/// </summary>
internal sealed class SimulatedRuntime(TimeProvider clock) : IContainerRuntime
{
    public const string Annotation = "mesosbridge.io/simulate";

    public const string Variable = "MESOSBRIDGE_SIMULATE";

    private static readonly Action<int> Nothing = _ => { };
    private static readonly Func<ContainerExit, string?> Silence = _ => null;

    public string Name => "simulated://1.0";

    public bool StartsAtOnce => true;

    public bool IsProbed => false;

    public ValueTask<StartedContainer> StartAsync(
        V1Pod pod, V1Container container, int run, string address, CancellationToken cancellationToken)
    {
        var (lifetime, exit) = Timetable(pod.GetAnnotation(Annotation) ?? VariableOf(container) ?? "");
        var now = clock.GetUtcNow();
        return ValueTask.FromResult(new StartedContainer(
            $"simulated://{pod.Uid()}/{container.Name}/{run}", now, Nothing, null, Silence, now + lifetime, exit));
    }

    public ValueTask<bool?> ProbeAsync(V1Pod pod, V1Container container, ContainerProbe probe, string address, CancellationToken cancellationToken) =>
        throw new UnreachableException("nothing is there to be asked");

    public void Forget(V1Pod pod)
    {
        // Nothing is kept.
    }

    public IAsyncEnumerable<ReadOnlyMemory<byte>>? ReadLog(
        string podUid, string container, PodLogOptions options, CancellationToken cancellationToken) => null;

    private static string? VariableOf(V1Container container) => container.Env?.FirstOrDefault(variable => variable.Name == Variable)?.Value;

    /// <exception cref="ContainerRefusedException">It cannot be understood.</exception>
    internal static (TimeSpan? Lifetime, int Exit) Timetable(string text)
    {
        var words = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(w => w.Split('=', 2)).ToDictionary(w => w[0], w => w.ElementAtOrDefault(1) ?? "");
        TimeSpan? lifetime = words.Remove("run", out var run) && run != "forever" ? Duration(run, text) : null;
        var exit = words.Remove("exit", out var code) ? Number(code, text) : 0;
        return words.Count == 0 ? (lifetime ?? (code is null ? null : TimeSpan.Zero), (int)exit) : throw Unclear(text);
    }

    private static TimeSpan Duration(string value, string text) => value switch
    {
        [.. var ms, 'm', 's'] => TimeSpan.FromMilliseconds(Number(ms, text)),
        [.. var seconds, 's'] => TimeSpan.FromSeconds(Number(seconds, text)),
        [.. var minutes, 'm'] => TimeSpan.FromMinutes(Number(minutes, text)),
        _ => throw Unclear(text),
    };

    private static double Number(string value, string text) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number < 1e9
            ? number
            : throw Unclear(text);

    private static ContainerRefusedException Unclear(string text) =>
        new("CreateContainerError", $"annotation {Annotation} or variable {Variable}: '{text}' is not like 'run=5s,exit=3'");
}
