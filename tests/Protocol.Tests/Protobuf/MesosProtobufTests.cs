using Google.Protobuf;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Protocol.Tests;

public sealed class MesosProtobufTests
{
    [Fact]
    public void A_required_field_that_is_missing_is_named()
    {
        byte[] call = [0x12, 0x00, 0x1a, 0x02, 0x0a, 0x00];
        var refusal = Assert.Throws<MesosProtobufException>(() => MesosProtobuf.Parse<Call>(new Call { Subscribe = new() { FrameworkInfo = new() } }.ToByteArray()));

        Assert.Equal("Missing required fields: subscribe.framework_info.user, subscribe.framework_info.name", refusal.Message);
        Assert.Throws<MesosProtobufException>(() => MesosProtobuf.Parse<Call>(call));
    }

    [Fact]
    public void An_enum_number_without_a_name_is_taken_for_absent()
    {
        var call = new Call { Type = (Call.Types.Type)99, Subscribe = Subscribe((FrameworkInfo.Types.Capability.Types.Type)77) };
        var parsed = MesosProtobuf.Parse<Call>(call.ToByteArray());

        Assert.False(parsed.HasType);
        Assert.False(parsed.Subscribe.FrameworkInfo.Capabilities.Single().HasType);
        Assert.Equal(Call.Types.Type.Unknown, parsed.Type);
    }

    [Fact]
    public void An_enum_number_without_a_name_leaves_a_list()
    {
        var capabilities = new CapabilityInfo { Capabilities = { CapabilityInfo.Types.Capability.Kill, (CapabilityInfo.Types.Capability)5, CapabilityInfo.Types.Capability.Chown } };

        Assert.Equal(
            [CapabilityInfo.Types.Capability.Kill, CapabilityInfo.Types.Capability.Chown],
            MesosProtobuf.Parse<CapabilityInfo>(capabilities.ToByteArray()).Capabilities);
    }

    [Fact]
    public void A_required_enum_with_an_unknown_number_is_missing()
    {
        var resource = new Resource { Name = "cpus", Type = (Value.Types.Type)9 };

        Assert.Equal("Missing required fields: type", Assert.Throws<MesosProtobufException>(() => MesosProtobuf.Parse<Resource>(resource.ToByteArray())).Message);
    }

    [Fact]
    public void Every_message_cut_short_is_refused_or_a_shorter_message()
    {
        var bytes = new Call { Type = Call.Types.Type.Subscribe, Subscribe = Subscribe(FrameworkInfo.Types.Capability.Types.Type.MultiRole) }.ToByteArray();
        var refused = 0;
        for (var length = 0; length < bytes.Length; length++)
        {
            try
            {
                MesosProtobuf.Parse<Call>(bytes.AsSpan(0, length));
            }
            catch (MesosProtobufException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, bytes.Length - 4, bytes.Length - 1);
    }

    [Fact]
    public void Messages_nested_too_deeply_are_refused()
    {
        var deep = new ContainerID { Value = "c" };
        for (var i = 0; i < 200; i++)
        {
            deep = new ContainerID { Value = "c", Parent = deep };
        }

        Assert.Throws<MesosProtobufException>(() => MesosProtobuf.Parse<ContainerID>(deep.ToByteArray()));
    }

    [Fact]
    public void A_message_in_pieces_is_read_like_one_in_one_piece()
    {
        var bytes = new Call { Type = Call.Types.Type.Teardown, FrameworkId = new FrameworkID { Value = "f" } }.ToByteArray();
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            Assert.Equal("f", MesosProtobuf.Parse<Call>(Pieces.Of(bytes.AsMemory(0, cut), bytes.AsMemory(cut))).FrameworkId.Value);
        }
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(15, false)]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public void A_uuid_has_sixteen_bytes(int length, bool valid)
    {
        Assert.Equal(valid, MesosUuid.TryParse(ByteString.CopyFrom([.. Enumerable.Repeat((byte)0x44, length)]), out _));
    }

    [Theory]
    [InlineData(0x0F, false)]
    [InlineData(0x10, true)]
    [InlineData(0x5F, true)]
    [InlineData(0x60, false)]
    public void A_uuid_has_a_version_that_Mesos_knows(byte seventh, bool valid)
    {
        Assert.Equal(valid, MesosUuid.TryParse(ByteString.CopyFrom(1, 2, 3, 4, 5, 6, seventh, 8, 9, 10, 11, 12, 13, 14, 15, 16), out _));
    }

    [Fact]
    public void A_derived_uuid_is_valid_and_always_the_same()
    {
        foreach (var text in Enumerable.Range(0, 100).Select(number => $"pod {number}"))
        {
            Assert.True(MesosUuid.TryParse(MesosUuid.Derive(text), out var uuid));
            Assert.Equal(MesosUuid.ToBytes(uuid), MesosUuid.Derive(text));
        }

        Assert.NotEqual(MesosUuid.Derive("a"), MesosUuid.Derive("b"));
    }

    [Fact]
    public void A_uuid_is_sent_in_reading_order()
    {
        var uuid = Guid.Parse("00112233-4455-4677-8899-aabbccddeeff");

        Assert.Equal("00112233445546778899AABBCCDDEEFF", Convert.ToHexString(MesosUuid.ToBytes(uuid).Span));
        Assert.True(MesosUuid.TryParse(MesosUuid.ToBytes(uuid), out var parsed));
        Assert.Equal(uuid, parsed);
    }

    private static Call.Types.Subscribe Subscribe(FrameworkInfo.Types.Capability.Types.Type capability) => new()
    {
        FrameworkInfo = new FrameworkInfo { User = "u", Name = "n", Capabilities = { new FrameworkInfo.Types.Capability { Type = capability } } },
    };

    [Fact]
    public void A_random_uuid_is_of_version_4_and_keeps_the_rest_of_what_it_is_made_of()
    {
        var uuid = MesosUuid.OfRandom([0xff, 1, 2, 3, 4, 5, 0xff, 7, 0xff, 9, 10, 11, 12, 13, 14, 15]);

        Assert.Equal("ff010203-0405-4f07-bf09-0a0b0c0d0e0f", uuid.ToString("D"));
        Assert.True(MesosUuid.TryParse(MesosUuid.ToBytes(uuid), out _));
    }
}
