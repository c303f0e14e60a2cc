namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

/// <summary>Finds a program as runc does, with its words when there is none.</summary>
internal static class ProgramPath
{
    public const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <exception cref="ContainerStartException">There is none, or it may not be executed.</exception>
    public static string Find(ContainerCommand command)
    {
        var program = command.Arguments[0];
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return Checked(program, Path.Combine(command.Directory, program));
        }

        var path = command.Environment.GetValueOrDefault("PATH", DefaultPath);
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(command.Directory, directory, program))
            .FirstOrDefault(IsExecutable)
            ?? throw new ContainerStartException(InRunc($"exec: \"{program}\": executable file not found in $PATH"));
    }

    /// <summary>For what only the attempt to execute it shows, e.g. a script whose interpreter is missing.</summary>
    public static ContainerStartException Refused(string program, int error) => new(InRunc(error switch
    {
        Posix.ErrorNotFound or Posix.ErrorNotDirectory => $"exec {program}: no such file or directory",
        Posix.ErrorAccess => $"exec {program}: permission denied",
        _ => $"exec {program}: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(error)}",
    }));

    private static string Checked(string program, string file)
    {
        if (!File.Exists(file) && !Directory.Exists(file))
        {
            throw new ContainerStartException(InRunc($"exec: \"{program}\": stat {program}: no such file or directory"));
        }

        return IsExecutable(file)
            ? file
            : throw new ContainerStartException(InRunc($"exec: \"{program}\": permission denied"));
    }

    private static bool IsExecutable(string file) =>
        File.Exists(file) && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & AnyExecute) != UnixFileMode.None;

    private static string InRunc(string cause) =>
        "failed to create containerd task: OCI runtime create failed: unable to start container process: " + cause + ": unknown";
}
