using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

/// <summary>
/// Sees to it that no container outlives this process, not even one that is killed with SIGKILL: a small shell waits for
/// the end of a pipe that only this process holds open, and then kills what is left. Should that shell be gone too, the
/// next start with the same directory does it. Processes are found twice: by the process group on record, and by a
/// variable in their environment, for a daemon leaves its group and a program may drop its environment.
/// </summary>
internal sealed class OrphanGuard : IDisposable
{
    /// <summary>Its value begins with <see cref="Owner"/>; every container has it.</summary>
    public const string Marker = "MESOSBRIDGE_CONTAINER";

    private const string WatchScript = """
        while read -r _; do :; done
        for try in 1 2 3 4 5; do
            for record in "$1"/*; do
                [ -e "$record" ] && kill -9 -- "-${record##*/}" 2>/dev/null
            done
            found=$(grep -lsz "^$2" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3)
            [ -z "$found" ] && break
            kill -9 $found 2>/dev/null
        done
        rm -f "$1"/*
        """;

    private readonly string _records;
    private readonly FileStream _lock;
    private readonly int _alive;
    private readonly int _watcher;

    /// <exception cref="IOException">Another process uses the directory.</exception>
    public OrphanGuard(string directory)
    {
        _records = Path.Combine(directory, "run");
        Directory.CreateDirectory(_records);
        _lock = Lock(directory);
        Owner = OwnerOf(directory);
        KillLeftovers();
        (_watcher, _alive) = StartWatcher(_records, $"{Marker}={Owner}.");
    }

    /// <summary>The same for every start with the same directory.</summary>
    public string Owner { get; }

    public string MarkerFor(string containerId) => $"{Owner}.{containerId}";

    /// <summary>Without the record the marker must do, e.g. on a full disk.</summary>
    public void Remember(int group) => Try(() => File.WriteAllText(RecordOf(group), ProcessTable.StartTime(group) ?? ""));

    public void Forget(int group) => Try(() => File.Delete(RecordOf(group)));

    /// <summary>Kills what containers have left behind outside their process group.</summary>
    /// <returns>How many processes that were.</returns>
    public static int KillMarked(Func<string, bool> isEnded)
    {
        var killed = 0;
        foreach (var pid in ProcessTable.Pids())
        {
            if (ProcessTable.Variable(pid, Marker) is { } marker && isEnded(marker))
            {
                Posix.Kill(pid, Posix.SignalKill);
                killed++;
            }
        }

        return killed;
    }

    public void Dispose()
    {
        Posix.Close(_alive);
        Posix.Reap(_watcher);
        _lock.Dispose();
    }

    private static FileStream Lock(string directory)
    {
        var path = Path.Combine(directory, "lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException($"The directory '{directory}' is in use by another embedded cluster.", e);
        }
    }

    private static string OwnerOf(string directory) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(directory))).AsSpan(0, 8));

    private static (int Pid, int Alive) StartWatcher(string records, string marker)
    {
        var alive = Posix.Pipe();
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        var sink = (int)nothing.DangerousGetHandle();
        var failure = Posix.Spawn(
            "/bin/sh",
            ["sh", "-c", WatchScript, "mesos-bridge-orphan-guard", records, marker],
            [$"PATH={ProgramPath.DefaultPath}"],
            "/",
            (alive.Read, sink, sink),
            out var pid);
        Posix.Close(alive.Read);
        return failure == 0 ? (pid, alive.Write) : throw ProgramPath.Refused("/bin/sh", failure);
    }

    /// <summary>
    /// A record whose process has the start time written down is still the group it was. One whose first process is gone
    /// may still have members: a number stays taken while a group has it. Any other is somebody else's by now.
    /// </summary>
    private void KillLeftovers()
    {
        foreach (var record in Directory.EnumerateFiles(_records))
        {
            if (int.TryParse(Path.GetFileName(record), CultureInfo.InvariantCulture, out var group)
                && (ProcessTable.StartTime(group) ?? "") is var start
                && (start.Length == 0 ? ProcessTable.HasMarkedMember(group, Owner) : start == File.ReadAllText(record)))
            {
                Posix.KillGroup(group, Posix.SignalKill);
            }

            File.Delete(record);
        }

        KillMarked(marker => marker.StartsWith(Owner + ".", StringComparison.Ordinal));
    }

    private static bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private string RecordOf(int group) => Path.Combine(_records, group.ToString(CultureInfo.InvariantCulture));
}
