using System.Globalization;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;

namespace MesosK8sBridge.Kubernetes.Embedded.CustomResources;

/// <summary>The part of JSONPath that printer columns use: names, indexes, <c>[*]</c> and filters for equality.</summary>
internal sealed class JsonPath
{
    private readonly List<Func<JsonNode?, IEnumerable<JsonNode?>>> _steps = [];

    /// <exception cref="FormatException">The path is not understood.</exception>
    public JsonPath(string text)
    {
        var position = 0;
        while (position < text.Length)
        {
            position = text[position] switch
            {
                '.' => Name(text, position + 1),
                '[' => Bracket(text, position),
                _ => throw new FormatException($"unexpected '{text[position]}' in path {text}"),
            };
        }
    }

    public JsonNode? First(JsonNode? root)
    {
        IEnumerable<JsonNode?> found = [root];
        foreach (var step in _steps)
        {
            found = found.SelectMany(step);
        }

        return found.FirstOrDefault(node => node is not null);
    }

    private int Name(string text, int start)
    {
        var end = start;
        while (end < text.Length && text[end] is not ('.' or '['))
        {
            end += text[end] == '\\' && end + 1 < text.Length ? 2 : 1;
        }

        if (end > start)
        {
            Member(text[start..end].Replace("\\", "", StringComparison.Ordinal));
        }

        return end;
    }

    private int Bracket(string text, int start)
    {
        var end = Close(text, start);
        var inner = text[(start + 1)..end];
        if (inner == "*")
        {
            _steps.Add(node => node is JsonArray array ? array : node is JsonObject obj ? obj.Select(m => m.Value) : []);
        }
        else if (int.TryParse(inner, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
        {
            _steps.Add(node => node is JsonArray array && index < array.Count && index >= -array.Count ? [array[index < 0 ? index + array.Count : index]] : []);
        }
        else if (inner.StartsWith("?(", StringComparison.Ordinal) && inner.EndsWith(')'))
        {
            Filter(inner[2..^1]);
        }
        else
        {
            Member(inner.Trim('\'', '"'));
        }

        return end + 1;
    }

    private void Filter(string condition)
    {
        var parts = condition.Split("==", 2, StringSplitOptions.TrimEntries);
        if (parts.Length != 2 || !parts[0].StartsWith('@'))
        {
            throw new FormatException($"unexpected filter {condition}");
        }

        var path = new JsonPath(parts[0][1..]);
        var wanted = parts[1].Trim('\'', '"');
        _steps.Add(node => node is JsonArray array
            ? array.Where(item => path.First(item) is { } value && (value.Text() ?? JsonTree.ToText(value)) == wanted)
            : []);
    }

    private void Member(string name) => _steps.Add(node => node.At(name) is { } member ? [member] : []);

    private static int Close(string text, int start)
    {
        var quote = '\0';
        for (var i = start + 1; i < text.Length; i++)
        {
            if (quote != '\0')
            {
                quote = text[i] == quote ? '\0' : quote;
            }
            else if (text[i] is '\'' or '"')
            {
                quote = text[i];
            }
            else if (text[i] == ']')
            {
                return i;
            }
        }

        throw new FormatException($"unterminated array in path {text}");
    }
}
