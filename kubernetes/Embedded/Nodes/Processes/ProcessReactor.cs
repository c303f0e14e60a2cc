using System.Collections.Concurrent;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

/// <summary>
/// One thread that waits for all containers' output and ends, however many there are. Owns the descriptors given to it.
/// </summary>
internal sealed class ProcessReactor : IDisposable
{
    private readonly ConcurrentDictionary<long, Action> _ready = new();
    private readonly int _epoll = Posix.CreateEpoll();
    private readonly (int Read, int Write) _stop = Posix.Pipe();
    private readonly Thread _thread;
    private long _lastKey;

    public ProcessReactor()
    {
        Posix.Watch(_epoll, _stop.Read, 0);
        _thread = new Thread(Run) { IsBackground = true, Name = "container processes" };
        _thread.Start();
    }

    /// <param name="onReady">Called on the reactor's thread, again and again while the descriptor is readable; must not block.</param>
    public Registration Register(int fd, Action onReady)
    {
        var key = Interlocked.Increment(ref _lastKey);
        _ready[key] = onReady;
        Posix.Watch(_epoll, fd, key);
        return new Registration(this, fd, key);
    }

    public void Dispose()
    {
        Posix.Close(_stop.Write);
        _thread.Join();
        Posix.Close(_stop.Read);
        Posix.Close(_epoll);
    }

    private void Run()
    {
        var events = Posix.EventBuffer(64);
        while (true)
        {
            var count = Posix.WaitForEvents(_epoll, events);
            for (var i = 0; i < count; i++)
            {
                var key = Posix.EventKey(events, i);
                if (key == 0)
                {
                    return;
                }

                // A descriptor closed by an earlier event of the same round is no longer in the table.
                if (_ready.TryGetValue(key, out var onReady))
                {
                    onReady();
                }
            }
        }
    }

    /// <summary>A descriptor the reactor watches; disposing closes it. Dispose only on the reactor's thread.</summary>
    internal sealed class Registration(ProcessReactor reactor, int fd, long key) : IDisposable
    {
        public void Dispose()
        {
            if (reactor._ready.TryRemove(key, out _))
            {
                Posix.Close(fd);
            }
        }
    }
}
