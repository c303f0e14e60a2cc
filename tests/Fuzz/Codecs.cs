using System.Buffers;
using System.Text;
using Google.Protobuf;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Fuzz;

/// <summary>Bytes straight into the codecs, which may refuse them only by their own exceptions.</summary>
internal static class Codecs
{
    private const int MaxRecord = 1 << 20;

    public static IEnumerable<Kind> All =>
    [
        new("codec json", 2, random => Mutation.OfJson(random, Encoding.UTF8.GetBytes(Calls.Any(random, Names.None))), Checked(Json)),
        new("codec protobuf", 2, random => Mutation.OfMessage(random, Calls.Parse(Calls.Any(random, Names.None))), Checked(Protobuf)),
        new("codec recordio", 2, Records, Checked(RecordIoBothWays)),
    ];

    private static Func<byte[], Task<Outcome>> Checked(Func<byte[], string> decode) => input =>
    {
        try
        {
            return Task.FromResult(new Outcome(decode(input)));
        }
        catch (Exception e) when (e is MesosJsonException or MesosProtobufException or RecordIoException)
        {
            return Task.FromResult(new Outcome("refused"));
        }
        catch (Exception e)
        {
            return Task.FromResult(new Outcome("threw", Signature.Of(e)));
        }
    };

    private static string Json(byte[] input)
    {
        var call = MesosJson.Parse<Call>(input);
        var written = MesosJson.ToUtf8(call);
        return MesosJson.ToUtf8(MesosJson.Parse<Call>(written)).AsSpan().SequenceEqual(written)
            ? "accepted"
            : throw new InvalidOperationException("What was read as JSON is not read again from what is written of it");
    }

    private static string Protobuf(byte[] input)
    {
        var call = MesosProtobuf.Parse<Call>(input);
        if (!MesosProtobuf.Parse<Call>(call.ToByteArray()).Equals(call))
        {
            throw new InvalidOperationException("What was read as protobuf is not read again from what is written of it");
        }

        MesosJson.ToUtf8(call);
        return "accepted";
    }

    private static byte[] Records(Random random)
    {
        var output = new ArrayBufferWriter<byte>();
        for (var i = random.Next(4); i >= 0; i--)
        {
            RecordIo.Write(output, new byte[random.Next(1, 300)]);
        }

        return random.Next(3) == 0 ? output.WrittenSpan.ToArray() : Mutation.OfBytes(random, output.WrittenSpan.ToArray());
    }

    /// <summary>In pieces and at once it must be the same.</summary>
    private static string RecordIoBothWays(byte[] input)
    {
        var pieces = Decoded(input, pieces: true);
        return pieces == Decoded(input, pieces: false)
            ? pieces.EndsWith('!') ? "refused" : "accepted"
            : throw new InvalidOperationException("Records in pieces are not what they are at once");
    }

    private static string Decoded(byte[] input, bool pieces)
    {
        var lengths = new StringBuilder();
        try
        {
            var decoder = new RecordIoDecoder(MaxRecord);
            var rest = new ReadOnlySequence<byte>(input);
            if (pieces)
            {
                foreach (var one in input)
                {
                    decoder.Decode([one]).ToList().ForEach(record => lengths.Append(record.Length).Append(' '));
                }
            }
            else
            {
                while (RecordIo.TryRead(ref rest, MaxRecord, out var record))
                {
                    lengths.Append(record.Length).Append(' ');
                }
            }
        }
        catch (RecordIoException)
        {
            lengths.Append('!');
        }

        return lengths.ToString();
    }
}
