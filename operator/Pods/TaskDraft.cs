using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>One task of a launch, with what is read out of it once and used in several places.</summary>
/// <param name="Container">The name of its container.</param>
/// <param name="UserProblem">Why <paramref name="User"/> is nobody.</param>
internal sealed record TaskDraft(TaskInfo Task, ExecutorInfo? Executor, string Container, ContainerWishes Wishes, TaskUser User, Refusal? UserProblem)
{
    public bool IsGroup => Executor is not null;

    public bool IsDocker => Task.Container is { Type: ContainerInfo.Types.Type.Docker };

    public bool IsHostNetwork => PodPorts.IsHostNetwork(Task, Executor);

    public static TaskDraft Of(TaskInfo task, MasterEffect.Launch launch, PodSettings settings)
    {
        var isGroup = launch.Executor is not null;
        var wishes = ContainerWishes.Of(task, isGroup, settings.Policy);
        var user = TaskUser.Of(task, launch.Framework, wishes, settings, out var problem);
        return new TaskDraft(task, launch.Executor, PodTasks.ContainerOf(task, isGroup), wishes, user, problem);
    }
}
