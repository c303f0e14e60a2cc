namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

/// <summary>
/// A container's processes: the first one and all it starts that stay in its process group. When the first ends, the rest
/// is killed, as the end of a PID namespace would do. Thread-safe.
/// </summary>
internal sealed class ContainerProcess
{
    private const int ReadsPerTurn = 8;

    private readonly Lock _gate = new();
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly TaskCompletionSource<ContainerExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ContainerLog _log;
    private readonly TimeProvider _clock;
    private readonly Action<ContainerProcess> _ended;
    private readonly List<ProcessReactor.Registration> _registrations = [];
    private (int Output, int Error) _pipes;
    private bool _reaped;

    private ContainerProcess(int pid, ContainerLog log, TimeProvider clock, Action<ContainerProcess> ended)
    {
        Pid = pid;
        _log = log;
        _clock = clock;
        _ended = ended;
    }

    /// <summary>Also the number of its process group and its session.</summary>
    public int Pid { get; }

    public Task<ContainerExit> Exited => _exited.Task;

    /// <param name="log">Belongs to the process from now on, and is completed when that ends.</param>
    /// <param name="started">Called before the end can be noticed.</param>
    /// <param name="ended">Called on the reactor's thread before <see cref="Exited"/> completes.</param>
    /// <exception cref="ContainerStartException">Nothing was started; the log is complete.</exception>
    public static ContainerProcess Start(
        ContainerCommand command,
        ContainerLog log,
        ProcessReactor reactor,
        TimeProvider clock,
        Action<ContainerProcess> started,
        Action<ContainerProcess> ended)
    {
        try
        {
            var (pid, output, error) = Spawn(command);
            var process = new ContainerProcess(pid, log, clock, ended);
            process.Attach(reactor, output, error, started);
            return process;
        }
        catch
        {
            log.Complete();
            throw;
        }
    }

    /// <summary>Signals every process of the group; nothing happens once the first one has ended.</summary>
    public void Signal(int signal)
    {
        lock (_gate)
        {
            if (!_reaped)
            {
                Posix.KillGroup(Pid, signal);
            }
        }
    }

    private static (int Pid, int Output, int Error) Spawn(ContainerCommand command)
    {
        var program = ProgramPath.Find(command);
        var output = Posix.Pipe();
        var error = Posix.Pipe();
        int failure;
        int pid;
        using (var nothing = File.OpenHandle("/dev/null"))
        {
            var environment = command.Environment.Select(v => $"{v.Key}={v.Value}").ToList();
            var streams = ((int)nothing.DangerousGetHandle(), output.Write, error.Write);
            failure = Posix.Spawn(program, command.Arguments, environment, command.Directory, streams, out pid);
        }

        Posix.Close(output.Write);
        Posix.Close(error.Write);
        if (failure == 0)
        {
            return (pid, output.Read, error.Read);
        }

        Posix.Close(output.Read);
        Posix.Close(error.Read);
        throw ProgramPath.Refused(command.Arguments[0], failure);
    }

    /// <summary>The end is registered last, under the lock that its handler takes: by then all else is in place.</summary>
    private void Attach(ProcessReactor reactor, int output, int error, Action<ContainerProcess> started)
    {
        lock (_gate)
        {
            try
            {
                _pipes = (output, error);
                Posix.MakeNonBlocking(output);
                Posix.MakeNonBlocking(error);
                started(this);
                _registrations.Add(reactor.Register(output, () => Pump(0)));
                _registrations.Add(reactor.Register(error, () => Pump(1)));
                _registrations.Add(reactor.Register(Posix.OpenPidFd(Pid), Finish));
            }
            catch
            {
                Abandon();
                throw;
            }
        }
    }

    /// <summary>Out of descriptors, most likely: better no container than one nobody watches.</summary>
    private void Abandon()
    {
        _registrations.ForEach(r => r.Dispose());
        Posix.KillGroup(Pid, Posix.SignalKill);
        Posix.Reap(Pid);
        _reaped = true;
        _ended(this);
    }

    private void Pump(int stream)
    {
        lock (_gate)
        {
            Drain(stream, ReadsPerTurn);
        }
    }

    private void Drain(int stream, int reads)
    {
        var fd = stream == 0 ? _pipes.Output : _pipes.Error;
        for (var i = 0; i < reads && fd >= 0; i++)
        {
            var count = Posix.Read(fd, _buffer);
            if (count <= 0)
            {
                CloseAtEnd(stream, count);
                return;
            }

            _log.Append(stream, _buffer.AsSpan(0, count), _clock.GetUtcNow());
        }
    }

    private void CloseAtEnd(int stream, int count)
    {
        if (count < 0)
        {
            return;
        }

        _registrations[stream].Dispose();
        _pipes = stream == 0 ? (-1, _pipes.Error) : (_pipes.Output, -1);
    }

    /// <summary>
    /// The group is killed while the first process is still a zombie: so long its number cannot have been given to another.
    /// </summary>
    private void Finish()
    {
        ContainerExit exit;
        lock (_gate)
        {
            Posix.KillGroup(Pid, Posix.SignalKill);
            Drain(0, MostReadsAtEnd);
            Drain(1, MostReadsAtEnd);
            exit = ContainerExit.FromWaitStatus(Posix.Reap(Pid), _clock.GetUtcNow());
            _reaped = true;
            _registrations.ForEach(r => r.Dispose());
            _log.Complete();
        }

        _ended(this);
        _exited.SetResult(exit);
    }

    /// <summary>A pipe holds 64 KiB by default and 1 MiB at most; a killed writer adds no more.</summary>
    private const int MostReadsAtEnd = 64;
}
