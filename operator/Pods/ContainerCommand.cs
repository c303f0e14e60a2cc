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
    public static ContainerCommand Of(TaskInfo task)
    {
        if (task.Command is not { } command)
        {
            return new(null, null);
        }

        if (command.Shell)
        {
            return new(["/bin/sh", "-c", Literal(command.Value)], null);
        }

        var arguments = command.Arguments.Select(Literal).ToList();
        if (!command.HasValue)
        {
            return new(null, NullIfEmpty(arguments));
        }

        return task.Container is { Type: ContainerInfo.Types.Type.Docker }
            ? new(null, [Literal(command.Value), .. arguments])
            : new([Literal(command.Value), .. arguments.Skip(1)], null); // The first argument is argv[0].
    }

    /// <summary>Kept from the kubelet, which replaces <c>$(NAME)</c> and halves <c>$$</c>.</summary>
    /// <remarks>Kubernetes: third_party/forked/golang/expansion/expand.go.</remarks>
    public static string Literal(string text) =>
        text.Contains("$(", StringComparison.Ordinal) || text.Contains("$$", StringComparison.Ordinal)
            ? text.Replace("$", "$$", StringComparison.Ordinal)
            : text;

    private static List<string>? NullIfEmpty(List<string> list) => list.Count == 0 ? null : list;
}
