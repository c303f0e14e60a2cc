using Google.Protobuf;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Validation;
using CallType = MesosK8sBridge.Protocol.V1.Scheduler.Call.Types.Type;

namespace MesosK8sBridge.Shim.Tests.Validation;

public sealed class CallShapeTests
{
    private static readonly string Uuid = Convert.ToBase64String(new Guid("6ba7b810-9dad-41d1-80b4-00c04fd430c8").ToByteArray(bigEndian: true));

    private static readonly Dictionary<CallType, string> Missing = new()
    {
        [CallType.Subscribe] = "subscribe",
        [CallType.Accept] = "accept",
        [CallType.Decline] = "decline",
        [CallType.AcceptInverseOffers] = "accept_inverse_offers",
        [CallType.DeclineInverseOffers] = "decline_inverse_offers",
        [CallType.Kill] = "kill",
        [CallType.Shutdown] = "shutdown",
        [CallType.Acknowledge] = "acknowledge",
        [CallType.AcknowledgeOperationStatus] = "acknowledge_operation_status",
        [CallType.Reconcile] = "reconcile",
        [CallType.ReconcileOperations] = "reconcile_operations",
        [CallType.Message] = "message",
        [CallType.Request] = "request",
        [CallType.UpdateFramework] = "update_framework",
    };

    public static TheoryData<CallType> Types => [.. Enum.GetValues<CallType>()];

    [Theory, MemberData(nameof(Types))]
    public void A_call_needs_its_framework_and_what_its_type_is_about(CallType type)
    {
        var call = new Call { Type = type };
        if (type != CallType.Subscribe)
        {
            Assert.Equal("Expecting 'framework_id' to be present", CallShape.Check(call, null));
        }

        call.FrameworkId = new() { Value = "f" };
        Assert.Equal(
            Missing.TryGetValue(type, out var part) ? $"Expecting '{part}' to be present" : null,
            CallShape.Check(call, null));
    }

    [Fact]
    public void A_type_without_a_name_is_no_type() =>
        Assert.Equal(
            "Expecting 'type' to be present",
            CallShape.Check(new Call { Type = (CallType)99, FrameworkId = new() { Value = "f" } }, null));

    [Theory]
    [InlineData("", "", true)]
    [InlineData(""" "framework_id":{"value":"a"}, """, "", false)]
    [InlineData("", ""","id":{"value":"a"}""", false)]
    [InlineData(""" "framework_id":{"value":""}, """, "", true)]
    [InlineData(""" "framework_id":{"value":"a"}, """, ""","id":{"value":"a"}""", true)]
    [InlineData(""" "framework_id":{"value":"a"}, """, ""","id":{"value":"b"}""", false)]
    public void A_subscription_names_its_framework_twice_and_alike(string outer, string inner, bool alike) =>
        Assert.Equal(
            alike ? null : "'framework_id' differs from 'subscribe.framework_info.id'",
            Check("{" + outer + """ "type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u","name":"n" """ + inner + "}}}"));

    [Fact]
    public void An_update_names_its_framework_twice_and_alike() =>
        Assert.Equal(
            "'framework_id' differs from 'update_framework.framework_info.id'",
            Check("""{"type":"UPDATE_FRAMEWORK","framework_id":{"value":"a"},"update_framework":{"framework_info":{"user":"u","name":"n"}}}"""));

    [Theory]
    [InlineData(null, "", null)]
    [InlineData(null, ""","principal":"bob" """, null)]
    [InlineData("alice", "", null)]
    [InlineData("alice", ""","principal":"alice" """, null)]
    [InlineData("alice", ""","principal":"bob" """, "Authenticated principal 'alice' does not match principal 'bob' set in `FrameworkInfo`")]
    public void Who_has_said_who_he_is_cannot_be_somebody_else(string? authenticated, string principal, string? error) =>
        Assert.Equal(
            error,
            Check("""{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u","name":"n" """ + principal + "}}}", authenticated));

    [Theory]
    [InlineData("6ba7b810-9dad-11d1-80b4-00c04fd430c8", true)]
    [InlineData("6ba7b810-9dad-51d1-80b4-00c04fd430c8", true)]
    [InlineData("6ba7b810-9dad-01d1-80b4-00c04fd430c8", false)]
    [InlineData("6ba7b810-9dad-61d1-80b4-00c04fd430c8", false)]
    [InlineData("00000000-0000-0000-0000-000000000000", false)]
    public void A_uuid_has_a_version_that_Mesos_knows(string uuid, bool valid)
    {
        var call = Acknowledge(new Guid(uuid).ToByteArray(bigEndian: true));

        Assert.Equal(valid ? null : "Not a valid UUID", CallShape.Check(call, null));
    }

    [Theory, InlineData(0), InlineData(15), InlineData(17)]
    public void A_uuid_has_sixteen_bytes(int length) =>
        Assert.Equal("Not a valid UUID", CallShape.Check(Acknowledge([.. Enumerable.Repeat((byte)0x44, length)]), null));

    [Fact]
    public void An_operations_acknowledgement_names_the_agent_after_a_valid_uuid()
    {
        const string Start = """{"type":"ACKNOWLEDGE_OPERATION_STATUS","framework_id":{"value":"f"},"acknowledge_operation_status":{""";

        Assert.Equal("Not a valid UUID", Check(Start + """ "uuid":"AA==","operation_id":{"value":"o"}}}"""));
        Assert.Equal("Expecting 'agent_id' to be present", Check(Start + $"\"uuid\":\"{Uuid}\"" + ""","operation_id":{"value":"o"}}}"""));
        Assert.Null(Check(Start + $"\"uuid\":\"{Uuid}\"" + ""","operation_id":{"value":"o"},"agent_id":{"value":"a"}}}"""));
    }

    private static Call Acknowledge(byte[] uuid) => new()
    {
        Type = CallType.Acknowledge,
        FrameworkId = new() { Value = "f" },
        Acknowledge = new() { AgentId = new() { Value = "a" }, TaskId = new() { Value = "t" }, Uuid = ByteString.CopyFrom(uuid) },
    };

    private static string? Check(string json, string? principal = null) =>
        CallShape.Check(MesosJson.Parse<Call>(System.Text.Encoding.UTF8.GetBytes(json)), principal);
}
