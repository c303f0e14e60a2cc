using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MesosK8sBridge.Operator.Tests.Golden;

/// <summary>JSON as YAML in blocks, for people to read; strings that could be taken for anything else are quoted.</summary>
internal static partial class YamlWriting
{
    private static readonly JsonSerializerOptions Quoting = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string ToYaml(JsonNode node)
    {
        var text = new StringBuilder();
        Block(text, node, 0);
        return text.ToString();
    }

    private static void Block(StringBuilder text, JsonNode? node, int indent)
    {
        if (node is JsonObject map)
        {
            foreach (var (key, value) in map)
            {
                text.Append(' ', indent).Append(Plain().IsMatch(key) ? key : Quoted(key)).Append(':');
                Value(text, value, indent + 2);
            }
        }
        else if (node is JsonArray list)
        {
            foreach (var item in list)
            {
                text.Append(' ', indent).Append('-');
                Item(text, item, indent + 2);
            }
        }
    }

    private static void Value(StringBuilder text, JsonNode? value, int indent)
    {
        if (value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        {
            text.Append('\n');
            Block(text, value, indent);
            return;
        }

        text.Append(' ').Append(Scalar(value)).Append('\n');
    }

    /// <summary>The first line of a map stands beside the dash.</summary>
    private static void Item(StringBuilder text, JsonNode? item, int indent)
    {
        if (item is not JsonObject { Count: > 0 })
        {
            Value(text, item, indent);
            return;
        }

        var block = new StringBuilder();
        Block(block, item, indent);
        text.Append(' ').Append(block.ToString().AsSpan(indent));
    }

    private static string Scalar(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        JsonValue v when v.GetValueKind() == JsonValueKind.String => Text(v.GetValue<string>()),
        _ => value.ToJsonString(),
    };

    private static string Text(string text) => Plain().IsMatch(text) && text is not ("true" or "false" or "null") ? text : Quoted(text);

    private static string Quoted(string text) => JsonSerializer.Serialize(text, Quoting);

    [GeneratedRegex("^[A-Za-z/][A-Za-z0-9_./-]*$")]
    private static partial Regex Plain();
}
