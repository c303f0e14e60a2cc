using System.Collections.Immutable;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>A task group as <c>mesos-execute</c> reads it: a TaskGroupInfo in Mesos' JSON, without agent ids.</summary>
internal static class TaskGroupText
{
    /// <summary>What the default executor itself needs, as mesos-execute gives it. Mesos: src/cli/execute.cpp.</summary>
    private const string ExecutorResources = "cpus:0.1;mem:32;disk:32";

    /// <param name="text">JSON, or the path of a file with it, bare or as <c>file://</c>.</param>
    /// <exception cref="FormatException">It cannot be read; the message says why.</exception>
    public static ImmutableArray<Workload> Read(string text, int instances, TimeSpan? killAfter)
    {
        throw new FormatException("not supported yet");
    }
}
