using System.Text;
using System.Text.Json;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Types;
using YamlDotNet.Core;

namespace MesosK8sBridge.Kubernetes.Tests.Embedded;

/// <summary>Nothing a client sends may harm the server.</summary>
public sealed class BadInputTests
{
    [Theory]
    [InlineData("{\"a\":")]
    [InlineData("{\"a\":1}}")]
    [InlineData("{\"a\":1} x")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("")]
    public void Broken_json_is_an_error(string text) => Assert.ThrowsAny<JsonException>(() => JsonReading.Parse(text));

    [Fact]
    public void Json_is_read_to_a_depth_of_a_hundred()
    {
        Assert.NotNull(JsonReading.Parse(new string('[', 100) + new string(']', 100)));
        Assert.ThrowsAny<JsonException>(() => JsonReading.Parse(new string('[', 101) + new string(']', 101)));
        Assert.ThrowsAny<JsonException>(() => JsonReading.Parse(new string('[', 3_000_000)));
    }

    [Fact]
    public void The_last_of_several_members_of_one_name_wins() => Assert.Equal(2, JsonReading.Parse("""{"a":1,"a":2}""").Integer("a"));

    [Theory]
    [InlineData("a: [1, 2")]
    [InlineData("a: *b")]
    [InlineData("[a]: b")]
    [InlineData("a: 'b")]
    public void Broken_yaml_is_an_error(string text) => Assert.ThrowsAny<YamlException>(() => YamlReading.Parse(text));

    [Fact]
    public void Yaml_cannot_be_nested_without_end() =>
        Assert.ThrowsAny<YamlException>(() => YamlReading.Parse(new string('[', 10_000)));

    [Fact]
    public void Aliases_cannot_multiply_without_end()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 9; i++)
        {
            text.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        var error = Assert.ThrowsAny<YamlException>(() => YamlReading.Parse(text.ToString()));
        Assert.Contains("excessive aliasing", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: 1\nb: '1'\nc: 1.5\nd: yes\ne: ~\nf: 2020-01-01\ng: 1e3\nh: -x", """{"a":1,"b":"1","c":1.5,"d":true,"e":null,"f":"2020-01-01","g":1000,"h":"-x"}""")]
    [InlineData("a: &x {b: c}\nd: *x", """{"a":{"b":"c"},"d":{"b":"c"}}""")]
    [InlineData("""{"a": ["b", null]}""", """{"a":["b",null]}""")]
    [InlineData("a: |\n  b\n  c\n", """{"a":"b\nc\n"}""")]
    public void Yaml_is_read_as_json(string text, string json) => Assert.Equal(json, JsonTree.ToText(YamlReading.Parse(text)));

    [Theory]
    [InlineData("")]
    [InlineData("6b3873")]
    [InlineData("6b38730012")]
    [InlineData("6b38730012ff")]
    [InlineData("6b3873000a0f0a02763112094" + "36f6e6669674d61701203ffffff")]
    public void Broken_protobuf_is_an_error(string hex) => Assert.ThrowsAny<JsonException>(() => ProtobufReading.Parse(Convert.FromHexString(hex), Type));

    [Fact]
    public void Every_cut_of_a_protobuf_message_is_an_error_or_an_object()
    {
        byte[] body = [.. "k8s\0"u8, 0x0a, 0x0f, 0x0a, 0x02, .. "v1"u8, 0x12, 0x09, .. "ConfigMap"u8, 0x12, 0x0d, 0x0a, 0x03, 0x0a, 0x01, .. "c"u8, 0x12, 0x06, 0x0a, 0x01, .. "a"u8, 0x12, 0x01, .. "b"u8];
        Assert.Equal(
            """{"metadata":{"name":"c"},"data":{"a":"b"},"kind":"ConfigMap","apiVersion":"v1"}""", JsonTree.ToText(ProtobufReading.Parse(body, Type)));
        for (var length = 0; length < body.Length; length++)
        {
            var piece = body[..length];
            try
            {
                ProtobufReading.Parse(piece, Type);
            }
            catch (JsonException)
            {
                // the expected end
            }
        }
    }

    [Theory]
    [InlineData("1", "1")]
    [InlineData("+1", "1")]
    [InlineData("1.", "1")]
    [InlineData(".5", "500m")]
    [InlineData("-1.5", "-1500m")]
    [InlineData("0.5Gi", "512Mi")]
    [InlineData("12e6", "12e6")]
    [InlineData("1024Ki", "1Mi")]
    [InlineData("1n", "1n")]
    [InlineData("0.1n", "1n")]
    [InlineData("1500m", "1500m")]
    [InlineData("2000m", "2")]
    public void A_quantity_has_one_way_to_be_written(string given, string canonical)
    {
        Assert.True(Quantity.TryParse(given, out var quantity));
        Assert.Equal(canonical, quantity.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("1x")]
    [InlineData("1 Gi")]
    [InlineData("1.2.3")]
    [InlineData("e3")]
    [InlineData("1e999")]
    [InlineData("--1")]
    public void What_is_no_quantity_is_not_read_as_one(string text) => Assert.False(Quantity.TryParse(text, out _));

    private static TypeNode.Struct? Type(string version, string kind) => TypeCatalogue.BuiltIn.All.FirstOrDefault(t => t.GroupVersionKind == $"/{version}/{kind}");
}
