using System.Buffers;
using System.Text;
using MesosK8sBridge.Shim.Http;

namespace MesosK8sBridge.Shim.Tests.Http;

public sealed class RecordBufferTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(1013)]
    [InlineData(1014)]
    [InlineData(100_000)]
    public void A_record_is_its_length_a_line_feed_and_its_payload(int length)
    {
        using var buffer = new RecordBuffer();
        var payload = new string('x', length);

        // In pieces, so that it grows with something in it; and twice, so that it is used again.
        foreach (var text in new[] { payload, "again" })
        {
            foreach (var piece in Encoding.UTF8.GetBytes(text).Chunk(700))
            {
                buffer.Write(piece);
            }

            Assert.Equal($"{text.Length}\n{text}", Encoding.UTF8.GetString(buffer.Complete().Span));
        }
    }

    [Fact]
    public void A_released_buffer_starts_afresh()
    {
        using var buffer = new RecordBuffer();
        buffer.Write("left over"u8);

        buffer.Release();
        buffer.Write("new"u8);

        Assert.Equal("3\nnew", Encoding.UTF8.GetString(buffer.Complete().Span));
    }
}
