using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Patching;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using Microsoft.AspNetCore.Http;
using YamlDotNet.Core;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

/// <summary>The four kinds of PATCH.</summary>
internal sealed class PatchHandler(ApiContext context)
{
    private const string CustomTypes = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

    private readonly Creator _creator = new(context);
    private readonly Updater _updater = new(context);

    public (int Status, JsonObject Document) Apply(HttpRequest request, ResourcePath path, byte[] body)
    {
        var resource = path.Resource;
        var kind = Kind(request, resource);
        var options = RequestOptions.Write(request, "PatchOptions", kind == PatchKind.Apply);
        var patch = Parse(body, kind);
        var status = path.Subresource == "status";
        if (kind == PatchKind.Apply)
        {
            return ApplyConfiguration(path, (JsonObject)patch, options, status);
        }

        var updated = _updater.Update(resource, path.Key, status, patch: true, options, current => new Proposal(Patched(current, patch, kind, resource)));
        return (200, updated);
    }

    /// <summary>A document after the patch, decoded as if it had been sent whole.</summary>
    public static JsonObject Patched(JsonObject current, JsonNode patch, PatchKind kind, ResourceInfo resource)
    {
        var served = Responses.Versioned(current, resource);
        var patched = kind switch
        {
            PatchKind.Json => JsonPatch.Apply(served, (JsonArray)patch),
            PatchKind.Merge => MergePatch.Apply(served, (JsonObject)patch),
            _ => StrategicMergePatch.Apply(served, (JsonObject)patch, resource.Type),
        };
        return resource.Rules.Decode(patched, resource);
    }

    public static PatchKind Kind(HttpRequest request, ResourceInfo resource) => Bodies.MediaType(request.ContentType) switch
    {
        "application/json-patch+json" => PatchKind.Json,
        "application/merge-patch+json" => PatchKind.Merge,
        "application/strategic-merge-patch+json" when !resource.Custom => PatchKind.StrategicMerge,
        "application/strategic-merge-patch+json" => throw new StatusException(
            415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: {CustomTypes}"),
        "application/apply-patch+yaml" => PatchKind.Apply,
        _ => throw Failures.UnsupportedPatchType(),
    };

    public static JsonNode Parse(byte[] body, PatchKind kind)
    {
        JsonNode? node;
        try
        {
            node = kind == PatchKind.Apply ? YamlReading.Parse(Encoding.UTF8.GetString(body)) : JsonReading.Parse(body);
        }
        catch (Exception e) when (e is JsonException or YamlException)
        {
            throw kind switch
            {
                PatchKind.Merge => Failures.Internal("Invalid JSON Patch"),
                PatchKind.Apply => Failures.BadRequest($"error decoding YAML: {e.Message}"),
                _ => Failures.BadRequest(e.Message),
            };
        }

        return (kind, node) switch
        {
            (PatchKind.Json, JsonArray) => node!,
            (PatchKind.Json, _) => throw Failures.BadRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
            (_, JsonObject) => node!,
            (PatchKind.Merge, _) => throw Failures.Internal("Invalid JSON Patch"),
            _ => throw Failures.BadRequest("json: cannot unmarshal array into Go value of type map[string]interface {}"),
        };
    }

    private (int Status, JsonObject Document) ApplyConfiguration(ResourcePath path, JsonObject configuration, WriteOptions options, bool status)
    {
        var resource = path.Resource;
        CheckConfiguration(configuration, path);
        var decoded = resource.Custom ? configuration : resource.Rules.Decode(configuration, resource);
        if (context.Store.Find(resource.Qualified, path.Key) is null)
        {
            var proposal = ServerSideApply.Apply(null, decoded, resource, options, context.Now);
            var body = resource.Rules.Decode(proposal.Document, resource);
            Metadata.Of(body)["name"] = path.Name;
            return (201, _creator.Create(resource, path.Namespace, body, options, proposal.Applied));
        }

        var updated = _updater.Update(resource, path.Key, status, patch: true, options, current =>
        {
            var proposal = ServerSideApply.Apply(Responses.Versioned(current, resource), decoded, resource, options, context.Now);
            return proposal with { Document = resource.Rules.Decode(proposal.Document, resource) };
        });
        return (200, updated);
    }

    private static void CheckConfiguration(JsonObject configuration, ResourcePath path)
    {
        var resource = path.Resource;
        if (configuration.Text("kind") is null or "")
        {
            throw Failures.BadRequest($"Object 'Kind' is missing in '{JsonTree.ToText(configuration)}'");
        }

        if (configuration.Text("apiVersion") != resource.ApiVersion || configuration.Text("kind") != resource.Kind)
        {
            throw Failures.BadRequest($"Incorrect version specified in apply patch. Specified patch version: {configuration.Text("apiVersion")}, expected: {resource.ApiVersion}");
        }

        if (configuration.Array("metadata", "managedFields") is { Count: > 0 })
        {
            throw Failures.BadRequest("metadata.managedFields must be nil");
        }

        if (configuration.Text("metadata", "name") is { Length: > 0 } name && name != path.Name)
        {
            throw Failures.BadRequest($"the name of the object ({name}) does not match the name on the URL ({path.Name})");
        }
    }
}
