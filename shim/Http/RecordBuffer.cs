using System.Buffers;
using System.Globalization;

namespace MesosK8sBridge.Shim.Http;

/// <summary>
/// Builds one RecordIO record: the payload is written first, its length is then put in front, so that a record leaves in
/// one piece and hence in one chunk, as Mesos sends it. Its memory is borrowed while there is a record to build.
/// </summary>
internal sealed class RecordBuffer : IBufferWriter<byte>, IDisposable
{
    // Ten digits of the largest int, and the line feed.
    private const int Headroom = 11;
    private const int Smallest = 1024;

    private byte[] _bytes = [];
    private int _end = Headroom;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_bytes.Length - _end), nameof(count));
        _end += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_end);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>The record of all that has been written since the last one. Valid until the next call of anything here.</summary>
    public ReadOnlyMemory<byte> Complete()
    {
        MakeRoom(1);
        Span<byte> header = stackalloc byte[Headroom];
        (_end - Headroom).TryFormat(header, out var digits, provider: CultureInfo.InvariantCulture);
        header[digits] = (byte)'\n';
        var start = Headroom - digits - 1;
        header[..(digits + 1)].CopyTo(_bytes.AsSpan(start));
        var record = _bytes.AsMemory(start, _end - start);
        _end = Headroom;
        return record;
    }

    /// <summary>Gives the memory back; the next record borrows anew.</summary>
    public void Release()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        (_bytes, _end) = ([], Headroom);
    }

    public void Dispose() => Release();

    private void MakeRoom(int size)
    {
        if (_bytes.Length - _end >= size)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(_end + size, _bytes.Length * 2), Smallest));
        _bytes.AsSpan(0, Math.Min(_end, _bytes.Length)).CopyTo(larger);
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
