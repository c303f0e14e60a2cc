using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Tables;

namespace MesosK8sBridge.Kubernetes.Embedded.CustomResources;

/// <remarks>Kubernetes: apiextensions-apiserver/pkg/registry/customresource/tableconvertor.</remarks>
internal static class CustomColumns
{
    private static readonly JsonObject Age = new() { ["name"] = "Age", ["type"] = "date", ["jsonPath"] = ".metadata.creationTimestamp" };

    /// <summary>The name, then the columns of the definition or, without any, the age.</summary>
    public static IReadOnlyList<Column> Of(JsonArray? columns) =>
        [BuiltInColumns.Name, .. (columns is { Count: > 0 } ? columns.Objects() : [Age]).Select(Of)];

    private static Column Of(JsonObject column)
    {
        var text = column.Text("jsonPath") ?? "";
        var path = new JsonPath(text);
        var type = column.Text("type") ?? "string";
        var description = column.Text("description") is { Length: > 0 } given ? given : $"Custom resource definition column (in JSONPath format): {text}";
        return new Column(
            column.Text("name") ?? "",
            type,
            column.Text("format") ?? "",
            (int)(column.Integer("priority") ?? 0),
            description,
            (obj, now) => Cell(path.First(obj), type, now));
    }

    private static JsonNode? Cell(JsonNode? value, string type, DateTimeOffset now) => (type, value) switch
    {
        (_, null) => null,
        ("integer", _) => value.Integer(),
        ("number", _) => value.Number(),
        ("boolean", _) => value.Flag(),
        ("date", _) => value.Text() is { } text ? Timestamps.Parse(text) is null ? "<invalid>" : Ages.Since(text, now) : null,
        _ => value.Text() ?? JsonTree.ToText(value),
    };
}
