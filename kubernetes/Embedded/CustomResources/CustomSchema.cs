using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Types;

namespace MesosK8sBridge.Kubernetes.Embedded.CustomResources;

/// <summary>The structural schema of one version of a custom resource.</summary>
/// <remarks>Kubernetes: apiextensions-apiserver/pkg/apiserver/schema.</remarks>
internal sealed class CustomSchema(JsonObject root)
{
    public TypeNode.Struct Type { get; } = Root(root);

    /// <summary>
    /// What field ownership knows of the type: nothing where the schema has members that may be numbers or strings, which
    /// the API of this version cannot put into its models.
    /// </summary>
    public TypeNode.Struct OwnershipType { get; } = HasIntOrString(root) ? Deduced() : Root(root);

    /// <summary>Takes away unknown fields, and nulls where none may be; then fills in defaults.</summary>
    public void Complete(JsonObject obj)
    {
        Prune(obj, Type);
        Defaults(obj, root);
    }

    public IEnumerable<FieldError> Validate(JsonObject obj) => SchemaValidation.Check(obj, root, "");

    private static void Prune(JsonNode? value, TypeNode type)
    {
        switch (value, type)
        {
            case (JsonObject obj, TypeNode.Struct known):
                foreach (var name in obj.Select(member => member.Key).Where(name => !known.Fields.ContainsKey(name) && !known.PreserveUnknown).ToList())
                {
                    obj.Remove(name);
                }

                foreach (var (name, field) in known.Fields)
                {
                    Prune(obj[name], field.Type);
                }

                break;
            case (JsonObject obj, TypeNode.Map map):
                foreach (var (_, item) in obj)
                {
                    Prune(item, map.Element);
                }

                break;
            case (JsonArray array, TypeNode.List list):
                foreach (var item in array)
                {
                    Prune(item, list.Element);
                }

                break;
            default:
                break;
        }
    }

    private static void Defaults(JsonNode? value, JsonNode? schema)
    {
        if (value is JsonArray array)
        {
            foreach (var item in array)
            {
                Defaults(item, schema.At("items"));
            }
        }
        else if (value is JsonObject obj)
        {
            foreach (var (name, property) in schema.Object("properties") ?? [])
            {
                if (obj.ContainsKey(name) && obj[name] is null && property.Flag("nullable") is not true)
                {
                    obj.Remove(name);
                }

                if (!obj.ContainsKey(name) && property.At("default") is { } value0)
                {
                    obj[name] = value0.DeepClone();
                }

                Defaults(obj[name], property);
            }

            if (schema.Object("additionalProperties") is { } additional)
            {
                foreach (var (name, item) in obj.Where(m => schema.At("properties", m.Key) is null))
                {
                    Defaults(item, additional);
                }
            }
        }
    }

    private static TypeNode.Struct Root(JsonObject schema)
    {
        var type = Convert(schema) as TypeNode.Struct ?? new TypeNode.Struct("") { PreserveUnknown = true };
        Embed(type);
        return type;
    }

    private static TypeNode.Struct Deduced()
    {
        var type = new TypeNode.Struct("") { PreserveUnknown = true };
        type.Fields["metadata"] = new TypeField("metadata", new TypeNode.Struct("") { PreserveUnknown = true });
        return type;
    }

    private static void Embed(TypeNode.Struct type)
    {
        type.Fields["apiVersion"] = new TypeField("apiVersion", new TypeNode.Scalar(ScalarKind.String));
        type.Fields["kind"] = new TypeField("kind", new TypeNode.Scalar(ScalarKind.String));
        type.Fields["metadata"] = new TypeField("metadata", TypeCatalogue.BuiltIn["meta.v1.ObjectMeta"]);
    }

    private static TypeNode Convert(JsonObject? schema) => schema switch
    {
        null => TypeNode.Any,
        _ when schema.Flag("x-kubernetes-int-or-string") is true => new TypeNode.Scalar(ScalarKind.IntOrString),
        _ when schema.Flag("x-kubernetes-preserve-unknown-fields") is true => Struct(schema, preserve: true),
        _ => schema.Text("type") switch
        {
            "object" when schema.Object("additionalProperties") is { } items => new TypeNode.Map(Convert(items), IsAtomicMap(schema)),
            "object" when schema.Flag("additionalProperties") is true => new TypeNode.Map(TypeNode.Any, IsAtomicMap(schema)),
            "object" => Struct(schema, preserve: false),
            "array" => List(schema),
            "string" => new TypeNode.Scalar(ScalarKind.String),
            "integer" => new TypeNode.Scalar(ScalarKind.Int64),
            "number" => new TypeNode.Scalar(ScalarKind.Number),
            "boolean" => new TypeNode.Scalar(ScalarKind.Boolean),
            _ => TypeNode.Any,
        },
    };

    private static TypeNode.Struct Struct(JsonObject schema, bool preserve)
    {
        var type = new TypeNode.Struct("") { PreserveUnknown = preserve, Atomic = IsAtomicMap(schema) };
        foreach (var (name, property) in schema.Object("properties") ?? [])
        {
            type.Fields[name] = new TypeField(name, Convert(property as JsonObject));
        }

        if (schema.Flag("x-kubernetes-embedded-resource") is true)
        {
            Embed(type);
        }

        return type;
    }

    private static TypeNode.List List(JsonObject schema)
    {
        var kind = schema.Text("x-kubernetes-list-type") switch { "map" => ListKind.Map, "set" => ListKind.Set, _ => ListKind.Atomic };
        return new TypeNode.List(Convert(schema.Object("items")), kind, [.. schema.Array("x-kubernetes-list-map-keys").Strings()]);
    }

    private static bool IsAtomicMap(JsonObject schema) => schema.Text("x-kubernetes-map-type") == "atomic";

    private static bool HasIntOrString(JsonNode? schema) => schema switch
    {
        JsonObject obj => obj.Flag("x-kubernetes-int-or-string") is true || obj.Any(member => HasIntOrString(member.Value)),
        JsonArray array => array.Any(HasIntOrString),
        _ => false,
    };
}
