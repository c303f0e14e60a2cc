using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Resources;

namespace MesosK8sBridge.Kubernetes.Embedded.Tables;

/// <summary>Objects as rows, the way <c>kubectl get</c> wants them.</summary>
internal static class TableBuilder
{
    /// <param name="include">What of the object a row carries: <c>None</c>, <c>Metadata</c> (or empty) or <c>Object</c>.</param>
    /// <param name="withColumns">False in all but the first event of a watch.</param>
    public static JsonObject Build(
        ResourceInfo resource, IEnumerable<JsonObject> documents, JsonObject metadata, string version, string include, bool withColumns, DateTimeOffset now)
    {
        var columns = resource.Columns;
        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/" + version,
            ["metadata"] = metadata,
            ["columnDefinitions"] = withColumns ? new JsonArray([.. columns.Select(column => column.Definition())]) : null,
            ["rows"] = new JsonArray([.. documents.Select(document => Row(document, resource, columns, version, include, now))]),
        };
    }

    /// <summary>An object without all but its metadata.</summary>
    public static JsonObject MetadataOnly(JsonObject document, string version) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/" + version,
        ["metadata"] = document.Object("metadata")?.DeepClone(),
    };

    private static JsonObject Row(JsonObject document, ResourceInfo resource, IReadOnlyList<Column> columns, string version, string include, DateTimeOffset now)
    {
        var row = new JsonObject { ["cells"] = new JsonArray([.. columns.Select(column => column.Cell(document, now))]) };
        row["object"] = include switch
        {
            "None" => null,
            "Object" => Http.Responses.Versioned(document, resource),
            _ => MetadataOnly(document, version),
        };
        return row;
    }
}
