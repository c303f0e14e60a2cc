namespace MesosK8sBridge.Kubernetes.Tests.Nodes;

/// <summary>What this process, which all tests share, has open.</summary>
internal static class OpenFile
{
    public static IEnumerable<string> Targets() => Directory.GetFiles("/proc/self/fd").Select(TargetOf);

    private static string TargetOf(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return ""; // Closed meanwhile.
        }
    }
}
