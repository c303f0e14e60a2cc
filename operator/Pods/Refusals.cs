using System.Globalization;
using MesosK8sBridge.Protocol.V1;
using DockerNetwork = MesosK8sBridge.Protocol.V1.ContainerInfo.Types.DockerInfo.Types.Network;
using EnvironmentVariable = MesosK8sBridge.Protocol.V1.Environment.Types.Variable;
using Volume = MesosK8sBridge.Protocol.V1.Volume;
using VolumeSource = MesosK8sBridge.Protocol.V1.Volume.Types.Source.Types.Type;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>
/// What a task may ask of Mesos and cannot have as a Pod, each by its name: better a clear refusal than a task that runs
/// without something its author relies on.
/// </summary>
internal static class Refusals
{
    /// <returns>The first reason, or null if the task can be a Pod.</returns>
    public static string? Of(IReadOnlyList<TaskInfo> tasks, ExecutorInfo? executor, PodSettings settings) =>
        OfExecutor(tasks, executor) ?? tasks.Select(task => OfTask(task, isGroup: executor is not null, settings)).FirstOrDefault(text => text is not null);

    private static string? OfExecutor(IReadOnlyList<TaskInfo> tasks, ExecutorInfo? executor)
    {
        if (tasks.Any(task => task.Executor is not null && executor is null))
        {
            return "Custom executors are not supported yet";
        }

        return executor switch
        {
            null => null,
            { Type: ExecutorInfo.Types.Type.Custom } => "Task groups with a custom executor are not supported yet",
            { Container: { } container } when container.NetworkInfos.Count == 0 && container.Volumes.Count > 0 =>
                "Volumes of the default executor are not supported yet",
            _ => null,
        };
    }

    private static string? OfTask(TaskInfo task, bool isGroup, PodSettings settings) =>
        OfChecks(task)
        ?? (isGroup && task.MaxCompletionTime is not null ? "'max_completion_time' of a task in a group is not supported yet" : null)
        ?? OfCommand(task)
        ?? (task.Container is { } container ? OfContainer(container, settings) : null)
        ?? OfImage(task, settings);

    private static string? OfChecks(TaskInfo task) =>
        task.HealthCheck is not null ? "Health checks are not supported yet"
        : task.Check is not null ? "Checks are not supported yet"
        : null;

    /// <remarks>Mesos: src/docker/docker.cpp, Docker::RunOptions::create, for the text about a missing value.</remarks>
    private static string? OfCommand(TaskInfo task)
    {
        if (task.Command is not { } command)
        {
            return null;
        }

        if (command.Uris.Count > 0)
        {
            return $"Fetching URIs is not supported yet: '{command.Uris[0].Value}'";
        }

        if (command.Environment?.Variables.FirstOrDefault(v => v.Type == EnvironmentVariable.Types.Type.Secret) is { } secret)
        {
            return $"Environment variable '{secret.Name}' of type SECRET is not supported yet";
        }

        return command.Shell && !command.HasValue ? "Shell specified but no command value provided" : null;
    }

    private static string? OfContainer(ContainerInfo container, PodSettings settings) =>
        container.LinuxInfo is not null ? "'linux_info' is not supported yet"
        : container.RlimitInfo is not null ? "'rlimit_info' is not supported yet"
        : container.TtyInfo is not null ? "'tty_info' is not supported yet"
        : OfDocker(container.Docker, settings.Policy)
        ?? container.Volumes.Select(volume => OfVolume(volume, settings.Policy)).FirstOrDefault(text => text is not null);

    private static string? OfDocker(ContainerInfo.Types.DockerInfo? docker, PodPolicy policy)
    {
        if (docker is null)
        {
            return null;
        }

        if (docker.Parameters.Count > 0)
        {
            return $"Docker parameter '{docker.Parameters[0].Key}' is not supported yet";
        }

        if (docker.Network == DockerNetwork.None)
        {
            return "Docker network NONE is not supported: a Pod always has a network";
        }

        return docker.Privileged && !policy.Privileged ? "Privileged containers are not allowed by the framework's podPolicy" : null;
    }

    private static string? OfVolume(Volume volume, PodPolicy policy) => volume switch
    {
        { Image: not null } => "Volumes from images are not supported yet",
        { Source.Type: VolumeSource.SandboxPath, Source.SandboxPath.Type: Volume.Types.Source.Types.SandboxPath.Types.Type.Parent } =>
            "Volumes of type SANDBOX_PATH with PARENT are not supported yet",
        { Source: { } source } when source.Type is not (VolumeSource.HostPath or VolumeSource.SandboxPath) =>
            $"Volumes of type {MesosName(source.Type)} are not supported yet",
        _ when PodVolumes.PathOf(volume) is not { Length: > 0 } path => $"Volume '{volume.ContainerPath}' has no host path",
        _ when PodVolumes.PathOf(volume)!.Split('/').Contains("..") || volume.ContainerPath.Split('/').Contains("..") =>
            $"Volume '{volume.ContainerPath}' has '..' in a path",
        _ when PodVolumes.PathOf(volume)![0] == '/' && !policy.AllowsHostPath(PodVolumes.PathOf(volume)!) =>
            $"Host path '{PodVolumes.PathOf(volume)}' is not allowed by the framework's podPolicy",
        _ => null,
    };

    private static string? OfImage(TaskInfo task, PodSettings settings) =>
        task.Container?.Mesos?.Image is { Type: Image.Types.Type.Appc } ? "Appc images are not supported"
        : ContainerImage.Of(task, settings) is null ? "The task names no image, and its framework has no default image"
        : null;

    private static string MesosName<T>(T value)
        where T : struct, Enum =>
        string.Concat(value.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? "_" + c : char.ToUpper(c, CultureInfo.InvariantCulture).ToString()));
}
