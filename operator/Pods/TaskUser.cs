using System.Globalization;
using System.Runtime.InteropServices;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>As whom a task runs.</summary>
/// <param name="Uid">Null: whoever the image says.</param>
/// <remarks>
/// Mesos looks a name up on the agent; an image knows nothing of the agent's users, nor a Pod of the image's. So names other than
/// root mean what the framework's <c>users</c> say. Docker tasks are whoever their image or the parameter <c>user</c> says, in Mesos
/// too (src/docker/docker.cpp runs them without <c>--user</c>).
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TaskUser(long? Uid, long? Gid)
{
    public static TaskUser Of(TaskInfo task, FrameworkInfo framework, ContainerWishes wishes, PodSettings settings, out Refusal? refusal)
    {
        refusal = null;
        if (Asked(task, wishes) is not { Length: > 0 } asked)
        {
            return task.Container is { Type: ContainerInfo.Types.Type.Docker } ? default : Mapped(framework.User, settings) ?? default;
        }

        if (!settings.Policy.AllowsUser(asked))
        {
            refusal = Refusal.Forbidden($"User '{asked}'");
            return default;
        }

        if ((Mapped(asked, settings) ?? ByNumber(asked) ?? (asked == "root" ? new TaskUser(0, null) : Mapped(PodPolicy.Any, settings))) is { } found)
        {
            return found;
        }

        refusal = Refusal.Invalid($"User '{asked}' is not known: the framework's 'users' give it no uid");
        return default;
    }

    private static string? Asked(TaskInfo task, ContainerWishes wishes) =>
        task.Container is { Type: ContainerInfo.Types.Type.Docker } ? wishes.User : task.Command?.User;

    private static TaskUser? Mapped(string? name, PodSettings settings) =>
        name is not null && settings.Users.TryGetValue(name, out var identity) ? new TaskUser(identity.Uid, identity.Gid) : null;

    /// <summary>As Docker writes it: <c>uid</c> or <c>uid:gid</c>.</summary>
    private static TaskUser? ByNumber(string text)
    {
        var parts = text.Split(':', 2);
        return long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var uid)
            && (parts.Length == 1 || long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _))
            ? new TaskUser(uid, parts.Length == 1 ? null : long.Parse(parts[1], CultureInfo.InvariantCulture))
            : null;
    }
}
