using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Types;
using MesosK8sBridge.Kubernetes.Embedded.Validation;

namespace MesosK8sBridge.Kubernetes.Embedded.CustomResources;

/// <summary>The rules of CustomResourceDefinitions themselves.</summary>
/// <remarks>Kubernetes: apiextensions-apiserver/pkg/apis/apiextensions/validation.</remarks>
internal sealed class DefinitionRules : ResourceRules
{
    private static readonly TypeNode.Struct SchemaType = TypeCatalogue.BuiltIn["apiextensions.v1.JSONSchemaProps"];

    public override JsonObject Decode(JsonObject source, ResourceInfo resource)
    {
        var result = base.Decode(source, resource);
        foreach (var version in result.Array("spec", "versions").Objects())
        {
            Clean(version.Object("schema", "openAPIV3Schema"), resource);
        }

        return result;
    }

    public override void Default(JsonObject obj)
    {
        var names = obj.Child("spec").Child("names");
#pragma warning disable CA1308 // names in URLs are lower case
        names.Default("singular", names.Text("kind")?.ToLowerInvariant());
#pragma warning restore CA1308
        names.Default("listKind", names.Text("kind") + "List");
        obj.Child("spec").Default("conversion", new JsonObject { ["strategy"] = "None" });
    }

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject
    {
        ["conditions"] = new JsonArray(),
        ["acceptedNames"] = new JsonObject { ["plural"] = "", ["kind"] = "" },
        ["storedVersions"] = new JsonArray(
            [.. obj.Array("spec", "versions").Objects().Where(v => v.Flag("storage") is true).Take(1).Select(v => JsonValue.Create(v.Text("name")))]),
    };

    public override IEnumerable<FieldError> Validate(JsonObject obj)
    {
        var (plural, group) = (obj.Text("spec", "names", "plural") ?? "", obj.Text("spec", "group") ?? "");
        var name = obj.Text("metadata", "name") ?? "";
        if (name != $"{plural}.{group}")
        {
            yield return FieldError.Invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group");
        }

        if (group.Length == 0)
        {
            yield return FieldError.Required("spec.group");
        }
        else if (!group.Contains('.', StringComparison.Ordinal))
        {
            yield return FieldError.Invalid("spec.group", group, "should be a domain with at least one dot");
        }

        if (obj.Text("spec", "scope") is not ("Cluster" or "Namespaced") and var scope)
        {
            yield return FieldError.Unsupported("spec.scope", scope ?? "", "Cluster", "Namespaced");
        }

        foreach (var error in CheckNames(obj).Concat(Versions(obj)))
        {
            yield return error;
        }
    }

    public override IEnumerable<FieldError> ValidateUpdate(JsonObject next, JsonObject old)
    {
        foreach (var (path, member) in new[] { ("spec.group", "group"), ("spec.scope", "scope") })
        {
            if (!JsonTree.Same(next.At("spec", member), old.At("spec", member)))
            {
                yield return FieldError.Invalid(path, next.At("spec", member), "field is immutable");
            }
        }

        foreach (var error in Validate(next))
        {
            yield return error;
        }
    }

    private static IEnumerable<FieldError> CheckNames(JsonObject obj)
    {
        foreach (var member in new[] { "plural", "kind" })
        {
            var value = obj.Text("spec", "names", member) ?? "";
#pragma warning disable CA1308 // names in URLs are lower case
            if (value.Length == 0)
            {
                yield return FieldError.Required("spec.names." + member);
            }
            else if (Names.Dns1035Label(value.ToLowerInvariant()) is { } problem)
            {
                yield return FieldError.Invalid("spec.names." + member, value, problem);
            }
#pragma warning restore CA1308
        }
    }

    private static IEnumerable<FieldError> Versions(JsonObject obj)
    {
        var versions = obj.Array("spec", "versions").Objects().ToList();
        if (versions.Count(v => v.Flag("storage") is true) != 1)
        {
            yield return FieldError.Invalid("spec.versions", obj.At("spec", "versions"), "must have exactly one version marked as storage version");
        }

        foreach (var (version, index) in versions.Select((v, i) => (v, i)))
        {
            var schema = version.Object("schema", "openAPIV3Schema");
            if (schema is null)
            {
                yield return FieldError.Required($"spec.versions[{index}].schema.openAPIV3Schema", "schemas are required");
                continue;
            }

            var path = versions.Count == 1 ? "spec.validation.openAPIV3Schema" : $"spec.versions[{index}].schema.openAPIV3Schema";
            foreach (var error in Structural(schema, path, isRoot: true).Concat(Columns(version, index)))
            {
                yield return error;
            }
        }
    }

    private static IEnumerable<FieldError> Columns(JsonObject version, int index)
    {
        foreach (var (column, at) in version.Array("additionalPrinterColumns").Objects().Select((c, i) => (c, i)))
        {
            var path = $"spec.versions[{index}].additionalPrinterColumns[{at}]";
            if (column.Text("type") is not ("integer" or "number" or "string" or "boolean" or "date") and var type)
            {
                yield return FieldError.Invalid(path + ".type", type ?? "", "must be one of boolean,date,integer,number,string");
            }

            if (column.Text("jsonPath") is null or "")
            {
                yield return FieldError.Required(path + ".JSONPath");
            }
            else if (!IsPath(column.Text("jsonPath")!))
            {
                yield return FieldError.Invalid(path + ".JSONPath", column["jsonPath"], "is an invalid JSON path");
            }
        }
    }

    private static bool IsPath(string text)
    {
        try
        {
            _ = new JsonPath(text);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static IEnumerable<FieldError> Structural(JsonObject schema, string path, bool isRoot)
    {
        var free = schema.Flag("x-kubernetes-preserve-unknown-fields") is true || schema.Flag("x-kubernetes-int-or-string") is true;
        if (schema.Text("type") is null or "" && !free)
        {
            yield return FieldError.Required(path + ".type", isRoot ? "must not be empty at the root" : "must not be empty for specified object fields");
        }
        else if (isRoot && schema.Text("type") != "object")
        {
            yield return FieldError.Invalid(path + ".type", schema.Text("type") ?? "", "must be object at the root");
        }

        if (schema.Text("type") == "array" && schema.Object("items") is null)
        {
            yield return FieldError.Required(path + ".items", "must be specified");
        }

        foreach (var (name, property) in schema.Object("properties") ?? [])
        {
            foreach (var error in property is JsonObject child ? Structural(child, $"{path}.properties[{name}]", isRoot: false) : [])
            {
                yield return error;
            }
        }

        foreach (var member in new[] { "items", "additionalProperties" })
        {
            foreach (var error in schema.Object(member) is { } child ? Structural(child, $"{path}.{member}", isRoot: false) : [])
            {
                yield return error;
            }
        }
    }

    /// <summary>Takes away what schemas of this version do not know, such as rules in CEL, below where the type is known.</summary>
    private static void Clean(JsonObject? schema, ResourceInfo resource)
    {
        if (schema is null)
        {
            return;
        }

        foreach (var member in new[] { "items", "additionalProperties" })
        {
            if (schema.Object(member) is { } child)
            {
                schema[member] = TypedDecoder.Decode(child, SchemaType, resource.Kind, resource.Version);
            }
        }

        foreach (var child in (schema.Object("properties") ?? []).Select(m => m.Value as JsonObject)
            .Append(schema.Object("items")).Append(schema.Object("additionalProperties")).ToList())
        {
            Clean(child, resource);
        }
    }
}
