using System.Buffers;
using System.Buffers.Text;

namespace MesosK8sBridge.Protocol;

/// <summary>Bytes that are no RecordIO, or a record over the bound. The stream cannot be read further.</summary>
public sealed class RecordIoException : Exception
{
    internal RecordIoException(string message)
        : base(message)
    {
    }
}

/// <summary>The framing of event streams: the record's length in decimal, a line feed, the record.</summary>
/// <remarks>Mesos: docs/recordio.md, 3rdparty/stout/include/stout/recordio.hpp.</remarks>
public static class RecordIo
{
    /// <summary>Digits of the largest length: 2^64 - 1 has 20.</summary>
    internal const int MaxHeaderLength = 20;

    /// <summary>Appends one record.</summary>
    /// <param name="output">Not flushed here; the caller decides when bytes leave.</param>
    /// <param name="record">At least 1 byte: Mesos never sends an empty record.</param>
    /// <exception cref="ArgumentException"><paramref name="record"/> is empty.</exception>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> record)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (record.IsEmpty)
        {
            throw new ArgumentException("A record has at least 1 byte.", nameof(record));
        }

        var span = output.GetSpan(MaxHeaderLength + 1 + record.Length);
        Utf8Formatter.TryFormat(record.Length, span, out var digits);
        span[digits] = (byte)'\n';
        record.CopyTo(span[(digits + 1)..]);
        output.Advance(digits + 1 + record.Length);
    }

    /// <summary>Takes one record off the front of what has come in so far, if it is complete.</summary>
    /// <param name="buffer">Advanced past the record; untouched if more bytes are needed.</param>
    /// <param name="maxRecordSize">Bytes; a longer record is refused as soon as its length is known.</param>
    /// <param name="record">A part of <paramref name="buffer"/>; may be empty, as a length of 0 is legal.</param>
    /// <exception cref="RecordIoException">The length is no number, or over the bound.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, int maxRecordSize, out ReadOnlySequence<byte> record)
    {
        record = default;
        if (buffer.PositionOf((byte)'\n') is not { } end)
        {
            _ = buffer.Length > 0 ? Length(buffer.Slice(0, Math.Min(buffer.Length, MaxHeaderLength + 1)), maxRecordSize) : 0;
            return false;
        }

        var header = buffer.Slice(0, end);
        var length = Length(header, maxRecordSize);
        var rest = buffer.Slice(buffer.GetPosition(1, end));
        if (rest.Length < length)
        {
            return false;
        }

        record = rest.Slice(0, length);
        buffer = rest.Slice(length);
        return true;
    }

    private static int Length(ReadOnlySequence<byte> header, int maxRecordSize)
    {
        Span<byte> digits = stackalloc byte[MaxHeaderLength + 1];
        var shown = header.Length > digits.Length ? header.Slice(0, digits.Length) : header;
        shown.CopyTo(digits);
        return Length(digits[..(int)shown.Length], maxRecordSize);
    }

    internal static int Length(ReadOnlySpan<byte> digits, int maxRecordSize)
    {
        if (digits.IsEmpty || digits.Length > MaxHeaderLength || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || !Utf8Parser.TryParse(digits, out ulong length, out _))
        {
            throw new RecordIoException($"Failed to decode length '{System.Text.Encoding.ASCII.GetString(digits)}'");
        }

        return length <= (ulong)maxRecordSize
            ? (int)length
            : throw new RecordIoException($"A record of {length} bytes is over the limit of {maxRecordSize} bytes");
    }
}
