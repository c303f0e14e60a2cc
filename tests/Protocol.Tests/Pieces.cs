using System.Buffers;

namespace MesosK8sBridge.Protocol.Tests;

/// <summary>Bytes as they come off a socket: in pieces.</summary>
internal static class Pieces
{
    public static ReadOnlySequence<byte> Of(params ReadOnlyMemory<byte>[] pieces)
    {
        var first = new Segment(pieces[0], null);
        var last = pieces.Skip(1).Aggregate(first, (previous, piece) => new Segment(piece, previous));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous is not null)
            {
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
                previous.Next = this;
            }
        }
    }
}
