using FsCheck.Fluent;
using Google.Protobuf;
using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Protocol.Tests;

public sealed class CodecProperties
{
    public static TheoryData<string> MessageNames() => [.. MesosTypes.Messages.Select(message => message.FullName)];

    [Theory, MemberData(nameof(MessageNames))]
    public void Any_message_of_any_type_survives_JSON(string name)
    {
        var type = MesosTypes.Messages.Single(message => message.FullName == name);
        Prop.ForAll<int>(seed =>
        {
            var message = new RandomMessage(seed).Of(type);
            Assert.Equal(message, MesosJson.Parse(type, MesosJson.ToUtf8(message)));
        }).Hold(tests: 20);
    }

    [Fact]
    public void Any_call_survives_protobuf() => Prop.ForAll<int>(seed =>
    {
        var call = (Call)new RandomMessage(seed).Of(Call.Descriptor);
        Assert.Equal(call, MesosProtobuf.Parse<Call>(call.ToByteArray()));
    }).Hold();

    [Fact]
    public void Damaged_JSON_is_a_message_or_refused_and_nothing_else() => Prop.ForAll<int, int>((seed, damage) =>
    {
        var json = Damaged(MesosJson.ToUtf8(new RandomMessage(seed).Of(Call.Descriptor)), damage);
        try
        {
            MesosJson.Parse<Call>(json);
        }
        catch (MesosJsonException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }).Hold(tests: 1_000);

    [Fact]
    public void Damaged_bytes_are_a_message_or_refused_and_nothing_else() => Prop.ForAll<int, int>((seed, damage) =>
    {
        var bytes = Damaged(new RandomMessage(seed).Of(Call.Descriptor).ToByteArray(), damage);
        try
        {
            MesosProtobuf.Parse<Call>(bytes);
        }
        catch (MesosProtobufException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }).Hold(tests: 1_000);

    [Fact]
    public void Bytes_of_any_kind_are_a_message_or_refused_and_nothing_else() => Prop.ForAll<byte[]>(bytes =>
    {
        Assert.True(Record.Exception(() => MesosJson.Parse<Event>(bytes)) is null or MesosJsonException);
        Assert.True(Record.Exception(() => MesosProtobuf.Parse<Event>(bytes)) is null or MesosProtobufException);
        Assert.True(Record.Exception(() => new RecordIoDecoder(1_000).Decode(bytes)) is null or RecordIoException);
    }).Hold(tests: 1_000);

    /// <summary>What the quick reader takes, the careful one takes in the same way: they must not disagree.</summary>
    [Fact]
    public void A_complaint_of_syntax_is_made_exactly_when_no_reader_takes_the_text() => Prop.ForAll<int, int>((seed, damage) =>
    {
        var json = Damaged(MesosJson.ToUtf8(new RandomMessage(seed).Of(Call.Descriptor)), damage);
        var refusal = Record.Exception(() => MesosJson.Parse<Call>(json)) as MesosJsonException;
        Assert.Equal(refusal?.Error == MesosJsonError.NotJson, JsonSyntax.Complaint(Sane(json)) is not null);
    }).Hold(tests: 1_000);

    private static byte[] Sane(byte[] json) => System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(json));

    private static byte[] Damaged(byte[] bytes, int seed)
    {
        var random = new Random(seed);
        var damaged = bytes.ToList();
        for (var i = random.Next(4); i >= 0 && damaged.Count > 0; i--)
        {
            var at = random.Next(damaged.Count);
            switch (random.Next(5))
            {
                case 0:
                    damaged[at] = (byte)random.Next(256);
                    break;
                case 1:
                    damaged.RemoveAt(at);
                    break;
                case 2:
                    damaged.Insert(at, "{}[],:\"\\u0e-"u8[random.Next(12)]);
                    break;
                case 3:
                    damaged.RemoveRange(at, damaged.Count - at);
                    break;
                default:
                    damaged.InsertRange(at, damaged.GetRange(at, random.Next(damaged.Count - at)));
                    break;
            }
        }

        return [.. damaged];
    }
}
