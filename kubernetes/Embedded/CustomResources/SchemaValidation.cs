using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;

namespace MesosK8sBridge.Kubernetes.Embedded.CustomResources;

/// <summary>Checks a value against an OpenAPI v3 schema, in the words of the API server's validator.</summary>
/// <remarks>Kubernetes: apiextensions-apiserver/pkg/apiserver/validation; github.com/go-openapi/validate.</remarks>
internal static class SchemaValidation
{
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);

    public static IEnumerable<FieldError> Check(JsonNode? value, JsonObject schema, string path)
    {
        if (value is null && schema.Flag("nullable") is true)
        {
            return [];
        }

        if (WrongType(value, schema, path) is { } wrong)
        {
            return [wrong];
        }

        return Enumeration(value, schema, path).Concat(value switch
        {
            JsonObject obj => Members(obj, schema, path),
            JsonArray array => Items(array, schema, path),
            _ when value.Text() is { } text => Text(text, schema, path),
            _ when value.Number() is { } number => Number(value, number, schema, path),
            _ => [],
        }).Concat(Combined(value, schema, path));
    }

    private static FieldError? WrongType(JsonNode? value, JsonObject schema, string path)
    {
        var actual = TypeName(value);
        var expected = schema.Flag("x-kubernetes-int-or-string") is true ? "integer,string" : schema.Text("type") ?? "";
        var fits = expected.Length == 0 || expected.Split(',').Contains(actual)
            || (expected == "number" && actual == "integer") || (expected == "integer" && actual == "number" && value.Integer() is not null);
        return fits ? null : new FieldError("FieldValueInvalid", path, $"Invalid value: \"{actual}\": {path} in body must be of type {expected}: \"{actual}\"");
    }

    private static IEnumerable<FieldError> Enumeration(JsonNode? value, JsonObject schema, string path)
    {
        if (schema.Array("enum") is { } allowed && !allowed.Any(item => JsonTree.Same(item, value)))
        {
            yield return FieldError.Unsupported(path, value.Text() ?? JsonTree.ToText(value), allowed.Select(item => item.Text() ?? JsonTree.ToText(item)));
        }
    }

    private static IEnumerable<FieldError> Members(JsonObject obj, JsonObject schema, string path)
    {
        foreach (var name in schema.Array("required").Strings().Where(name => !obj.ContainsKey(name)))
        {
            yield return FieldError.Required(Join(path, name));
        }

        foreach (var error in Sizes(obj.Count, schema, path, "Properties", "properties"))
        {
            yield return error;
        }

        foreach (var (name, value) in obj)
        {
            var member = schema.Object("properties", name) ?? schema.Object("additionalProperties");
            foreach (var error in member is null ? [] : Check(value, member, Join(path, name)))
            {
                yield return error;
            }
        }
    }

    private static IEnumerable<FieldError> Items(JsonArray array, JsonObject schema, string path)
    {
        foreach (var error in Sizes(array.Count, schema, path, "Items", "items"))
        {
            yield return error;
        }

        foreach (var error in Uniqueness(array, schema, path))
        {
            yield return error;
        }

        foreach (var value in array)
        {
            // The validator of this version does not say which item it is.
            foreach (var error in schema.Object("items") is { } item ? Check(value, item, path) : [])
            {
                yield return error;
            }
        }
    }

    private static IEnumerable<FieldError> Uniqueness(JsonArray array, JsonObject schema, string path)
    {
        var keys = schema.Array("x-kubernetes-list-map-keys").Strings().ToList();
        if (schema.Text("x-kubernetes-list-type") is not ("set" or "map"))
        {
            yield break;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < array.Count; i++)
        {
            var own = keys.Count == 0
                ? JsonTree.ToText(array[i])
                : $"map[string]interface {{}}{{{string.Join(", ", keys.Select(k => $"\"{k}\":{JsonTree.ToText(array[i].At(k))}"))}}}";
            if (!seen.Add(own))
            {
                yield return new FieldError("FieldValueDuplicate", $"{path}[{i}]", $"Duplicate value: {own}");
            }
        }
    }

    private static IEnumerable<FieldError> Sizes(int count, JsonObject schema, string path, string suffix, string word)
    {
        if (count < schema.Integer("min" + suffix))
        {
            yield return FieldError.Invalid(path, count, $"{path} in body should have at least {schema.Integer("min" + suffix)} {word}");
        }

        if (count > schema.Integer("max" + suffix))
        {
            yield return FieldError.Invalid(path, count, $"{path} in body should have at most {schema.Integer("max" + suffix)} {word}");
        }
    }

    private static IEnumerable<FieldError> Text(string text, JsonObject schema, string path)
    {
        var length = new StringInfo(text).LengthInTextElements;
        if (length > schema.Integer("maxLength"))
        {
            yield return FieldError.Invalid(path, text, $"{path} in body should be at most {schema.Integer("maxLength")} chars long");
        }

        if (length < schema.Integer("minLength"))
        {
            yield return FieldError.Invalid(path, text, $"{path} in body should be at least {schema.Integer("minLength")} chars long");
        }

        if (schema.Text("pattern") is { } pattern && !Regex.IsMatch(text, pattern, RegexOptions.None, PatternTimeout))
        {
            yield return FieldError.Invalid(path, text, $"{path} in body should match '{pattern}'");
        }

        if (schema.Text("format") is { } format && !Formats.Fits(text, format))
        {
            yield return FieldError.Invalid(path, text, $"{path} in body must be of type {format}: {JsonTree.ToText(JsonValue.Create(text))}");
        }
    }

    private static IEnumerable<FieldError> Number(JsonNode? value, double number, JsonObject schema, string path)
    {
        if (schema.Number("minimum") is { } minimum && (number < minimum || (number == minimum && schema.Flag("exclusiveMinimum") is true)))
        {
            var words = schema.Flag("exclusiveMinimum") is true ? "greater than" : "greater than or equal to";
            yield return FieldError.Invalid(path, value, $"{path} in body should be {words} {JsonTree.ToText(schema["minimum"])}");
        }

        if (schema.Number("maximum") is { } maximum && (number > maximum || (number == maximum && schema.Flag("exclusiveMaximum") is true)))
        {
            var words = schema.Flag("exclusiveMaximum") is true ? "less than" : "less than or equal to";
            yield return FieldError.Invalid(path, value, $"{path} in body should be {words} {JsonTree.ToText(schema["maximum"])}");
        }

        if (schema.Number("multipleOf") is { } factor && Math.Abs((number / factor) - Math.Round(number / factor)) > 1e-9)
        {
            yield return FieldError.Invalid(path, value, $"{path} in body should be a multiple of {JsonTree.ToText(schema["multipleOf"])}");
        }
    }

    private static IEnumerable<FieldError> Combined(JsonNode? value, JsonObject schema, string path)
    {
        foreach (var part in schema.Array("allOf").Objects())
        {
            foreach (var error in Check(value, part, path))
            {
                yield return error;
            }
        }

        if (schema.Array("anyOf") is { } any && schema.Flag("x-kubernetes-int-or-string") is not true && !any.Objects().Any(part => !Check(value, part, path).Any()))
        {
            yield return new FieldError("FieldValueInvalid", path, $"Invalid value: \"\": \"{path}\" must validate at least one schema (anyOf)");
        }

        if (schema.Array("oneOf") is { } one && one.Objects().Count(part => !Check(value, part, path).Any()) != 1)
        {
            yield return new FieldError("FieldValueInvalid", path, $"Invalid value: \"\": \"{path}\" must validate one and only one schema (oneOf). Found none valid");
        }

        if (schema.Object("not") is { } not && !Check(value, not, path).Any())
        {
            yield return new FieldError("FieldValueInvalid", path, $"Invalid value: \"\": \"{path}\" must not validate the schema (not)");
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string TypeName(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "object",
        JsonArray => "array",
        _ => value.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.Number => ((JsonValue)value).TryGetValue<long>(out _) || ((JsonValue)value).TryGetValue<int>(out _) ? "integer" : "number",
            _ => "boolean",
        },
    };
}
