using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>Which image a task runs from, and when it is pulled.</summary>
internal static class ContainerImage
{
    /// <returns>Null if neither the task nor its framework names one.</returns>
    public static string? Of(TaskInfo task, PodSettings settings) => Named(task) ?? settings.DefaultImage;

    public static Refusal? Problem(TaskInfo task, PodSettings settings) =>
        task.Container?.Mesos?.Image is { Type: Image.Types.Type.Appc } ? Refusal.Invalid("Appc images are not supported")
        : Named(task) is { } image
            ? settings.Policy.AllowsImage(image) ? null : Refusal.Forbidden($"Image '{image}'")
        : settings.DefaultImage is null ? Refusal.Invalid("The task names no image, and its framework has no default image")
        : null;

    /// <summary>As in Mesos, an image that the machine has is not asked for again, whatever its tag, unless the task says so.</summary>
    public static string PullPolicy(TaskInfo task) => task.Container switch
    {
        { Docker.ForcePullImage: true } or { Mesos.Image: { Cached: false } } => "Always",
        _ => "IfNotPresent",
    };

    private static string? Named(TaskInfo task) => task.Container switch
    {
        { Docker: { Image.Length: > 0 } docker } => docker.Image,
        { Mesos.Image: { Type: Image.Types.Type.Docker, Docker.Name: { Length: > 0 } name } } => name,
        _ => null,
    };
}
