using System.Buffers;
using System.Globalization;
using System.Text;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

/// <summary>
/// What a container has written, kept in the line format of the container runtime interface
/// (<c>TIME stdout F text</c>). At most two files of <c>maxFileBytes</c>: the current one and the one before. Thread-safe.
/// </summary>
internal sealed class ContainerLog : IDisposable
{
    /// <summary>A longer line is kept in parts, as container runtimes do.</summary>
    public const int MaxLineBytes = 16 * 1024;

    /// <summary>As the kubelet's containerLogMaxSize.</summary>
    public const long DefaultMaxFileBytes = 10 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly long _maxFileBytes;
    private readonly ArrayBufferWriter<byte> _entries = new(1024);
    private readonly Line[] _lines = [new("stdout"), new("stderr")];
    private FileStream? _file;
    private TaskCompletionSource _changed = NewSignal();

    public ContainerLog(string path, long maxFileBytes = DefaultMaxFileBytes)
    {
        _path = path;
        _maxFileBytes = maxFileBytes;
        _file = Create(path);
    }

    public string Path => _path;

    /// <summary>Nothing will be appended any more.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Grows with each rotation: a reader that has reached the end of its file finds out whether there is a newer one.</summary>
    public int Generation { get; private set; }

    /// <summary>Ends at the next change after it was asked for.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    public static string PreviousFile(string path) => path + ".1";

    /// <param name="stream">0: stdout; 1: stderr.</param>
    public void Append(int stream, ReadOnlySpan<byte> bytes, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (IsComplete)
            {
                return;
            }

            _lines[stream].Split(bytes, now, _entries);
            WriteEntries();
        }
    }

    public void Complete()
    {
        lock (_gate)
        {
            if (IsComplete)
            {
                return;
            }

            foreach (var line in _lines)
            {
                line.End(_entries);
            }

            WriteEntries();
            IsComplete = true;
            _file?.Dispose();
            _file = null;
            _changed.TrySetResult();
        }
    }

    public void Dispose() => Complete();

    private static FileStream Create(string path) =>
        new(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A full disk costs output, never the container's end.</summary>
    private void WriteEntries()
    {
        if (_entries.WrittenCount == 0 || _file is null)
        {
            return;
        }

        try
        {
            RotateIfFull();
            _file.Write(_entries.WrittenSpan);
        }
        catch (IOException)
        {
            _ = _file; // Nobody can be told: the place to tell it is the log.
        }

        _entries.ResetWrittenCount();
        var changed = _changed;
        _changed = NewSignal();
        changed.TrySetResult();
    }

    private void RotateIfFull()
    {
        if (_file!.Length == 0 || _file.Length + _entries.WrittenCount <= _maxFileBytes)
        {
            return;
        }

        _file.Dispose();
        File.Move(_path, PreviousFile(_path), overwrite: true);
        _file = Create(_path);
        Generation++;
    }

    /// <summary>Cuts one stream into lines; holds the line that has not ended yet.</summary>
    private sealed class Line(string stream)
    {
        private readonly ArrayBufferWriter<byte> _unfinished = new(256);
        private DateTimeOffset _since;

        public void Split(ReadOnlySpan<byte> bytes, DateTimeOffset now, ArrayBufferWriter<byte> output)
        {
            while (!bytes.IsEmpty)
            {
                _since = _unfinished.WrittenCount == 0 ? now : _since;
                var room = MaxLineBytes - _unfinished.WrittenCount;
                var end = bytes[..Math.Min(bytes.Length, room)].IndexOf((byte)'\n');
                var taken = end >= 0 ? end : Math.Min(bytes.Length, room);
                _unfinished.Write(bytes[..taken]);
                bytes = bytes[(end >= 0 ? end + 1 : taken)..];
                if (end >= 0 || _unfinished.WrittenCount == MaxLineBytes)
                {
                    Emit(end >= 0 ? 'F' : 'P', output);
                }
            }
        }

        public void End(ArrayBufferWriter<byte> output)
        {
            if (_unfinished.WrittenCount > 0)
            {
                Emit('F', output);
            }
        }

        private void Emit(char tag, ArrayBufferWriter<byte> output)
        {
            var time = _since.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffff", CultureInfo.InvariantCulture);
            output.Write(Encoding.ASCII.GetBytes($"{time}00Z {stream} {tag} "));
            output.Write(_unfinished.WrittenSpan);
            output.Write("\n"u8);
            _unfinished.ResetWrittenCount();
        }
    }
}
