using System.Buffers;
using System.Buffers.Text;
using Google.Protobuf;
using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Operator.Execute;

internal static class EventCodec
{
    private const int LongestHeader = 20;

    public static bool TryTake(ref ReadOnlySequence<byte> input, int maxLength, out ReadOnlySequence<byte> record)
    {
        record = default;
        var reader = new SequenceReader<byte>(input);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> header, (byte)'\n'))
        {
            return input.Length <= LongestHeader ? false : throw new FormatException("a record without a length");
        }

        Span<byte> digits = stackalloc byte[LongestHeader];
        if (header.Length is 0 or > LongestHeader)
        {
            throw new FormatException("a record without a length");
        }

        header.CopyTo(digits);
        if (!Utf8Parser.TryParse(digits[..(int)header.Length], out int length, out var used) || used != header.Length || length < 0 || length > maxLength)
        {
            throw new FormatException("a record of unreadable length");
        }

        if (reader.Remaining < length)
        {
            return false;
        }

        record = reader.UnreadSequence.Slice(0, length);
        input = reader.UnreadSequence.Slice(length);
        return true;
    }

    public static Event Decode(ReadOnlySequence<byte> record, WireFormat format) => format switch
    {
        WireFormat.Protobuf => Event.Parser.ParseFrom(record),
        _ => throw new NotSupportedException("JSON"),
    };

    public static byte[] Encode(Call call, WireFormat format) => format switch
    {
        WireFormat.Protobuf => call.ToByteArray(),
        _ => throw new NotSupportedException("JSON"),
    };
}
