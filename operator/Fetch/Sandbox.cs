namespace MesosK8sBridge.Operator.Fetch;

/// <summary>A directory that nothing is written out of, whatever names an archive or a URI has.</summary>
/// <param name="root">Absolute; exists.</param>
internal sealed class Sandbox(string root)
{
    public const UnixFileMode Ordinary = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public const UnixFileMode Executable = Ordinary | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>Where a file of that name is, with the directories above it made.</summary>
    /// <exception cref="FetchException">It would be outside, or behind a link.</exception>
    public string PlaceFor(string name)
    {
        var path = Within(name);
        if (path == _root)
        {
            throw new FetchException($"'{name}' is no name for a file");
        }

        var above = Path.GetDirectoryName(path)!;
        RefuseLinks(above, name);
        Directory.CreateDirectory(above);
        return path;
    }

    public void MakeDirectory(string name)
    {
        var path = Within(name);
        RefuseLinks(path, name);
        Directory.CreateDirectory(path);
    }

    /// <summary>Of an existing file that another name is given to.</summary>
    public string Existing(string name)
    {
        var path = Within(name);
        RefuseLinks(path, name);
        return File.Exists(path) ? path : throw new FetchException($"'{name}' is linked to, and is not there");
    }

    /// <summary>A new file in place of whatever had that name: never through it.</summary>
    public FileStream Create(string name)
    {
        var path = PlaceFor(name);
        RemoveFile(path, name);
        return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16, useAsync: false);
    }

    public void Link(string name, string target)
    {
        var path = PlaceFor(name);
        RemoveFile(path, name);
        File.CreateSymbolicLink(path, target);
    }

    public static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    private string Within(string name)
    {
        if (name.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(name))
        {
            throw new FetchException($"'{name}' leaves the sandbox");
        }

        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(_root, name)));
        return path == _root || path.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw new FetchException($"'{name}' leaves the sandbox");
    }

    private void RefuseLinks(string path, string name)
    {
        for (var at = path; at.Length > _root.Length; at = Path.GetDirectoryName(at)!)
        {
            if (new FileInfo(at).LinkTarget is not null)
            {
                throw new FetchException($"'{name}' is behind a link");
            }
        }
    }

    private static void RemoveFile(string path, string name)
    {
        if (Directory.Exists(path) && new FileInfo(path).LinkTarget is null)
        {
            throw new FetchException($"'{name}' is a directory already");
        }

        File.Delete(path);
    }
}
