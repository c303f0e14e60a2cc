using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Resources;

namespace MesosK8sBridge.Kubernetes.Embedded.Errors;

/// <summary>The refusals the API server knows, in its words.</summary>
/// <remarks>Kubernetes: apimachinery/pkg/api/errors/errors.go.</remarks>
internal static class Failures
{
    public static StatusException NotFound(ResourceInfo resource, string name) =>
        new(404, "NotFound", $"{resource.Qualified} \"{name}\" not found", Details(name, resource.Group, resource.Plural));

    public static StatusException NoSuchResource() => new(404, "NotFound", "the server could not find the requested resource", []);

    public static StatusException MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", []);

    public static StatusException AlreadyExists(ResourceInfo resource, string name) =>
        new(409, "AlreadyExists", $"{resource.Qualified} \"{name}\" already exists", Details(name, resource.Group, resource.Plural));

    public static StatusException Modified(ResourceInfo resource, string name) =>
        Conflict(resource, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static StatusException Conflict(ResourceInfo resource, string name, string detail) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {resource.Qualified} \"{name}\": {detail}", Details(name, resource.Group, resource.Plural));

    /// <summary>The conflict of a delete precondition, which names the kind where others name the resource.</summary>
    public static StatusException KindConflict(ResourceInfo resource, string name, string detail)
    {
        var qualified = resource.Group.Length == 0 ? resource.Kind : $"{resource.Kind}.{resource.Group}";
        return new(409, "Conflict", $"Operation cannot be fulfilled on {qualified} \"{name}\": {detail}", Details(name, resource.Group, resource.Kind));
    }

    public static StatusException BadRequest(string message) => new(400, "BadRequest", message);

    public static StatusException Forbidden(ResourceInfo resource, string name, string detail, JsonArray? causes = null)
    {
        var details = Details(name, resource.Group, resource.Plural);
        if (causes is not null)
        {
            details["causes"] = causes;
        }

        return new(403, "Forbidden", $"{resource.Qualified} \"{name}\" is forbidden: {detail}", details);
    }

    public static StatusException Invalid(ResourceInfo resource, string name, IReadOnlyList<FieldError> errors) =>
        Invalid(resource.Group, resource.Kind, name, errors);

    public static StatusException Invalid(string group, string kind, string name, IReadOnlyList<FieldError> errors)
    {
        var qualified = group.Length == 0 ? kind : $"{kind}.{group}";
        var list = errors.Count == 1 ? errors[0].ToString() : $"[{string.Join(", ", errors.Distinct())}]";
        var details = Details(name, group, kind);
        details["causes"] = new JsonArray([.. errors.Select(Cause)]);
        return new(422, "Invalid", $"{qualified} \"{name}\" is invalid: {list}", details);
    }

    public static StatusException Unprocessable() => new(422, "Invalid", "the server rejected our request due to an error in our request", []);

    public static StatusException NotAcceptable() => new(406, "NotAcceptable", "406: Not Acceptable", []);

    public static StatusException UnsupportedPatchType() => new(415, "UnsupportedMediaType", "415: Unsupported Media Type", []);

    public static StatusException UnsupportedMediaType() => new(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf");

    public static StatusException TooLarge(long limit) =>
        new(413, "RequestEntityTooLarge", $"Request entity too large: limit is {limit}");

    public static StatusException TooOld(long requested, long oldest) => new(410, "Expired", $"too old resource version: {requested} ({oldest})");

    public static StatusException Expired(string message) => new(410, "Expired", message);

    public static StatusException TooManyRequests(string message, JsonObject details) => new(429, "TooManyRequests", message, details);

    /// <summary>A fault that has no reason of its own.</summary>
    public static StatusException Internal(string message) => new(500, "", message);

    public static StatusException TooLargeVersion(long requested, long current) => new(
        504,
        "Timeout",
        $"Timeout: Too large resource version: {requested}, current: {current}",
        new JsonObject
        {
            ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }),
            ["retryAfterSeconds"] = 1L,
        });

    public static JsonObject Details(string name, string group, string kind)
    {
        var details = new JsonObject();
        if (name.Length > 0)
        {
            details["name"] = name;
        }

        if (group.Length > 0)
        {
            details["group"] = group;
        }

        details["kind"] = kind;
        return details;
    }

    private static JsonObject Cause(FieldError error) =>
        new() { ["reason"] = error.Reason, ["message"] = error.Message, ["field"] = error.Field };
}
