using System.Runtime.InteropServices;
using System.Text;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

/// <summary>The calls of the C library that .NET does not offer: sessions of their own, pidfds, epoll. Linux 5.3 and newer.</summary>
internal static class Posix
{
    public const int SignalKill = 9;
    public const int SignalTerminate = 15;

    public const int ErrorNotFound = 2;
    public const int ErrorAccess = 13;
    public const int ErrorNotDirectory = 20;

    private const int ErrorInterrupted = 4;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int SetStatusFlags = 4;
    private const int EpollAdd = 1;
    private const int EpollReadable = 1;
    private const int PidFdOpenCall = 434;

    /// <summary>The kernel packs <c>struct epoll_event</c> on x86-64 and nowhere else.</summary>
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int EventDataOffset = EventSize - 8;

    /// <summary>Both ends close on exec; only the reading end is non-blocking, since programs expect blocking output.</summary>
    public static (int Read, int Write) Pipe()
    {
        var ends = new int[2];
        Check(pipe2(ends, CloseOnExec), "pipe2");
        return (ends[0], ends[1]);
    }

    public static void MakeNonBlocking(int fd) => Check(fcntl(fd, SetStatusFlags, NonBlocking), "fcntl");

    /// <returns>Bytes read; 0 at the end; -1 if nothing is there now.</returns>
    public static int Read(int fd, byte[] buffer)
    {
        nint count;
        do
        {
            count = read(fd, buffer, buffer.Length);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == ErrorInterrupted);
        return (int)count;
    }

    public static void Close(int fd) => _ = close(fd);

    /// <summary>Signals a whole process group. That nobody is left in it is not an error.</summary>
    public static void KillGroup(int group, int signal) => _ = kill(-group, signal);

    public static void Kill(int pid, int signal) => _ = kill(pid, signal);

    /// <returns>The raw wait status, or null if somebody else has reaped the child.</returns>
    public static int? Reap(int pid)
    {
        int result;
        int status;
        do
        {
            result = waitpid(pid, out status, 0);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == ErrorInterrupted);
        return result == pid ? status : null;
    }

    /// <summary>A file that becomes readable when the child has ended, whether or not it was reaped.</summary>
    public static int OpenPidFd(int pid) => Check((int)syscall(PidFdOpenCall, pid, 0), "pidfd_open");

    public static int CreateEpoll() => Check(epoll_create1(CloseOnExec), "epoll_create1");

    public static void Watch(int epoll, int fd, long key)
    {
        var description = new byte[EventSize];
        BitConverter.TryWriteBytes(description, EpollReadable);
        BitConverter.TryWriteBytes(description.AsSpan(EventDataOffset), key);
        Check(epoll_ctl(epoll, EpollAdd, fd, description), "epoll_ctl");
    }

    public static byte[] EventBuffer(int count) => new byte[count * EventSize];

    /// <summary>Waits until something is readable or hung up.</summary>
    public static int WaitForEvents(int epoll, byte[] buffer)
    {
        var count = epoll_wait(epoll, buffer, buffer.Length / EventSize, -1);
        return count >= 0 || Marshal.GetLastPInvokeError() == ErrorInterrupted ? Math.Max(count, 0) : Check(count, "epoll_wait");
    }

    public static long EventKey(byte[] buffer, int index) =>
        BitConverter.ToInt64(buffer, (index * EventSize) + EventDataOffset);

    /// <summary>Starts a program in a session, and so a process group, of its own, with default signal handling.</summary>
    /// <param name="environment">All of it, as <c>NAME=value</c>.</param>
    /// <returns>0, or the error number: nothing was started then.</returns>
    public static int Spawn(
        string path,
        IReadOnlyList<string> arguments,
        IReadOnlyList<string> environment,
        string directory,
        (int Input, int Output, int Error) streams,
        out int pid)
    {
        using var attributes = SpawnAttributes();
        using var actions = SpawnActions(directory, streams);
        using var argv = new StringVector(arguments);
        using var envp = new StringVector(environment);
        return posix_spawn(out pid, Text(path), actions.Address, attributes.Address, argv.Address, envp.Address);
    }

    private static Opaque SpawnAttributes()
    {
        const short setSignalDefaults = 0x04, setSignalMask = 0x08, setSession = 0x80;
        var attributes = new Opaque(posix_spawnattr_init, posix_spawnattr_destroy);
        var signals = new byte[128];
        _ = posix_spawnattr_setsigmask(attributes.Address, signals);
        signals.AsSpan().Fill(0xff);
        _ = posix_spawnattr_setsigdefault(attributes.Address, signals);
        _ = posix_spawnattr_setflags(attributes.Address, setSignalDefaults | setSignalMask | setSession);
        return attributes;
    }

