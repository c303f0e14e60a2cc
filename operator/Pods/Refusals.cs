using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master;
using SandboxKind = MesosK8sBridge.Protocol.V1.Volume.Types.Source.Types.SandboxPath.Types.Type;
using Volume = MesosK8sBridge.Protocol.V1.Volume;
using VolumeSource = MesosK8sBridge.Protocol.V1.Volume.Types.Source.Types.Type;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>
/// What a task may ask of Mesos and cannot have as a Pod, each by its name: better a clear refusal than a task that runs
/// without something its author relies on.
/// </summary>
internal static class Refusals
{
    /// <returns>The first reason, or null if the launch can be a Pod.</returns>
    public static Refusal? Of(MasterEffect.Launch launch, IReadOnlyList<TaskDraft> drafts, PodSettings settings) =>
        OfExecutor(launch)
        ?? drafts.Select(draft => OfTask(draft, settings)).FirstOrDefault(refusal => refusal is not null)
        ?? OfGroup(drafts);

    private static Refusal? OfExecutor(MasterEffect.Launch launch)
    {
        if (launch.Executor is null)
        {
            return launch.Tasks.Any(task => task.Executor is not null) ? Refusal.Invalid("Custom executors are not supported yet") : null;
        }

        return launch.Executor switch
        {
            { Type: ExecutorInfo.Types.Type.Custom } => Refusal.Invalid("Task groups with a custom executor are not supported yet"),
            { Command.Uris: [var uri, ..] } => Refusal.Invalid($"URI '{UriFetch.Shown(uri.Value)}' of the default executor is not supported"),
            { Container: { } container } when container.Volumes.FirstOrDefault(volume => !IsForExecutorOnly(volume)) is { } volume =>
                Refusal.Invalid($"Volume '{volume.ContainerPath}' of the default executor is not supported"),
            { Container.LinuxInfo: { } linux } when HasMoreThanShares(linux) => Refusal.Invalid("'linux_info' of the default executor is not supported"),
            _ => null,
        };
    }

    private static Refusal? OfTask(TaskDraft draft, PodSettings settings) =>
        ContainerCommand.Problem(draft.Task, draft.Wishes)
        ?? ContainerImage.Problem(draft.Task, settings)
        ?? draft.UserProblem
        ?? draft.Wishes.Problem
        ?? TaskSecrets.Problem(draft.Task, settings.Policy)
        ?? TaskResources.Problem(draft.Task, settings)
        ?? PodPorts.Problem(draft.Task, draft.Executor, draft.Wishes, settings)
        ?? PodVolumes.Problem(draft, settings)
        ?? UriFetch.Problem(draft.Task, settings)
        ?? TaskProbe.Problem(draft.Task);

    /// <summary>What a Pod has for all its containers alike.</summary>
    private static Refusal? OfGroup(IReadOnlyList<TaskDraft> drafts) =>
        drafts.Count < 2 ? null
        : drafts.Select(draft => draft.Wishes.SharesPid).Distinct().Count() > 1
            ? Refusal.Invalid("'share_pid_namespace' of some tasks of a group only is not supported: a Pod shares it among all or none")
        : drafts.Select(draft => draft.Wishes.Hostname).Distinct().Count() > 1
            ? Refusal.Invalid("Different hostnames in a group are not supported: a Pod has one")
        : null;

    /// <summary>
    /// A directory of its sandbox, which the tasks' volumes of type PARENT make, and a secret, which its tasks have to name themselves:
    /// frameworks that build one description for both put them on both. So with limits of its processes, which tasks do not inherit.
    /// </summary>
    private static bool IsForExecutorOnly(Volume volume) => volume.Source switch
    {
        { Type: VolumeSource.SandboxPath, SandboxPath: { } sandbox } => sandbox.Type == SandboxKind.Self,
        { Type: VolumeSource.Secret } => true,
        _ => false,
    };

    /// <summary>A container of a Pod is in its Pod's IPC namespace, as a task of Mesos in its executor's.</summary>
    private static bool HasMoreThanShares(LinuxInfo linux)
    {
        var rest = linux.Clone();
        rest.ClearShareCgroups();
        rest.ClearIpcMode();
        rest.ClearSharePidNamespace();
        return rest.CalculateSize() > 0 || linux.SharePidNamespace || linux.IpcMode == LinuxInfo.Types.IpcMode.ShareParent;
    }
}
