using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Types;
using Microsoft.AspNetCore.Http;
using YamlDotNet.Core;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

/// <summary>Reads request bodies.</summary>
internal static class Bodies
{
    /// <summary>In which kubectl sends some built-in objects.</summary>
    public const string Protobuf = "application/vnd.kubernetes.protobuf";

    /// <summary>Bytes a body may have.</summary>
    public const int Limit = 3 * 1024 * 1024;

    /// <exception cref="StatusException">413.</exception>
    public static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > Limit)
        {
            throw Failures.TooLarge(Limit);
        }

        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(chunk, cancellationToken)) > 0)
        {
            buffer.Write(chunk, 0, read);
            if (buffer.Length > Limit)
            {
                throw Failures.TooLarge(Limit);
            }
        }

        return buffer.ToArray();
    }

    /// <exception cref="StatusException">400: not an object. 415: a type this server does not read.</exception>
    public static JsonObject Parse(byte[] body, string? contentType, ResourceInfo resource)
    {
        var type = MediaType(contentType);
        if (type == Protobuf && !resource.Custom)
        {
            return ParseProtobuf(body);
        }

        if (type is not ("" or "application/json" or "application/yaml"))
        {
            throw Failures.UnsupportedMediaType();
        }

        var prefix = $"the object provided is unrecognized (must be of type {resource.Kind}): couldn't get version/kind; json parse error: ";
        JsonNode? node;
        try
        {
            node = type == "application/yaml" ? YamlReading.Parse(Encoding.UTF8.GetString(body)) : JsonReading.Parse(body);
        }
        catch (Exception e) when (e is JsonException or YamlException)
        {
            throw Failures.BadRequest($"{prefix}{Problem(body, e)} ({Excerpt(body)})");
        }

        return node as JsonObject ?? throw Failures.BadRequest(
            $"{prefix}json: cannot unmarshal {GoType(node)} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; "
            + $"Kind string \"json:\\\"kind,omitempty\\\"\" }} ({Excerpt(body)})");
    }

    /// <exception cref="StatusException">400: not in that form.</exception>
    public static JsonObject ParseProtobuf(byte[] body)
    {
        try
        {
            return ProtobufReading.Parse(body, TypeOf);
        }
        catch (JsonException e)
        {
            throw Failures.BadRequest(e.Message);
        }
    }

    public static string MediaType(string? contentType) => (contentType ?? "").Split(';')[0].Trim();

    private static TypeNode.Struct? TypeOf(string version, string kind)
    {
        if (kind == "DeleteOptions")
        {
            return TypeCatalogue.BuiltIn["meta.v1.DeleteOptions"];
        }

        var name = version.Contains('/', StringComparison.Ordinal) ? $"{version}/{kind}" : $"/{version}/{kind}";
        return TypeCatalogue.BuiltIn.All.FirstOrDefault(type => type.GroupVersionKind == name);
    }

    private static string Problem(byte[] body, Exception e) =>
        body.Length == 0 || (e is JsonException json && IsCutShort(body, json)) ? "unexpected end of JSON input" : e.Message;

    private static bool IsCutShort(byte[] body, JsonException e) =>
        e.BytePositionInLine >= body.AsSpan().TrimEnd((byte)'\n').Length - body.AsSpan().LastIndexOf((byte)'\n') - 1;

    private static string Excerpt(byte[] body)
    {
        if (body.Length == 0)
        {
            return "<empty>";
        }

        // The real server shows the bytes in hexadecimal unless they look like JSON.
        return body[0] == (byte)'{' ? Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, 1024)) : Convert.ToHexStringLower(body, 0, Math.Min(body.Length, 1024));
    }

    private static string GoType(JsonNode? node) => node switch
    {
        JsonArray => "array",
        null => "null",
        _ => node.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.Number => "number",
            _ => "bool",
        },
    };
}
