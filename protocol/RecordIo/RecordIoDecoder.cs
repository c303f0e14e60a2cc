using System.Buffers;

namespace MesosK8sBridge.Protocol;

/// <summary>Puts records together from whatever pieces arrive. Holds at most one record. Not thread-safe.</summary>
/// <param name="maxRecordSize">Bytes; a longer record is refused as soon as its length is known.</param>
/// <remarks>Where the bytes are in a pipe already, <see cref="RecordIo.TryRead"/> needs no copy.</remarks>
public sealed class RecordIoDecoder(int maxRecordSize)
{
    private readonly byte[] _header = new byte[RecordIo.MaxHeaderLength];
    private ArrayBufferWriter<byte>? _record;
    private int _headerLength;
    private int _missing;
    private RecordIoException? _failure;

    /// <summary>Whether the bytes so far end between two records: where a stream may end without loss.</summary>
    public bool IsAtBoundary => _record is null && _headerLength == 0;

    /// <returns>The records that these bytes completed, in order.</returns>
    /// <exception cref="RecordIoException">The length is no number or over the bound; so is every later call.</exception>
    public IReadOnlyList<byte[]> Decode(ReadOnlySpan<byte> bytes)
    {
        if (_failure is not null)
        {
            throw new RecordIoException("Decoder is in a FAILED state");
        }

        try
        {
            var complete = new List<byte[]>();
            while (!bytes.IsEmpty)
            {
                bytes = _record is null ? TakeHeader(bytes, complete) : TakeRecord(bytes, complete);
            }

            return complete;
        }
        catch (RecordIoException e)
        {
            _failure = e;
            throw;
        }
    }

    private ReadOnlySpan<byte> TakeHeader(ReadOnlySpan<byte> bytes, List<byte[]> complete)
    {
        var next = bytes[0];
        if (next == '\n')
        {
            _missing = RecordIo.Length(_header.AsSpan(0, _headerLength), maxRecordSize);
            _headerLength = 0;

            // The buffer grows with what arrives, not with what a length promises.
            _record = _missing > 0 ? new ArrayBufferWriter<byte>() : null;
            if (_missing == 0)
            {
                complete.Add([]);
            }

            return bytes[1..];
        }

        if (next is < (byte)'0' or > (byte)'9' || _headerLength == _header.Length)
        {
            RecordIo.Length([.. _header.AsSpan(0, _headerLength), next], maxRecordSize);
        }

        _header[_headerLength++] = next;
        return bytes[1..];
    }

    private ReadOnlySpan<byte> TakeRecord(ReadOnlySpan<byte> bytes, List<byte[]> complete)
    {
        var record = _record!;
        var taken = bytes[..Math.Min(_missing, bytes.Length)];
        record.Write(taken);
        _missing -= taken.Length;
        if (_missing == 0)
        {
            complete.Add(record.WrittenSpan.ToArray());
            _record = null;
        }

        return bytes[taken.Length..];
    }
}
