using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MesosK8sBridge.Kubernetes.Embedded.Documents;

/// <summary>Reads one YAML (1.1) document as the JSON tree it stands for. JSON is YAML, too.</summary>
/// <remarks>Bounded: by depth, and by how much aliases may repeat.</remarks>
internal sealed class YamlReading
{
    private const int MaximumDepth = 100;
    private const int MaximumRepeated = 100_000;

    private readonly Parser _parser;
    private readonly Dictionary<AnchorName, JsonNode?> _anchors = [];
    private int _repeated;

    private YamlReading(string text) => _parser = new Parser(new StringReader(text));

    /// <exception cref="YamlException">The text is not YAML, or too deep.</exception>
    public static JsonNode? Parse(string text)
    {
        var reading = new YamlReading(text);
        reading._parser.Consume<StreamStart>();
        return reading._parser.TryConsume<DocumentStart>(out _) ? reading.Node(0) : null;
    }

    private JsonNode? Node(int depth)
    {
        if (depth > MaximumDepth)
        {
            throw new YamlException("exceeded max depth");
        }

        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return Repeat(alias.Value);
        }

        var anchor = (_parser.Current as NodeEvent)?.Anchor ?? AnchorName.Empty;
        JsonNode? node = _parser.TryConsume<MappingStart>(out _) ? Mapping(depth)
            : _parser.TryConsume<SequenceStart>(out _) ? Sequence(depth)
            : Scalar(_parser.Consume<Scalar>());
        if (!anchor.IsEmpty)
        {
            _anchors[anchor] = node;
        }

        return node;
    }

    private JsonObject Mapping(int depth)
    {
        var result = new JsonObject();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = Scalar(_parser.Consume<Scalar>());
            // In JSON every name is a string: that of y: is "true".
            result[key is null ? "null" : key.Text() ?? JsonTree.ToText(key)] = Node(depth + 1);
        }

        return result;
    }

    private JsonArray Sequence(int depth)
    {
        var result = new JsonArray();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            result.Add(Node(depth + 1));
        }

        return result;
    }

    private JsonNode? Repeat(AnchorName anchor)
    {
        if (!_anchors.TryGetValue(anchor, out var node))
        {
            throw new YamlException($"unknown anchor '{anchor}' referenced");
        }

        _repeated += Size(node);
        return _repeated <= MaximumRepeated ? node?.DeepClone() : throw new YamlException("document contains excessive aliasing");
    }

    private static int Size(JsonNode? node) => node switch
    {
        JsonObject obj => 1 + obj.Sum(member => Size(member.Value)),
        JsonArray array => 1 + array.Sum(Size),
        _ => 1,
    };

    private static JsonValue? Scalar(Scalar scalar)
    {
        var text = scalar.Value;
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any))
        {
            return JsonValue.Create(text);
        }

        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" or "y" or "Y" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" => JsonValue.Create(true),
            "false" or "False" or "FALSE" or "n" or "N" or "no" or "No" or "NO" or "off" or "Off" or "OFF" => JsonValue.Create(false),
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) => JsonValue.Create(integer),
            _ when StartsLikeNumber(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) =>
                JsonValue.Create(number),
            _ => JsonValue.Create(text),
        };
    }

    private static bool StartsLikeNumber(string text) => char.IsAsciiDigit(text[0]) || text[0] is '-' or '+' or '.';
}
