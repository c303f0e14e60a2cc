using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>A <c>CommandInfo</c> as a container's command and arguments.</summary>
/// <param name="Command">In place of the image's entry point; null keeps it.</param>
/// <param name="Args">In place of the image's command; null keeps it.</param>
/// <remarks>
/// Mesos: src/docker/docker.cpp (DOCKER), src/slave/containerizer/mesos/isolators/docker/runtime.cpp (MESOS):
/// without a shell a Docker task's value is the first argument of the image's entry point, a Mesos task's value replaces it.
/// </remarks>
internal readonly record struct ContainerCommand(IList<string>? Command, IList<string>? Args)
{
    private const string Shell = "/bin/sh";

    public static ContainerCommand Of(TaskInfo task, ContainerWishes wishes)
    {
        var plain = Of(task, wishes.EntryPoint);
        return wishes.Limits.Count == 0 ? plain : Limited(plain, wishes.Limits);
    }

    /// <remarks>Mesos: src/docker/docker.cpp, Docker::RunOptions::create, for the text about a missing value.</remarks>
    public static Refusal? Problem(TaskInfo task, ContainerWishes wishes) =>
        task.Command is { Shell: true, HasValue: false } ? Refusal.Invalid("Shell specified but no command value provided")
        : task.Command is { Shell: true } && wishes.EntryPoint is not null ? Refusal.Invalid("Docker parameter 'entrypoint' goes with a command without shell only")
        : wishes.Limits.Count > 0 && Of(task, wishes).Command is null
            ? Refusal.Invalid("Resource limits of processes are not supported for an image's own entry point: no shell can set them")
            : null;

    /// <summary>As the kubelet is to execute it in the container, e.g. for a check.</summary>
    public static IList<string> Executed(CommandInfo command) => command.Shell
        ? [Shell, "-c", command.Value]
        : [command.Value, .. command.Arguments.Skip(1)];

    /// <summary>Kept from the kubelet, which replaces <c>$(NAME)</c> and halves <c>$$</c>.</summary>
    /// <remarks>Kubernetes: third_party/forked/golang/expansion/expand.go.</remarks>
    public static string Literal(string text) =>
        text.Contains("$(", StringComparison.Ordinal) || text.Contains("$$", StringComparison.Ordinal)
            ? text.Replace("$", "$$", StringComparison.Ordinal)
            : text;

    private static ContainerCommand Of(TaskInfo task, string? entryPoint)
    {
        if (task.Command is not { } command)
        {
            return new(entryPoint is null ? null : [Literal(entryPoint)], null);
        }

        if (command.Shell)
        {
            return new([Shell, "-c", Literal(command.Value)], null);
        }

        var arguments = command.Arguments.Select(Literal).ToList();
        if (!command.HasValue)
        {
            return new(entryPoint is null ? null : [Literal(entryPoint)], NullIfEmpty(arguments));
        }

        return task.Container is { Type: ContainerInfo.Types.Type.Docker }
            ? new(entryPoint is null ? null : [Literal(entryPoint)], [Literal(command.Value), .. arguments])
            : new([Literal(command.Value), .. arguments.Skip(1)], null); // The first argument is argv[0].
    }

    /// <summary>A shell that sets the limits, and then becomes the command.</summary>
    private static ContainerCommand Limited(ContainerCommand plain, IEnumerable<ProcessLimit> limits) =>
        plain.Command is null
            ? plain
            : new([Shell, "-c", $"{string.Join(" && ", limits.Select(limit => limit.Commands))} && exec \"$@\"", "sh", .. plain.Command], plain.Args);

    private static List<string>? NullIfEmpty(List<string> list) => list.Count == 0 ? null : list;
}
