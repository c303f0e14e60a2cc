using System.Buffers;
using System.Text;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Protocol.Tests;

public sealed class MesosJsonTests
{
    private const string Valid = """{"type":"TEARDOWN","framework_id":{"value":"f"}}""";

    public static TheoryData<string> Records() => [.. Transcript.Records("scheduler-events.jsonl")];

    [Theory, MemberData(nameof(Records))]
    public void An_event_that_Mesos_wrote_comes_back_byte_for_byte(string record)
    {
        var parsed = MesosJson.Parse<Event>(Encoding.UTF8.GetBytes(record));

        Assert.Equal(record, MesosJson.ToText(parsed));
    }

    [Theory]
    [InlineData("{", "syntax error at line 1 near: ")]
    [InlineData("", "syntax error at line 1 near: ")]
    [InlineData("{\n  \"type\": nope,\n}", "syntax error at line 2 near: ope,")]
    [InlineData("nope", "syntax error at line 1 near: ope")]
    [InlineData("{\"a\":1,}", "syntax error at line 1 near: }")]
    [InlineData("[1 2]", "syntax error at line 1 near: 2]")]
    [InlineData("{\"a\" 1}", "syntax error at line 1 near: 1}")]
    [InlineData("{\"a\":\"\\x\"}", "syntax error at line 1 near: \"}")]
    [InlineData("{\"a\":\"\\ud800\"}", "syntax error at line 1 near: \"}")]
    [InlineData("{\"a\":\"\\udc00\"}", "syntax error at line 1 near: \"}")]
    [InlineData("{\"a\":\"\\ud800\\u0041\"}", "syntax error at line 1 near: \"}")]
    [InlineData("{\"a\":\"\\u12g4\"}", "syntax error at line 1 near: g4\"}")]
    [InlineData("{\"a\":\"line\nbreak\"}", "syntax error at line 1 near: ")]
    [InlineData("{\"a\":\"tab\there\"}", "syntax error at line 1 near: here\"}")]
    [InlineData("{\"a\":-}", "syntax error at line 1 near: }")]
    [InlineData("{\"a\":01}", "syntax error at line 1 near: }")]
    [InlineData("{\"a\":NaN}", "syntax error at line 1 near: NaN}")]
    [InlineData("{} x", "Parsed JSON included non-whitespace trailing characters:  x")]
    [InlineData("{}{}", "Parsed JSON included non-whitespace trailing characters: {}")]
    [InlineData("\ufeff{}", "syntax error at line 1 near: \ufeff{}")]
    public void Text_that_is_no_JSON_is_refused_in_the_words_of_Mesos(string json, string message)
    {
        var refusal = Assert.Throws<MesosJsonException>(() => MesosJson.Parse<Call>(Encoding.UTF8.GetBytes(json)));

        Assert.Equal((MesosJsonError.NotJson, message), (refusal.Error, refusal.Message));
    }

    [Theory]
    [InlineData("[]", "Expecting a JSON object")]
    [InlineData("\"x\"", "Expecting a JSON object")]
    [InlineData("null", "Expecting a JSON object")]
    [InlineData("""{"type":3}""", "Not expecting a JSON number for field 'type'")]
    [InlineData("""{"type":true}""", "Not expecting a JSON boolean for field 'type'")]
    [InlineData("""{"framework_id":"f"}""", "Not expecting a JSON string for field 'framework_id'")]
    [InlineData("""{"framework_id":[{"value":"f"}]}""", "Not expecting a JSON array for field 'framework_id'")]
    [InlineData("""{"framework_id":{"value":{}}}""", "Not expecting a JSON object for field 'value'")]
    [InlineData("""{"framework_id":{"value":1}}""", "Not expecting a JSON number for field 'value'")]
    [InlineData("""{"framework_id":{}}""", "Missing required fields: framework_id.value")]
    [InlineData("""{"framework_id":{"value":null}}""", "Missing required fields: framework_id.value")]
    [InlineData("""{"type":"SUBSCRIBE","subscribe":{"framework_info":{}}}""",
        "Missing required fields: subscribe.framework_info.user, subscribe.framework_info.name")]
    [InlineData("""{"accept":{"operations":[{},{"launch":{"task_infos":[{"name":"t","resources":[{"name":"cpus"}]}]}}]}}""",
        "Missing required fields: accept.operations[1].launch.task_infos[0].task_id, accept.operations[1].launch.task_infos[0].agent_id, "
        + "accept.operations[1].launch.task_infos[0].resources[0].type")]
    [InlineData("""{"accept":{"operations":[{"launch":{"task_infos":[{"resources":[{"type":"LENGTH"}]}]}}]}}""", "Failed to find enum for 'LENGTH'")]
    [InlineData("""{"subscribe":{"framework_info":{"user":"u","name":"n","checkpoint":"yes"}}}""",
        "Failed to parse 'yes' as a JSON boolean for field 'checkpoint': syntax error at line 1 near: yes")]
    [InlineData("""{"subscribe":{"framework_info":{"user":"u","name":"n","checkpoint":"1"}}}""",
        "Failed to parse '1' as a JSON boolean for field 'checkpoint': Unexpected JSON type parsed")]
    [InlineData("""{"decline":{"filters":{"refuse_seconds":"soon"}}}""",
        "Failed to parse 'soon' as a JSON number for field 'refuse_seconds': syntax error at line 1 near: soon")]
    [InlineData("""{"decline":{"filters":{"refuse_seconds":"true"}}}""",
        "Failed to parse 'true' as a JSON number for field 'refuse_seconds': Unexpected JSON type parsed")]
    [InlineData("""{"acknowledge":{"uuid":"a$=="}}""", "Failed to base64 decode bytes field 'uuid': Invalid character '$'")]
    [InlineData("""{"subscribe":{"framework_info":{"user":"u","name":"n","offer_filters":"all"}}}""",
        "Not expecting a JSON string for field 'offer_filters'")]
    [InlineData("""{"subscribe":{"framework_info":{"user":"u","name":"n","offer_filters":{"r":1}}}}""",
        "Not expecting a JSON number for field 'value'")]
    public void JSON_that_does_not_fit_is_refused_in_the_words_of_Mesos(string json, string message)
    {
        var refusal = Assert.Throws<MesosJsonException>(() => MesosJson.Parse<Call>(Encoding.UTF8.GetBytes(json)));

        Assert.Equal((MesosJsonError.DoesNotFit, message), (refusal.Error, refusal.Message));
    }

