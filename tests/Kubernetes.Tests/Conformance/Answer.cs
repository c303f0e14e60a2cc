using System.Text.Json.Nodes;

namespace MesosK8sBridge.Kubernetes.Tests.Conformance;

/// <summary>What a server answered.</summary>
public sealed record Answer(int Status, string Text)
{
    public JsonNode Json => field ??= JsonNode.Parse(Text)!;

    /// <summary>The member at a path such as <c>metadata.name</c> or <c>items.0.spec</c>; null if there is none.</summary>
    public JsonNode? this[string path] => At(Json, path);

    public string? Message => (string?)this["message"];

    public string? Reason => (string?)this["reason"];

    public string Version => (string?)this["metadata.resourceVersion"] ?? "";

    public string Uid => (string?)this["metadata.uid"] ?? "";

    /// <summary>The causes of a refusal, as <c>reason field: message</c>, in order of their fields.</summary>
    public IEnumerable<string> Causes => (this["details.causes"] as JsonArray ?? [])
        .Select(cause => $"{cause!["reason"]} {cause["field"]}: {cause["message"]}").Order(StringComparer.Ordinal);

    public static JsonNode? At(JsonNode? node, string path)
    {
        foreach (var name in path.Split('.'))
        {
            node = node switch
            {
                JsonArray array when int.TryParse(name, out var index) => index < array.Count ? array[index] : null,
                JsonObject obj => obj[name],
                _ => null,
            };
        }

        return node;
    }
}
