using System.Buffers;
using System.Text;

namespace MesosK8sBridge.Protocol.Tests;

public sealed class RecordIoTests
{
    private const int Limit = 1_000;

    [Fact]
    public void A_record_is_its_length_a_line_feed_and_its_bytes()
    {
        var output = new ArrayBufferWriter<byte>();

        RecordIo.Write(output, """{"type":"HEARTBEAT"}"""u8);
        RecordIo.Write(output, "x"u8);

        Assert.Equal("20\n{\"type\":\"HEARTBEAT\"}1\nx", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void An_empty_record_is_never_written() =>
        Assert.Throws<ArgumentException>(() => RecordIo.Write(new ArrayBufferWriter<byte>(), []));

    [Fact]
    public void Records_are_the_same_however_the_bytes_are_cut()
    {
        byte[] stream = [.. "5\nhello0\n3\na\nb12\nhello again!"u8];
        for (var cut = 1; cut <= stream.Length; cut++)
        {
            var decoder = new RecordIoDecoder(Limit);
            var records = stream.Chunk(cut).SelectMany(piece => decoder.Decode(piece)).Select(Encoding.UTF8.GetString);

            Assert.Equal(["hello", "", "a\nb", "hello again!"], records);
            Assert.True(decoder.IsAtBoundary);
        }
    }

    [Fact]
    public void Records_in_a_sequence_are_found_without_copying_however_it_is_cut()
    {
        byte[] stream = [.. "5\nhello0\n3\na\nb1"u8];
        for (var cut = 1; cut < stream.Length; cut++)
        {
            var buffer = Pieces.Of(stream.AsMemory(0, cut), stream.AsMemory(cut));
            var records = new List<string>();
            while (RecordIo.TryRead(ref buffer, Limit, out var record))
            {
                records.Add(Encoding.UTF8.GetString(record));
            }

            Assert.Equal(["hello", "", "a\nb"], records);
            Assert.Equal("1", Encoding.UTF8.GetString(buffer));
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1\n")]
    [InlineData("\n")]
    [InlineData("1 \n")]
    [InlineData("0x1\n")]
    [InlineData("99999999999999999999\n")]
    [InlineData("111111111111111111111111111111111111")]
    public void A_length_that_is_no_number_fails_the_stream_for_good(string stream)
    {
        var decoder = new RecordIoDecoder(Limit);

        Assert.StartsWith("Failed to decode length '", Assert.Throws<RecordIoException>(() => decoder.Decode(Encoding.ASCII.GetBytes(stream))).Message);
        Assert.Equal("Decoder is in a FAILED state", Assert.Throws<RecordIoException>(() => decoder.Decode("1\nx"u8)).Message);
        Assert.Throws<RecordIoException>(() =>
        {
            var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(stream));
            RecordIo.TryRead(ref buffer, Limit, out _);
        });
    }

    [Fact]
    public void A_record_over_the_limit_is_refused_when_its_length_is_known()
    {
        Assert.Single(new RecordIoDecoder(Limit).Decode([.. "1000\n"u8, .. new byte[1_000]]));
        Assert.Equal(
            "A record of 1001 bytes is over the limit of 1000 bytes",
            Assert.Throws<RecordIoException>(() => new RecordIoDecoder(Limit).Decode("1001\n"u8)).Message);
    }

    [Fact]
    public void A_decoder_inside_a_record_is_not_at_a_boundary()
    {
        var decoder = new RecordIoDecoder(Limit);

        decoder.Decode("5\nhel"u8);

        Assert.False(decoder.IsAtBoundary);
    }
}
