namespace MesosK8sBridge.Kubernetes.Tests.Nodes;

/// <summary>A process that is no child of the test's.</summary>
internal static class OtherProcess
{
    /// <summary>An orphan's body waits for init, which is slow to fetch it in some sandboxes: it does not run.</summary>
    public static bool Runs(string pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // No such process, or no more while it was asked for.
        }
    }
}
