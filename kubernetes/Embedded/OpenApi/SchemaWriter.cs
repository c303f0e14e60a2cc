using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Types;

namespace MesosK8sBridge.Kubernetes.Embedded.OpenApi;

/// <summary>Writes types as OpenAPI v2 schemas.</summary>
internal static class SchemaWriter
{
    // Members of v3 schemas that v2 has not, or kubectl stumbles over.
    private static readonly string[] NotInVersion2 = ["nullable", "anyOf", "oneOf", "allOf", "not", "default", "x-kubernetes-validations"];

    public static string FullName(TypeNode.Struct type) =>
        type.Name.StartsWith("meta.", StringComparison.Ordinal) ? $"io.k8s.apimachinery.pkg.apis.{type.Name}"
        : type.Name.StartsWith("apiextensions.", StringComparison.Ordinal) ? $"io.k8s.apiextensions-apiserver.pkg.apis.{type.Name}"
        : $"io.k8s.api.{type.Name}";

    public static JsonObject Definition(TypeNode.Struct type)
    {
        var result = new JsonObject { ["type"] = "object" };
        var required = type.Fields.Values.Where(f => f.Required).Select(f => JsonValue.Create(f.Name)).ToArray();
        if (required.Length > 0)
        {
            result["required"] = new JsonArray([.. required]);
        }

        result["properties"] = new JsonObject(type.Fields.Values.Select(f => KeyValuePair.Create<string, JsonNode?>(f.Name, Property(f))));
        if (type.GroupVersionKind.Split('/') is [var group, var version, var kind])
        {
            result["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(group, version, kind));
        }

        return result;
    }

    /// <summary>Of a custom resource: its own schema with the usual members.</summary>
    public static JsonObject Definition(ResourceInfo resource)
    {
        var result = Simplified(resource.Schema ?? []);
        if (result.Flag("x-kubernetes-preserve-unknown-fields") is not true)
        {
            var properties = result.Child("properties");
            properties["apiVersion"] = new JsonObject { ["type"] = "string" };
            properties["kind"] = new JsonObject { ["type"] = "string" };
            properties["metadata"] = new JsonObject { ["$ref"] = "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" };
        }

        result["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(resource.Group, resource.Version, resource.Kind));
        return result;
    }

    public static JsonObject GroupVersionKind(string group, string version, string kind) =>
        new() { ["group"] = group, ["kind"] = kind, ["version"] = version };

    private static JsonObject Property(TypeField field)
    {
        var result = Schema(field.Type);
        if (field.Type is TypeNode.List { Kind: ListKind.Map } list)
        {
            result["x-kubernetes-list-map-keys"] = new JsonArray([.. list.Keys.Select(key => JsonValue.Create(key))]);
            result["x-kubernetes-list-type"] = "map";
        }

        if (field.Merge || field.RetainKeys)
        {
            result["x-kubernetes-patch-strategy"] = (field.Merge, field.RetainKeys) switch
            {
                (true, true) => "merge,retainKeys",
                (true, false) => "merge",
                _ => "retainKeys",
            };
        }

        if (field.MergeKey.Length > 0)
        {
            result["x-kubernetes-patch-merge-key"] = field.MergeKey;
        }

        return result;
    }

    private static JsonObject Schema(TypeNode type) => type switch
    {
        TypeNode.Struct named => new JsonObject { ["$ref"] = $"#/definitions/{FullName(named)}" },
        TypeNode.List list => new JsonObject { ["type"] = "array", ["items"] = Schema(list.Element) },
        TypeNode.Map map => new JsonObject { ["type"] = "object", ["additionalProperties"] = Schema(map.Element) },
        TypeNode.Scalar scalar => Scalar(scalar.Kind),
        _ => [],
    };

    private static JsonObject Scalar(ScalarKind kind) => kind switch
    {
        ScalarKind.Boolean => Simple("boolean"),
        ScalarKind.Int32 => Simple("integer", "int32"),
        ScalarKind.Int64 => Simple("integer", "int64"),
        ScalarKind.Number => Simple("number", "double"),
        ScalarKind.IntOrString => Simple("string", "int-or-string"),
        ScalarKind.Time or ScalarKind.MicroTime => Simple("string", "date-time"),
        ScalarKind.Bytes => Simple("string", "byte"),
        ScalarKind.Any => [],
        _ => Simple("string"),
    };

    private static JsonObject Simple(string type, string? format = null)
    {
        var result = new JsonObject { ["type"] = type };
        if (format is not null)
        {
            result["format"] = format;
        }

        return result;
    }

    /// <summary>Below a member that keeps unknown fields nothing is said, or kubectl would refuse them.</summary>
    private static JsonObject Simplified(JsonObject schema)
    {
        if (schema.Flag("x-kubernetes-preserve-unknown-fields") is true || schema.Flag("x-kubernetes-int-or-string") is true || schema.Flag("nullable") is true)
        {
            var kept = new JsonObject();
            if (schema.Text("description") is { } description)
            {
                kept["description"] = description;
            }

            return kept;
        }

        var result = new JsonObject();
        foreach (var (name, value) in schema.Where(m => !NotInVersion2.Contains(m.Key)))
        {
            result[name] = (name, value) switch
            {
                ("properties", JsonObject properties) => new JsonObject(properties.Select(
                    p => KeyValuePair.Create<string, JsonNode?>(p.Key, p.Value is JsonObject child ? Simplified(child) : null))),
                ("items" or "additionalProperties", JsonObject child) => Simplified(child),
                _ => value?.DeepClone(),
            };
        }

        return result;
    }
}
