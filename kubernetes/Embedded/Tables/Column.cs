using System.Text.Json.Nodes;

namespace MesosK8sBridge.Kubernetes.Embedded.Tables;

/// <param name="Type"><c>string</c>, <c>integer</c>, <c>number</c>, <c>boolean</c> or <c>date</c>.</param>
/// <param name="Format"><c>name</c> for the name.</param>
/// <param name="Priority">0: shown always; above: with <c>-o wide</c>.</param>
/// <param name="Cell">The cell of an object at a time.</param>
internal sealed record Column(string Name, string Type, string Format, int Priority, string Description, Func<JsonObject, DateTimeOffset, JsonNode?> Cell)
{
    public JsonObject Definition() => new()
    {
        ["name"] = Name,
        ["type"] = Type,
        ["format"] = Format,
        ["description"] = Description,
        ["priority"] = (long)Priority,
    };
}
