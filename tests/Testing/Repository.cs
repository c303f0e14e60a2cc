namespace MesosK8sBridge.Testing;

/// <summary>Where things are that tests use.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Where <c>tests/cluster/kube-assets</c> keeps what it has built.</summary>
    public static string CachedAssets => Path.Combine(Cache, "kube-assets", "1.20.2");

    private static string Cache =>
        Environment.GetEnvironmentVariable("MKB_CACHE") is { Length: > 0 } cache ? cache
        : Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } home
                ? home
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "mesos-k8s-bridge");

    /// <summary>The executable that <c>make build</c> leaves.</summary>
    /// <exception cref="FileNotFoundException">It has not been built.</exception>
    public static string MesosBridge => File("bin/mesos-bridge") is var path && System.IO.File.Exists(path)
        ? path
        : throw new FileNotFoundException("bin/mesos-bridge is missing: run make build");

    public static string File(string path) => Path.Combine(Root, path);

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!System.IO.File.Exists(Path.Combine(folder, "MesosK8sBridge.sln")))
        {
            folder = Path.GetDirectoryName(folder.TrimEnd(Path.DirectorySeparatorChar))
                ?? throw new InvalidOperationException($"MesosK8sBridge.sln is not above {AppContext.BaseDirectory}");
        }

        return folder;
    }
}
