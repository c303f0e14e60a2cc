using System.Collections.Immutable;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Http;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Types;
using Microsoft.AspNetCore.Http;

namespace MesosK8sBridge.Kubernetes.Embedded.OpenApi;

/// <summary>
/// The OpenAPI v2 document, as far as kubectl reads it: the types, by which it validates, merges and explains, and for
/// each resource the one path that says a patch may be tried out.
/// </summary>
internal sealed class OpenApiDocuments(ResourceRegistry registry)
{
    private const string ProtobufType = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

    private (ImmutableList<ResourceInfo> Of, JsonObject Json, byte[] Protobuf)? _made;

    public async Task AnswerAsync(HttpContext http)
    {
        var (_, json, protobuf) = Document();
        if (!http.Request.Headers.Accept.ToString().Contains(ProtobufType, StringComparison.Ordinal))
        {
            await Responses.WriteAsync(http, 200, json);
            return;
        }

        http.Response.ContentType = "application/octet-stream";
        http.Response.ContentLength = protobuf.Length;
        await http.Response.Body.WriteAsync(protobuf, http.RequestAborted);
    }

    private (ImmutableList<ResourceInfo> Of, JsonObject Json, byte[] Protobuf) Document()
    {
        var all = registry.All;
        if (_made is { } made && ReferenceEquals(made.Of, all))
        {
            return made;
        }

        var json = Build(all);
        var document = (all, json, OpenApiProtobuf.Write(json));
        _made = document;
        return document;
    }

    private static JsonObject Build(ImmutableList<ResourceInfo> resources)
    {
        var definitions = new JsonObject();
        foreach (var type in TypeCatalogue.BuiltIn.All)
        {
            definitions[SchemaWriter.FullName(type)] = SchemaWriter.Definition(type);
        }

        foreach (var resource in resources.Where(r => r.Custom))
        {
            definitions[CustomName(resource)] = SchemaWriter.Definition(resource);
        }

        return new JsonObject
        {
            ["swagger"] = "2.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "v1.20.2" },
            ["paths"] = new JsonObject(resources.Where(r => !r.CreateOnly).Select(Path)),
            ["definitions"] = definitions,
        };
    }

    private static KeyValuePair<string, JsonNode?> Path(ResourceInfo resource)
    {
        var root = resource.Group.Length == 0 ? "/api/" : "/apis/";
        var place = resource.Namespaced ? "namespaces/{namespace}/" : "";
        var dryRun = new JsonObject { ["name"] = "dryRun", ["in"] = "query", ["type"] = "string" };
        var patch = new JsonObject
        {
            ["operationId"] = $"patch{resource.Kind}",
            ["parameters"] = new JsonArray(dryRun),
            ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK" } },
            ["x-kubernetes-group-version-kind"] = SchemaWriter.GroupVersionKind(resource.Group, resource.Version, resource.Kind),
        };
        return KeyValuePair.Create<string, JsonNode?>(
            $"{root}{resource.ApiVersion}/{place}{resource.Plural}/{{name}}", new JsonObject { ["patch"] = patch });
    }

    private static string CustomName(ResourceInfo resource) =>
        $"{string.Join('.', resource.Group.Split('.').Reverse())}.{resource.Version}.{resource.Kind}";
}