    private static Opaque SpawnActions(string directory, (int Input, int Output, int Error) streams)
    {
        var actions = new Opaque(posix_spawn_file_actions_init, posix_spawn_file_actions_destroy);
        _ = posix_spawn_file_actions_addchdir_np(actions.Address, Text(directory));
        _ = posix_spawn_file_actions_adddup2(actions.Address, streams.Input, 0);
        _ = posix_spawn_file_actions_adddup2(actions.Address, streams.Output, 1);
        _ = posix_spawn_file_actions_adddup2(actions.Address, streams.Error, 2);
        CloseAbove2(actions.Address);
        return actions;
    }

    /// <summary>
    /// What this process inherited without close-on-exec must not go on to containers. Without glibc 2.34 it does: a leak of
    /// convenience, not of correctness.
    /// </summary>
    private static void CloseAbove2(nint actions)
    {
        try
        {
            _ = posix_spawn_file_actions_addclosefrom_np(actions, 3);
        }
        catch (EntryPointNotFoundException)
        {
            return;
        }
    }

    private static byte[] Text(string value) => Encoding.UTF8.GetBytes(value + '\0');

    private static int Check(int result, string call) =>
        result >= 0 ? result : throw new IOException($"{call}: {Marshal.GetLastPInvokeErrorMessage()}");

    /// <summary>A structure whose layout only the C library knows; a kilobyte is thrice what any needs.</summary>
    private sealed class Opaque : IDisposable
    {
        private readonly Func<nint, int> _destroy;

        public Opaque(Func<nint, int> initialize, Func<nint, int> destroy)
        {
            _destroy = destroy;
            Address = Marshal.AllocHGlobal(1024);
            _ = initialize(Address);
        }

        public nint Address { get; }

        public void Dispose()
        {
            _ = _destroy(Address);
            Marshal.FreeHGlobal(Address);
        }
    }

    /// <summary>A NULL-terminated <c>char*[]</c> in one block of memory.</summary>
    private sealed class StringVector : IDisposable
    {
        public StringVector(IReadOnlyList<string> strings)
        {
            var table = (strings.Count + 1) * nint.Size;
            Address = Marshal.AllocHGlobal(table + strings.Sum(s => Encoding.UTF8.GetByteCount(s) + 1));
            var next = Address + table;
            for (var i = 0; i < strings.Count; i++)
            {
                var text = Text(strings[i]);
                Marshal.Copy(text, 0, next, text.Length);
                Marshal.WriteIntPtr(Address, i * nint.Size, next);
                next += text.Length;
            }

            Marshal.WriteIntPtr(Address, strings.Count * nint.Size, 0);
        }

        public nint Address { get; }

        public void Dispose() => Marshal.FreeHGlobal(Address);
    }

#pragma warning disable IDE1006, SA1300, CA5392 // The names are the C library's; it is found where the loader finds it.
    [DllImport("libc", SetLastError = true)]
    private static extern int pipe2(int[] ends, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int fcntl(int fd, int command, long argument);

    [DllImport("libc", SetLastError = true)]
    private static extern nint read(int fd, byte[] buffer, nint count);

    [DllImport("libc", SetLastError = true)]
    private static extern int close(int fd);

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);

    [DllImport("libc", SetLastError = true)]
    private static extern int waitpid(int pid, out int status, int options);

    [DllImport("libc", SetLastError = true)]
    private static extern long syscall(long number, long first, long second);

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_create1(int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_ctl(int epoll, int operation, int fd, byte[] description);

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_wait(int epoll, [Out] byte[] events, int maximum, int timeout);

    [DllImport("libc")]
    private static extern int posix_spawn(out int pid, byte[] path, nint actions, nint attributes, nint argv, nint envp);

    [DllImport("libc")]
    private static extern int posix_spawnattr_init(nint attributes);

    [DllImport("libc")]
    private static extern int posix_spawnattr_destroy(nint attributes);

    [DllImport("libc")]
    private static extern int posix_spawnattr_setflags(nint attributes, short flags);

    [DllImport("libc")]
    private static extern int posix_spawnattr_setsigmask(nint attributes, byte[] signals);

    [DllImport("libc")]
    private static extern int posix_spawnattr_setsigdefault(nint attributes, byte[] signals);

    [DllImport("libc")]
    private static extern int posix_spawn_file_actions_init(nint actions);

    [DllImport("libc")]
    private static extern int posix_spawn_file_actions_destroy(nint actions);

    [DllImport("libc")]
    private static extern int posix_spawn_file_actions_addchdir_np(nint actions, byte[] path);

    [DllImport("libc")]
    private static extern int posix_spawn_file_actions_addclosefrom_np(nint actions, int lowest);

    [DllImport("libc")]
    private static extern int posix_spawn_file_actions_adddup2(nint actions, int from, int to);
#pragma warning restore IDE1006, SA1300, CA5392
}
