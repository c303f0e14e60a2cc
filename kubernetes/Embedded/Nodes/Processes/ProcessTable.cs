using System.Globalization;
using System.Text;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

/// <summary>Reads <c>/proc</c>. A process may be gone at any moment, so every answer may be null.</summary>
internal static class ProcessTable
{
    private const int GroupField = 2;
    private const int StartTimeField = 19;

    private static readonly string BootId = ReadOrNull("/proc/sys/kernel/random/boot_id")?.Trim() ?? "";

    public static IEnumerable<int> Pids() =>
        Directory.EnumerateDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0);

    /// <summary>Tells a process from a later one with the same number, also across a reboot.</summary>
    public static string? StartTime(int pid) => StatField(pid, StartTimeField) is { } ticks ? $"{BootId} {ticks}" : null;

    /// <summary>A variable of the environment the process was started with; null also if that may not be read.</summary>
    public static string? Variable(int pid, string name) =>
        ReadOrNull($"/proc/{pid}/environ")?.Split('\0')
            .FirstOrDefault(v => v.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

    public static bool HasMarkedMember(int group, string owner) =>
        Pids().Any(pid => StatField(pid, GroupField) == group.ToString(CultureInfo.InvariantCulture)
            && Variable(pid, OrphanGuard.Marker)?.StartsWith(owner + ".", StringComparison.Ordinal) == true);

    /// <summary>Counted from the state, the first field after the program's name, which may itself hold blanks.</summary>
    private static string? StatField(int pid, int index)
    {
        var stat = ReadOrNull($"/proc/{pid}/stat");
        var fields = stat?[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields?.ElementAtOrDefault(index);
    }

    private static string? ReadOrNull(string path)
    {
        try
        {
            return File.ReadAllText(path, Encoding.Latin1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
