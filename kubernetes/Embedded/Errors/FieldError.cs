using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;

namespace MesosK8sBridge.Kubernetes.Embedded.Errors;

/// <summary>One thing wrong with one field, in the API server's words.</summary>
/// <param name="Reason">The cause's reason, e.g. <c>FieldValueRequired</c>.</param>
/// <param name="Field">Path such as <c>spec.containers[0].image</c>.</param>
/// <param name="Message">Without the field.</param>
/// <remarks>Kubernetes: apimachinery/pkg/util/validation/field/errors.go.</remarks>
internal sealed record FieldError(string Reason, string Field, string Message)
{
    public static FieldError Required(string field, string detail = "") => new("FieldValueRequired", field, With("Required value", detail));

    public static FieldError Invalid(string field, string value, string detail) => Invalid(field, JsonValue.Create(value), detail);

    public static FieldError Invalid(string field, JsonNode? value, string detail) =>
        new("FieldValueInvalid", field, With($"Invalid value: {Shown(value)}", detail));

    public static FieldError Unsupported(string field, string value, params IEnumerable<string> supported) =>
        new("FieldValueNotSupported", field, $"Unsupported value: \"{value}\": supported values: {string.Join(", ", supported.Select(s => $"\"{s}\""))}");

    public static FieldError Duplicate(string field, JsonNode? value) => new("FieldValueDuplicate", field, $"Duplicate value: {Shown(value)}");

    public static FieldError Forbidden(string field, string detail) => new("FieldValueForbidden", field, With("Forbidden", detail));

    public static FieldError TooLong(string field, int limit) => new("FieldValueTooLong", field, $"Too long: must have at most {limit} bytes");

    public override string ToString() => $"{Field}: {Message}";

    private static string With(string start, string detail) => detail.Length == 0 ? start : $"{start}: {detail}";

    private static string Shown(JsonNode? value) => value is null ? "\"null\"" : JsonTree.ToText(value);
}
