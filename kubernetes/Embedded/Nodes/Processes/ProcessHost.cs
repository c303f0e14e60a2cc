using System.Collections.Concurrent;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

/// <summary>Starts containers' processes in a directory of its own, and leaves none behind. Thread-safe.</summary>
internal sealed class ProcessHost : IDisposable
{
    private readonly ProcessReactor _reactor = new();
    private readonly OrphanGuard _guard;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<int, ContainerProcess> _running = new();
    private readonly ConcurrentDictionary<string, byte> _ended = new();
    private readonly ITimer _sweep;

    /// <param name="directory">Made if it does not exist.</param>
    /// <exception cref="IOException">Another process uses the directory.</exception>
    public ProcessHost(string directory, TimeProvider clock)
    {
        Directory.CreateDirectory(directory);
        _clock = clock;
        _guard = new OrphanGuard(directory);
        _sweep = clock.CreateTimer(_ => Sweep(), state: null, SweepInterval, SweepInterval);
    }

    /// <summary>How soon a daemon that left its container's process group is found after the container's end.</summary>
    public static TimeSpan SweepInterval { get; } = TimeSpan.FromSeconds(1);

    public int Running => _running.Count;

    /// <param name="containerId">Unique in this directory.</param>
    /// <param name="log">Belongs to the process from now on.</param>
    /// <exception cref="ContainerStartException">Nothing was started.</exception>
    public ContainerProcess Start(string containerId, ContainerCommand command, ContainerLog log)
    {
        var marker = _guard.MarkerFor(containerId);
        var marked = new Dictionary<string, string>(command.Environment) { [OrphanGuard.Marker] = marker };
        return ContainerProcess.Start(
            command with { Environment = marked }, log, _reactor, _clock, Started, process => Ended(process, marker));
    }

    /// <summary>Kills everything that still runs, and waits until it is gone.</summary>
    public void Dispose()
    {
        _sweep.Dispose();
        foreach (var process in _running.Values)
        {
            process.Signal(Posix.SignalKill);
        }

        var exits = Task.WhenAll(_running.Values.Select(p => p.Exited));
        exits.Wait(TimeSpan.FromSeconds(10), CancellationToken.None);
        Sweep();
        _guard.Dispose();
        _reactor.Dispose();
    }

    private void Started(ContainerProcess process)
    {
        _running[process.Pid] = process;
        _guard.Remember(process.Pid);
    }

    private void Ended(ContainerProcess process, string marker)
    {
        _ended[marker] = 0;
        _guard.Forget(process.Pid);
        _running.TryRemove(new KeyValuePair<int, ContainerProcess>(process.Pid, process));
    }

    /// <summary>One look at the process table serves all containers that ended since the last.</summary>
    private void Sweep()
    {
        var markers = _ended.Keys.ToHashSet();
        if (markers.Count == 0)
        {
            return;
        }

        OrphanGuard.KillMarked(markers.Contains);
        foreach (var marker in markers)
        {
            _ended.TryRemove(marker, out _);
        }
    }
}
