using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Tables;
using Microsoft.AspNetCore.Http;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

/// <summary>The verbs on resources.</summary>
internal sealed class ResourceHandler(ApiContext context, WatchHandler watches, PodLogHandler logs)
{
    private readonly Creator _creator = new(context);
    private readonly Updater _updater = new(context);
    private readonly Deleter _deleter = new(context);
    private readonly Lister _lister = new(context.Store);
    private readonly PatchHandler _patches = new(context);
    private readonly Subresources _subresources = new(context);

    public Task HandleAsync(HttpContext http, ResourcePath path)
    {
        var representation = path.Subresource == "log" ? null : Representation.Negotiate(http.Request.Headers.Accept);
        return (http.Request.Method, path) switch
        {
            ("GET", { Resource: { Kind: "Pod", Custom: false }, Subresource: "log" }) => logs.AnswerAsync(http, path),
            (_, { Resource.CreateOnly: true }) => ReviewAsync(http, path),
            ("POST", { Subresource: "binding" or "eviction", Resource: { Kind: "Pod", Custom: false } }) => _subresources.PostAsync(http, path),
            ("PUT", { Subresource: "finalize", Resource: { Kind: "Namespace", Custom: false } }) => _subresources.FinalizeAsync(http, path),
            (_, { Subresource: "scale", Resource.Scale: not null }) => _subresources.ScaleAsync(http, path),
            (_, { Subresource: not ("" or "status") }) or (_, { Subresource: "status", Resource.HasStatus: false }) => throw Failures.NoSuchResource(),
            ("GET" or "HEAD", { Name: "" }) => ListOrWatchAsync(http, path, representation!),
            ("GET" or "HEAD", _) => GetAsync(http, path, representation!),
            ("POST", { Name: "" }) when path.Resource.Namespaced == path.Namespace.Length > 0 => CreateAsync(http, path, representation!),
            ("PUT", { Name.Length: > 0 }) => ReplaceAsync(http, path, representation!),
            ("PATCH", { Name.Length: > 0 }) => PatchAsync(http, path, representation!),
            ("DELETE", { Name.Length: > 0, Subresource: "" }) => DeleteAsync(http, path, representation!),
            ("DELETE", { Name: "", Resource.CanDeleteCollection: true }) when path.Resource.Namespaced == path.Namespace.Length > 0 => DeleteCollectionAsync(http, path),
            _ => throw Failures.MethodNotAllowed(),
        };
    }

    private Task GetAsync(HttpContext http, ResourcePath path, Representation representation)
    {
        var stored = context.Store.Find(path.Resource.Qualified, path.Key) ?? throw Failures.NotFound(path.Resource, path.Name);
        return WriteAsync(http, 200, stored.Document, path.Resource, representation);
    }

    private Task ListOrWatchAsync(HttpContext http, ResourcePath path, Representation representation)
    {
        var request = http.Request;
        var query = ObjectQuery.Create(path.Resource, path.Namespace, request.Query["labelSelector"], request.Query["fieldSelector"]);
        if (RequestOptions.IsTrue(request, "watch"))
        {
            return watches.AnswerAsync(http, query, representation);
        }

        RequestOptions.Number(request, "timeoutSeconds");
        var exact = request.Query["resourceVersionMatch"] == "Exact";
        var page = _lister.List(query, RequestOptions.Number(request, "limit") ?? 0, request.Query["continue"], request.Query["resourceVersion"], exact);
        return representation.Form switch
        {
            Form.Table => Responses.WriteAsync(http, 200, Table(http, path.Resource, page.Items.Select(i => i.Document), Responses.ListMetadata(page), representation)),
            Form.Metadata => Responses.WriteAsync(http, 200, new JsonObject
            {
                ["kind"] = "PartialObjectMetadataList",
                ["apiVersion"] = "meta.k8s.io/" + representation.Version,
                ["metadata"] = Responses.ListMetadata(page),
                ["items"] = new JsonArray([.. page.Items.Select(i => TableBuilder.MetadataOnly(i.Document, representation.Version))]),
            }),
            _ => Responses.ListAsync(http, path.Resource, page),
        };
    }

    private async Task CreateAsync(HttpContext http, ResourcePath path, Representation representation)
    {
        var body = await BodyAsync(http, path.Resource);
        var options = RequestOptions.Write(http.Request, "CreateOptions");
        CheckNamespace(body, path);
        var created = _creator.Create(path.Resource, path.Namespace, path.Resource.Rules.Decode(body, path.Resource), options);
        await WriteAsync(http, 201, created, path.Resource, representation);
    }

