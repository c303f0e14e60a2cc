using System.Collections.Immutable;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Demo;

/// <summary>One task of the demo, and how it should end.</summary>
/// <param name="Story">What it shows, in a few words.</param>
/// <param name="Message">Of its last status, in Mesos' words.</param>
internal sealed record DemoTask(string Id, string Story, string Command, TimeSpan? KillAfter, TaskState End, string Message)
{
    public static ImmutableArray<DemoTask> All { get; } =
    [
        new("hello", "finishes", "echo hello from a Mesos task; sleep 2", null, TaskState.TaskFinished, "Command exited with status 0"),
        new("broken", "fails with exit code 3", "echo cannot go on >&2; sleep 1; exit 3", null, TaskState.TaskFailed, "Command exited with status 3"),
        new(
            "server",
            "runs until it is killed",
            "while true; do echo serving; sleep 1; done",
            TimeSpan.FromSeconds(5),
            TaskState.TaskKilled,
            "Command terminated with signal Terminated"),
    ];

    /// <summary>A line that <see cref="Command"/> of the first task writes.</summary>
    public const string Greeting = "hello from a Mesos task";

    public Workload Workload => new(
        [
            new TaskInfo
            {
                Name = Id,
                TaskId = new TaskID { Value = Id },
                Resources = { Resources.Parse("cpus:0.5;mem:64").ToProtobuf() },
                Command = new CommandInfo { Value = Command },
            },
        ],
        Executor: null,
        KillAfter);

    /// <returns>What is not as expected; empty if nothing is.</returns>
    public IEnumerable<string> Complaints(TaskResult? result, string? pod)
    {
        if (result is null || result.State != End)
        {
            yield return $"{Id}: {End.Word()} was expected, not {result?.State?.Word() ?? "nothing at all"}";
            yield break;
        }

        if (result.Statuses.All(seen => seen.Status.State != TaskState.TaskRunning))
        {
            yield return $"{Id}: {TaskState.TaskRunning.Word()} never came";
        }

        if (result.Statuses[^1].Status.Message != Message)
        {
            yield return $"{Id}: the message '{Message}' was expected, not '{result.Statuses[^1].Status.Message}'";
        }

        if (pod is null)
        {
            yield return $"{Id}: no Pod was seen";
        }
    }
}
