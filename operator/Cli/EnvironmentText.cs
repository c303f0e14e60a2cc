using System.Collections.Immutable;
using System.Text.Json;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>Environment variables of a task: <c>NAME=VALUE</c>, a JSON object of strings, or <c>file:///path</c> of one.</summary>
internal static class EnvironmentText
{
    public static Reading<ImmutableSortedDictionary<string, string>> Read(IReadOnlyList<string> texts)
    {
        var all = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            try
            {
                foreach (var (name, value) in ReadOne(text))
                {
                    all[name] = value;
                }
            }
            catch (Exception e) when (e is JsonException or FormatException or IOException or UnauthorizedAccessException)
            {
                return Reading<ImmutableSortedDictionary<string, string>>.Bad(e is JsonException ? "not a JSON object of strings" : e.Message);
            }
        }

        return all.ToImmutable();
    }

    private static IEnumerable<KeyValuePair<string, string>> ReadOne(string text)
    {
        if (text.StartsWith("file://", StringComparison.Ordinal))
        {
            text = File.ReadAllText(new Uri(text).LocalPath);
        }

        if (text.TrimStart().StartsWith('{'))
        {
            using var json = JsonDocument.Parse(text);
            return [.. json.RootElement.EnumerateObject().Select(each => KeyValuePair.Create(each.Name, TextOf(each)))];
        }

        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? [KeyValuePair.Create(text[..equals], text[(equals + 1)..])]
            : throw new FormatException($"'{text}' is not NAME=VALUE");
    }

    private static string TextOf(JsonProperty property) =>
        property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : throw new JsonException();
}