    private async Task ReplaceAsync(HttpContext http, ResourcePath path, Representation representation)
    {
        var body = await BodyAsync(http, path.Resource);
        var options = RequestOptions.Write(http.Request, "UpdateOptions");
        CheckNamespace(body, path);
        var updated = _updater.Update(
            path.Resource, path.Key, path.Subresource == "status", patch: false, options, _ => new Proposal(path.Resource.Rules.Decode(body, path.Resource)));
        await WriteAsync(http, 200, updated, path.Resource, representation);
    }

    private async Task PatchAsync(HttpContext http, ResourcePath path, Representation representation)
    {
        var (status, document) = _patches.Apply(http.Request, path, await Bodies.ReadAsync(http.Request, http.RequestAborted));
        await WriteAsync(http, status, document, path.Resource, representation);
    }

    private async Task DeleteAsync(HttpContext http, ResourcePath path, Representation representation)
    {
        var options = RequestOptions.Delete(http.Request, await Bodies.ReadAsync(http.Request, http.RequestAborted));
        CheckDeletable(path.Resource, path.Name);
        var deletion = _deleter.Delete(path.Resource, path.Key, options);
        if (deletion.Gone && !path.Resource.ReturnsDeleted)
        {
            await Responses.WriteAsync(http, 200, Success(path, deletion.Document));
        }
        else
        {
            await WriteAsync(http, 200, deletion.Document, path.Resource, representation);
        }
    }

    private async Task DeleteCollectionAsync(HttpContext http, ResourcePath path)
    {
        var options = RequestOptions.Delete(http.Request, await Bodies.ReadAsync(http.Request, http.RequestAborted));
        var query = ObjectQuery.Create(path.Resource, path.Namespace, http.Request.Query["labelSelector"], http.Request.Query["fieldSelector"]);
        var page = _lister.List(query, 0, null, null, exact: false);
        foreach (var stored in page.Items)
        {
            try
            {
                _deleter.Delete(path.Resource, stored.Key, options);
            }
            catch (StatusException gone) when (gone.Code == 404)
            {
                // Somebody else was faster.
            }
        }

        await Responses.ListAsync(http, path.Resource, page);
    }

    private async Task ReviewAsync(HttpContext http, ResourcePath path)
    {
        if (http.Request.Method != "POST" || path.Name.Length > 0)
        {
            throw Failures.MethodNotAllowed();
        }

        var body = await BodyAsync(http, path.Resource);
        await (path.Resource.Kind == "Binding" ? _subresources.BindAsync(http, path, body) : Responses.WriteAsync(http, 201, Reviews.Answer(path.Resource, body)));
    }

    private Task WriteAsync(HttpContext http, int status, JsonObject document, ResourceInfo resource, Representation representation) =>
        Responses.WriteAsync(http, status, representation.Form switch
        {
            Form.Table => Table(http, resource, [document], new JsonObject { ["resourceVersion"] = document.Text("metadata", "resourceVersion") }, representation),
            Form.Metadata => TableBuilder.MetadataOnly(document, representation.Version),
            _ => Responses.Versioned(document, resource),
        });

    private JsonObject Table(HttpContext http, ResourceInfo resource, IEnumerable<JsonObject> documents, JsonObject metadata, Representation representation) =>
        TableBuilder.Build(
            resource, documents, metadata, representation.Version, http.Request.Query["includeObject"].ToString(), withColumns: true, context.Clock.GetUtcNow());

    private static async Task<JsonObject> BodyAsync(HttpContext http, ResourceInfo resource)
    {
        var body = Bodies.Parse(await Bodies.ReadAsync(http.Request, http.RequestAborted), http.Request.ContentType, resource);
        Kinds.Check(body, resource);
        return body;
    }

    private static void CheckNamespace(JsonObject body, ResourcePath path)
    {
        if (path.Resource.Namespaced && body.Text("metadata", "namespace") is { Length: > 0 } place && place != path.Namespace)
        {
            throw Failures.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }
    }

    private static void CheckDeletable(ResourceInfo resource, string name)
    {
        if (resource is { Custom: false, Kind: "Namespace" } && name is "default" or "kube-system" or "kube-public")
        {
            throw Failures.Forbidden(resource, name, "this namespace may not be deleted");
        }
    }

    private static JsonObject Success(ResourcePath path, JsonObject document)
    {
        var details = Failures.Details(path.Name, path.Resource.Group, path.Resource.Plural);
        details["uid"] = document.Text("metadata", "uid");
        return new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["details"] = details };
    }
}
