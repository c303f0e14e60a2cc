using System.Buffers;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

/// <summary>A position in a log and in the files it rotates through. Reads complete lines only, newline included.</summary>
internal sealed class LogLines : IDisposable
{
    private readonly string _path;
    private readonly ContainerLog? _live;
    private readonly byte[] _buffer = new byte[32 * 1024];
    private readonly ArrayBufferWriter<byte> _unfinished = new(256);
    private readonly Queue<string> _older = new();
    private FileStream? _file;
    private int _generation;

    public LogLines(string path, ContainerLog? live)
    {
        _path = path;
        _live = live;
        _generation = live?.Generation ?? 0;
        if (File.Exists(ContainerLog.PreviousFile(path)))
        {
            _older.Enqueue(ContainerLog.PreviousFile(path));
        }

        _older.Enqueue(path);
    }

    /// <summary>The last lines that are there now; none if <paramref name="count"/> is null, for then all are wanted.</summary>
    public IEnumerable<byte[]> Tail(int? count)
    {
        var last = new Queue<byte[]>();
        if (count is not { } most)
        {
            return last;
        }

        foreach (var line in Rest())
        {
            last.Enqueue(line);
            if (last.Count > most)
            {
                last.Dequeue();
            }
        }

        return last;
    }

    /// <summary>All lines from here to the end as it is now; may be called again later.</summary>
    public IEnumerable<byte[]> Rest()
    {
        while (_file is not null || OpenNext())
        {
            int count;
            while ((count = _file!.Read(_buffer)) > 0)
            {
                foreach (var line in Split(count))
                {
                    yield return line;
                }
            }

            if (!HasNewer())
            {
                yield break;
            }

            _file.Dispose();
            _file = null;
        }
    }

    public void Dispose() => _file?.Dispose();

    private bool HasNewer()
    {
        var generation = _live?.Generation ?? _generation;
        if (_older.Count == 0 && generation > _generation)
        {
            _older.Enqueue(_path);
        }

        _generation = generation;
        return _older.Count > 0;
    }

    private bool OpenNext()
    {
        while (_older.TryDequeue(out var path))
        {
            if (File.Exists(path))
            {
                _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
                return true;
            }
        }

        return false;
    }

    private IEnumerable<byte[]> Split(int count)
    {
        for (var start = 0; start < count;)
        {
            var end = Array.IndexOf(_buffer, (byte)'\n', start, count - start);
            var next = end < 0 ? count : end + 1;
            _unfinished.Write(_buffer.AsSpan(start, next - start));
            start = next;
            if (end >= 0)
            {
                yield return _unfinished.WrittenSpan.ToArray();
                _unfinished.ResetWrittenCount();
            }
        }
    }
}
