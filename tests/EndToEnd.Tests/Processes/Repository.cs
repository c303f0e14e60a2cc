namespace MesosK8sBridge.EndToEnd.Tests.Processes;

/// <summary>Where the checkout under test lies.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The executable that <c>make build</c> leaves.</summary>
    public static string MesosBridge => Path.Combine(Root, "bin", "mesos-bridge");

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "MesosK8sBridge.sln"))
            ? folder
            : Find(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The tests run outside of the checkout."));
}