    [Fact]
    public void Faults_are_found_in_the_order_of_the_names_not_of_the_text() =>
        AssertRefused("""{"type":1,"framework_id":2}""", "Not expecting a JSON number for field 'framework_id'");

    [Fact]
    public void A_fault_of_syntax_goes_before_one_of_meaning_wherever_it_stands() =>
        AssertRefused("""{"type":1,"framework_id":}""", "syntax error at line 1 near: }");

    [Fact]
    public void The_last_value_of_a_name_given_twice_counts_alone()
    {
        var call = MesosJson.Parse<Call>("""{"framework_id":{"value":"a"},"type":"KILL","framework_id":{"value":"b"},"type":"REVIVE"}"""u8);

        Assert.Equal(("b", Call.Types.Type.Revive), (call.FrameworkId.Value, call.Type));
    }

    [Fact]
    public void The_last_value_of_a_list_given_twice_counts_alone()
    {
        var call = MesosJson.Parse<Call>("""{"revive":{"roles":["a","b"],"roles":["c"]}}"""u8);

        Assert.Equal(["c"], call.Revive.Roles);
    }

    [Theory]
    [InlineData("""{"revive":{"roles":"a"}}""", "a")]
    [InlineData("""{"revive":{"roles":["a",null,"b"]}}""", "a,b")]
    [InlineData("""{"revive":{"roles":[["a"],[["b"]],"c"]}}""", "a,b,c")]
    [InlineData("""{"revive":{"roles":null}}""", "")]
    public void One_value_is_a_list_of_one_and_lists_in_lists_are_one_list(string json, string roles)
    {
        Assert.Equal(roles, string.Join(',', MesosJson.Parse<Call>(Encoding.UTF8.GetBytes(json)).Revive.Roles));
    }

    [Theory]
    [InlineData("5", 5.0)]
    [InlineData("5.5", 5.5)]
    [InlineData("\"5.5\"", 5.5)]
    [InlineData("\" 7 \"", 7.0)]
    [InlineData("\"Infinity\"", double.PositiveInfinity)]
    [InlineData("\"-Infinity\"", double.NegativeInfinity)]
    [InlineData("1e400", double.PositiveInfinity)]
    [InlineData("-0", 0.0)]
    public void A_double_may_be_a_number_or_a_string_that_holds_one(string json, double expected)
    {
        Assert.Equal(expected, MesosJson.Parse<Filters>(Encoding.UTF8.GetBytes($$"""{"refuse_seconds":{{json}}}""")).RefuseSeconds);
    }

    [Theory]
    [InlineData("31000", 31000u)]
    [InlineData("\"31000\"", 31000u)]
    [InlineData("31000.9", 31000u)]
    [InlineData("-1", uint.MaxValue)]
    [InlineData("4294967297", 1u)]
    public void A_number_out_of_range_wraps_as_a_cast_would(string json, uint expected)
    {
        Assert.Equal(expected, MesosJson.Parse<Port>(Encoding.UTF8.GetBytes($$"""{"number":{{json}}}""")).Number);
    }

