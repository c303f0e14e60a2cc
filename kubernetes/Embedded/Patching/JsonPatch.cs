using System.Globalization;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;

namespace MesosK8sBridge.Kubernetes.Embedded.Patching;

/// <remarks>RFC 6902.</remarks>
internal static class JsonPatch
{
    private const int MostOperations = 10_000;

    /// <exception cref="StatusException">422: an operation cannot be carried out. 413: too many operations.</exception>
    public static JsonObject Apply(JsonObject target, JsonArray operations)
    {
        if (operations.Count > MostOperations)
        {
            throw new StatusException(
                413,
                "RequestEntityTooLarge",
                $"Request entity too large: The allowed maximum operations in a JSON patch is {MostOperations}, got {operations.Count}");
        }

        JsonNode? root = target.Copy();
        foreach (var operation in operations)
        {
            root = Apply(root, operation as JsonObject ?? throw Failures.Unprocessable());
        }

        return root as JsonObject ?? throw Failures.Unprocessable();
    }

    private static JsonNode? Apply(JsonNode? root, JsonObject operation)
    {
        var path = Pointer(operation.Text("path"));
        switch (operation.Text("op"))
        {
            case "add":
                return Put(root, path, operation["value"]?.DeepClone(), insert: true);
            case "replace":
                Get(root, path);
                return Put(root, path, operation["value"]?.DeepClone(), insert: false);
            case "remove":
                return Remove(root, path);
            case "test":
                return JsonTree.Same(TryGet(root, path), operation["value"]) ? root : throw Failures.Unprocessable();
            case "copy":
                return Put(root, path, Get(root, Pointer(operation.Text("from")))?.DeepClone(), insert: true);
            case "move":
                var from = Pointer(operation.Text("from"));
                var value = Get(root, from)?.DeepClone();
                return Put(Remove(root, from), path, value, insert: true);
            default:
                throw Failures.Unprocessable();
        }
    }

    private static string[] Pointer(string? text)
    {
        if (text is null || (text.Length > 0 && text[0] != '/'))
        {
            throw Failures.Unprocessable();
        }

        return text.Length == 0
            ? []
            : [.. text[1..].Split('/').Select(p => p.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
    }

    private static JsonNode? TryGet(JsonNode? root, string[] path)
    {
        try
        {
            return Get(root, path);
        }
        catch (StatusException)
        {
            return null;
        }
    }

    private static JsonNode? Get(JsonNode? root, ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            root = root switch
            {
                JsonObject obj when obj.TryGetPropertyValue(step, out var member) => member,
                JsonArray array => array[Index(step, array.Count - 1)],
                _ => throw Failures.Unprocessable(),
            };
        }

        return root;
    }

    private static JsonNode? Put(JsonNode? root, string[] path, JsonNode? value, bool insert)
    {
        if (path.Length == 0)
        {
            return value;
        }

        switch (Get(root, path.AsSpan(0, path.Length - 1)))
        {
            case JsonObject parent:
                parent[path[^1]] = value;
                break;
            case JsonArray parent when insert && path[^1] == "-":
                parent.Add(value);
                break;
            case JsonArray parent when insert:
                parent.Insert(Index(path[^1], parent.Count), value);
                break;
            case JsonArray parent:
                parent[Index(path[^1], parent.Count - 1)] = value;
                break;
            default:
                throw Failures.Unprocessable();
        }

        return root;
    }

    private static JsonNode? Remove(JsonNode? root, string[] path)
    {
        if (path.Length == 0)
        {
            throw Failures.Unprocessable();
        }

        switch (Get(root, path.AsSpan(0, path.Length - 1)))
        {
            case JsonObject parent when parent.Remove(path[^1]):
                return root;
            case JsonArray parent:
                parent.RemoveAt(Index(path[^1], parent.Count - 1));
                return root;
            default:
                throw Failures.Unprocessable();
        }
    }

    private static int Index(string step, int most) =>
        int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= most ? index : throw Failures.Unprocessable();
}
