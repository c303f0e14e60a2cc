using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using Microsoft.AspNetCore.Http;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

/// <summary>Writes answers.</summary>
internal static class Responses
{
    public static Task WriteAsync(HttpContext http, int status, JsonNode body) =>
        WriteAsync(http, status, JsonTree.ToBytes(body, IsForPeople(http.Request)));

    public static Task FailAsync(HttpContext http, StatusException failure)
    {
        if (failure.ToStatus().Integer("details", "retryAfterSeconds") is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return WriteAsync(http, failure.Code, failure.ToStatus());
    }

    public static Task TextAsync(HttpContext http, int status, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(text, http.RequestAborted);
    }

    /// <summary>A list as such: items are copied as the bytes they are stored as.</summary>
    public static Task ListAsync(HttpContext http, ResourceInfo resource, Page page)
    {
        if (IsForPeople(http.Request) || resource.Custom)
        {
            var list = new JsonObject { ["kind"] = resource.ListKind, ["apiVersion"] = resource.ApiVersion, ["metadata"] = ListMetadata(page) };
            list.Object("metadata")!.Default("continue", ""); // as lists without a type of their own have it
            list["items"] = new JsonArray([.. page.Items.Select(item => Versioned(item.Document, resource))]);
            return WriteAsync(http, StatusCodes.Status200OK, list);
        }

        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        Encoding.UTF8.GetBytes($"{{\"kind\":\"{resource.ListKind}\",\"apiVersion\":\"{resource.ApiVersion}\",\"metadata\":", buffer);
        JsonTree.Write(ListMetadata(page), buffer);
        Encoding.UTF8.GetBytes(",\"items\":[", buffer);
        for (var i = 0; i < page.Items.Count; i++)
        {
            if (i > 0)
            {
                buffer.Write(","u8);
            }

            buffer.Write(page.Items[i].Bytes.Span);
        }

        buffer.Write("]}"u8);
        return WriteAsync(http, StatusCodes.Status200OK, buffer.WrittenMemory);
    }

    public static JsonObject ListMetadata(Page page)
    {
        var metadata = new JsonObject { ["resourceVersion"] = Api.Metadata.Version(page.Version) };
        if (page.Continue.Length > 0)
        {
            metadata["continue"] = page.Continue;
        }

        if (page.Remaining is { } remaining)
        {
            metadata["remainingItemCount"] = remaining;
        }

        return metadata;
    }

    /// <summary>A copy in the version asked for; between versions of a custom resource nothing else changes.</summary>
    public static JsonObject Versioned(JsonObject document, ResourceInfo resource)
    {
        var copy = document.Copy();
        copy["apiVersion"] = resource.ApiVersion;
        return copy;
    }

    private static async Task WriteAsync(HttpContext http, int status, ReadOnlyMemory<byte> body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length + 1;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
        await http.Response.Body.WriteAsync("\n"u8.ToArray(), http.RequestAborted);
    }

    // As the real server does for command line tools and browsers.
    private static bool IsForPeople(HttpRequest request) =>
        request.Query["pretty"] is [var pretty] ? pretty is "true" or "1"
        : request.Headers.UserAgent.ToString() is var agent && (agent.StartsWith("curl/", StringComparison.Ordinal) || agent.StartsWith("Wget/", StringComparison.Ordinal));
}