    [Theory]
    [InlineData("9223372036854775807", ulong.MaxValue / 2)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    public void A_whole_number_over_63_bits_goes_through_a_double(string json, ulong expected)
    {
        Assert.Equal(expected, MesosJson.Parse<Value.Types.Range>(Encoding.UTF8.GetBytes($$"""{"begin":{{json}},"end":1}""")).Begin);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("\"true\"", true)]
    [InlineData("\" false\"", false)]
    public void A_bool_may_be_a_string_that_holds_one(string json, bool expected)
    {
        Assert.Equal(expected, MesosJson.Parse<TaskStatus>(Encoding.UTF8.GetBytes(
            $$$"""{"task_id":{"value":"t"},"state":"TASK_RUNNING","healthy":{{{json}}}}""")).Healthy);
    }

    [Theory]
    [InlineData("AAEC", "000102")]
    [InlineData("A AE\\nC", "000102")]
    [InlineData("AAE", "0001")]
    [InlineData("AAE=garbage", "0001")]
    [InlineData("A", "")]
    [InlineData("", "")]
    [InlineData("+/+/", "FBFFBF")]
    public void Base64_is_read_forgivingly(string json, string hex)
    {
        var task = MesosJson.Parse<Secret.Types.Value>(Encoding.UTF8.GetBytes($$"""{"data":"{{json}}"}"""));

        Assert.Equal(hex, Convert.ToHexString(task.Data.Span));
    }

    [Fact]
    public void An_unknown_name_of_an_optional_enum_is_taken_for_absent()
    {
        Assert.False(MesosJson.Parse<Call>("""{"type":"NOPE"}"""u8).HasType);
        Assert.Empty(MesosJson.Parse<CapabilityInfo>("""{"capabilities":["NOPE"]}"""u8).Capabilities);
    }

    [Fact]
    public void Unknown_fields_are_stepped_over()
    {
        var call = MesosJson.Parse<Call>("""{"x":{"type":[1,{"y":"\u00e9"}]},"type":"REVIVE","z":"\"}"}"""u8);

        Assert.Equal("""{"type":"REVIVE"}""", MesosJson.ToText(call));
    }

    [Fact]
    public void Half_a_surrogate_pair_in_an_unknown_field_is_no_JSON() =>
        AssertRefused("""{"x":["\ud800"]}""", "syntax error at line 1 near: \"]}");

    [Fact]
    public void An_escaped_name_is_the_name_it_stands_for() =>
        Assert.True(MesosJson.Parse<Call>("""{"t\u0079pe":"REVIVE"}"""u8).HasType);

    [Fact]
    public void Bytes_that_are_not_UTF8_are_read_with_replacement_characters()
    {
        byte[] json = [.. """{"value":"a"""u8, 0xff, .. "b\"}"u8];

        Assert.Equal("a\ufffdb", MesosJson.Parse<TaskID>(json).Value);
    }

    [Fact]
    public void Of_two_members_of_a_oneof_the_later_name_counts()
    {
        var both = """{"selector":{"pseudoattribute_type":"ZONE","attribute_name":"rack"},"predicate":{"not_exists":{},"exists":{}}}"""u8;

        Assert.Equal(
            """{"selector":{"pseudoattribute_type":"ZONE"},"predicate":{"not_exists":{}}}""",
            MesosJson.ToText(MesosJson.Parse<AttributeConstraint>(both)));
    }

    [Fact]
    public void A_map_is_an_object_and_a_null_in_it_is_an_empty_value()
    {
        var config = MesosJson.Parse<OfferFilters.Types.ResourceQuantities>("""{"quantities":{"cpus":{"value":1},"mem":{"value":32.5}}}"""u8);

        Assert.Equal("""{"quantities":{"cpus":{"value":1.0},"mem":{"value":32.5}}}""", MesosJson.ToText(config));
        AssertRefused<OfferFilters.Types.ResourceQuantities>(
            """{"quantities":{"cpus":null}}""", "Missing required fields: quantities[0].value.value");
    }

    [Theory]
    [InlineData(15, "15.0")]
    [InlineData(0, "0.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(1795302957.659618, "1795302957.659618")]
    [InlineData(123456789012345680, "123456789012345680.0")]
    [InlineData(1e20, "100000000000000000000.0")]
    [InlineData(1e21, "1e21")]
    [InlineData(-1.5e22, "-1.5e22")]
    [InlineData(0.000001, "0.000001")]
    [InlineData(1.5e-6, "0.0000015")]
    [InlineData(1e-7, "1e-7")]
    [InlineData(1.25e-7, "1.25e-7")]
    [InlineData(double.MaxValue, "1.7976931348623157e308")]
    [InlineData(double.Epsilon, "5e-324")]
    [InlineData(double.PositiveInfinity, "\"Infinity\"")]
    [InlineData(double.NegativeInfinity, "\"-Infinity\"")]
    public void A_double_is_spelled_as_Mesos_spells_it(double value, string expected)
    {
        Assert.Equal($$"""{"value":{{expected}}}""", MesosJson.ToText(new Value.Types.Scalar { Value = value }));
    }

    [Theory]
    [InlineData("a/b", "a/b")]
    [InlineData("\"\\", "\\\"\\\\")]
    [InlineData("\b\f\n\r\t", "\\b\\f\\n\\r\\t")]
    [InlineData("\0\u001f", "\\u0000\\u001F")]
    [InlineData("<>&'+`", "<>&'+`")]
    [InlineData("\u007f", "\u007f")]
    [InlineData("é\u2028", "é\u2028")]
    [InlineData("\ud83d\ude00\t\u001f\"", "\ud83d\ude00\\t\\u001F\\\"")]
    public void A_string_is_escaped_as_Mesos_escapes_it(string value, string expected)
    {
        Assert.Equal($$"""{"value":"{{expected}}"}""", MesosJson.ToText(new TaskID { Value = value }));
    }

    [Fact]
    public void A_default_is_written_unless_it_is_deprecated()
    {
        Assert.Equal("""{"refuse_seconds":5.0}""", MesosJson.ToText(new Filters()));
        Assert.Equal(
            """{"user":"u","name":"n","failover_timeout":0.0,"checkpoint":false}""",
            MesosJson.ToText(new FrameworkInfo { User = "u", Name = "n" }));
    }

    [Fact]
    public void Nesting_is_read_to_its_limit_and_refused_beyond_it()
    {
        var parents = new string('x', MesosJson.MaxDepth - 1).Replace("x", """{"value":"c","parent":""", StringComparison.Ordinal);
        var closing = new string('}', MesosJson.MaxDepth - 1);

        Assert.NotNull(MesosJson.Parse<ContainerID>(Encoding.UTF8.GetBytes($$"""{{parents}}{"value":"c"}{{closing}}""")));
        AssertRefused<ContainerID>(
            parents + """{"value":"c","parent":{"value":"c"}}""" + closing, """syntax error at line 1 near: "value":"c"}}""" + closing);
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public void A_million_brackets_are_refused_and_not_followed(char bracket)
    {
        var refusal = Assert.Throws<MesosJsonException>(() => MesosJson.Parse<Call>(Encoding.UTF8.GetBytes(new string(bracket, 1_000_000))));

        Assert.Equal(MesosJsonError.NotJson, refusal.Error);
        Assert.True(refusal.Message.Length < 5_000);
    }

    [Fact]
    public void A_text_in_pieces_is_read_like_one_in_one_piece()
    {
        var bytes = Encoding.UTF8.GetBytes(Valid);
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var pieces = Pieces.Of(bytes.AsMemory(0, cut), bytes.AsMemory(cut));
            Assert.Equal("f", MesosJson.Parse<Call>(pieces).FrameworkId.Value);
        }
    }

    [Fact]
    public void Every_text_cut_short_is_no_JSON()
    {
        for (var length = 0; length < Valid.Length; length++)
        {
            var cut = Encoding.UTF8.GetBytes(Valid[..length]);
            Assert.Equal(MesosJsonError.NotJson, Assert.Throws<MesosJsonException>(() => MesosJson.Parse<Call>(cut)).Error);
        }
    }

    [Fact]
    public void The_last_of_two_values_is_found_inside_lists_and_maps_too()
    {
        var json = """{"offer_filters":{"r":{"min_allocatable_resources":{}},"r":{}},"capabilities":[{"type":"MULTI_ROLE","type":"GPU_RESOURCES","x":{"x":1,"x":2}}],"user":"u","name":"n"}"""u8;

        Assert.Equal(
            """{"user":"u","name":"n","failover_timeout":0.0,"checkpoint":false,"capabilities":[{"type":"GPU_RESOURCES"}],"offer_filters":{"r":{}}}""",
            MesosJson.ToText(MesosJson.Parse<FrameworkInfo>(json)));
    }

    [Fact]
    public void An_array_of_messages_is_read_for_flags()
    {
        var attributes = MesosJson.ParseArray<TaskID>("""[{"value":"a"},{"value":"b"}]"""u8);

        Assert.Equal(["a", "b"], attributes.Select(id => id.Value));
        Assert.Equal("Expecting a JSON array", Assert.Throws<MesosJsonException>(() => MesosJson.ParseArray<TaskID>("{}"u8)).Message);
    }

    private static void AssertRefused(string json, string message) => AssertRefused<Call>(json, message);

    private static void AssertRefused<T>(string json, string message)
        where T : class, Google.Protobuf.IMessage<T>, new() =>
        Assert.Equal(message, Assert.Throws<MesosJsonException>(() => MesosJson.Parse<T>(Encoding.UTF8.GetBytes(json))).Message);
}
