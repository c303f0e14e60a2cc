using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>What a Pod of ours was made from, as its annotations tell. All that a restarted bridge needs of a task is in it.</summary>
/// <param name="Executor">Of the task group; null for a command task.</param>
public sealed record PodTasks(FrameworkInfo Framework, AgentId Agent, ImmutableArray<TaskInfo> Tasks, ExecutorInfo? Executor)
{
    /// <summary>Of a group, whose containers' names are hashes: made once, by whoever comes first.</summary>
    private Dictionary<string, string>? _containers;

    public FrameworkId FrameworkId => new(Framework.Id.Value);

    public IEnumerable<TaskKey> Keys => Tasks.Select(KeyOf);

    public TaskKey KeyOf(TaskInfo task) => new(FrameworkId, new TaskId(task.TaskId.Value));

    public string ContainerOf(TaskInfo task) =>
        Executor is null ? PodNames.SingleContainer
        : (_containers ??= Containers()).TryGetValue(task.TaskId.Value, out var container) ? container
        : ContainerOf(task, isGroup: true);

    public static string ContainerOf(TaskInfo task, bool isGroup) =>
        isGroup ? PodNames.ContainerInGroup(new TaskId(task.TaskId.Value)) : PodNames.SingleContainer;

    public bool HasCapability(FrameworkInfo.Types.Capability.Types.Type capability) =>
        Framework.Capabilities.Any(c => c.Type == capability);

    /// <summary>
    /// Every task's end has been acknowledged, or never will be: the Pod is kept for its logs only. The finalizer alone says nothing: who
    /// takes it away by hand has not acknowledged anything.
    /// </summary>
    public static bool IsReleased(V1Pod pod) => !pod.HasFinalizer(TaskMarks.Finalizer) && pod.GetAnnotation(TaskMarks.Acknowledged) is not null;

    public static bool IsOurs(V1Pod pod) =>
        pod.GetLabel(TaskMarks.ManagedBy) == TaskMarks.Manager && pod.GetLabel(TaskMarks.FrameworkId) is not null;

    /// <returns>False if annotations are missing or are not what we write: the Pod is none of ours, or somebody changed it.</returns>
    public static bool TryRead(V1Pod pod, [NotNullWhen(true)] out PodTasks? tasks)
    {
        tasks = null;
        try
        {
            tasks = Read(pod);
        }
        catch (MesosJsonException)
        {
            return false;
        }

        return tasks is { Framework.Id.Value.Length: > 0, Agent.Value.Length: > 0, Tasks.Length: > 0 };
    }

    private Dictionary<string, string> Containers()
    {
        var containers = new Dictionary<string, string>(Tasks.Length, StringComparer.Ordinal);
        foreach (var task in Tasks)
        {
            containers[task.TaskId.Value] = ContainerOf(task, isGroup: true);
        }

        return containers;
    }

    private static T Parse<T>(string text)
        where T : class, IMessage<T>, new() =>
        MesosJson.Parse<T>(Encoding.UTF8.GetBytes(text));

    private static PodTasks? Read(V1Pod pod)
    {
        if (pod.GetAnnotation(TaskMarks.FrameworkInfo) is not { } framework || pod.GetLabel(TaskMarks.AgentId) is not { } agent)
        {
            return null;
        }

        var info = Parse<FrameworkInfo>(framework);
        if (pod.GetAnnotation(TaskMarks.TaskInfo) is { } task)
        {
            return new PodTasks(info, new AgentId(agent), [Parse<TaskInfo>(task)], Executor: null);
        }

        return pod.GetAnnotation(TaskMarks.TaskGroup) is { } group && pod.GetAnnotation(TaskMarks.ExecutorInfo) is { } executor
            ? new PodTasks(
                info, new AgentId(agent), [.. Parse<TaskGroupInfo>(group).Tasks], Parse<ExecutorInfo>(executor))
            : null;
    }
}
