namespace MesosK8sBridge.Fuzz;

/// <summary>Names a failure so that the same one is known again.</summary>
internal static class Signature
{
    /// <returns>The type, and the innermost line of ours.</returns>
    public static string Of(Exception e)
    {
        var frame = e.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("MesosK8sBridge", StringComparison.Ordinal));
        return $"{e.GetType().Name}: {(e is InvalidOperationException ? e.Message : "")}{frame?.Trim()}";
    }
}
