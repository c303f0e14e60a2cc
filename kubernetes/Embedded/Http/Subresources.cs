using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Patching;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Selectors;
using MesosK8sBridge.Kubernetes.Embedded.Storage;
using Microsoft.AspNetCore.Http;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

/// <summary>Subresources other than status: binding and eviction of Pods, scale, finalize.</summary>
internal sealed class Subresources(ApiContext context)
{
    private readonly Updater _updater = new(context);
    private readonly Deleter _deleter = new(context);

    public async Task PostAsync(HttpContext http, ResourcePath path)
    {
        var body = Bodies.Parse(await Bodies.ReadAsync(http.Request, http.RequestAborted), http.Request.ContentType, path.Resource);
        if (path.Subresource == "binding")
        {
            await BindAsync(http, path, body);
            return;
        }

        Evict(http.Request, path, body);
        await Responses.WriteAsync(http, 201, Success(201));
    }

    /// <summary>Puts a Pod on a node.</summary>
    public async Task BindAsync(HttpContext http, ResourcePath path, JsonObject body)
    {
        var pods = context.Registry.Find("", "v1", "pods")!;
        var key = new ObjectKey(path.Namespace, path.Name.Length > 0 ? path.Name : Metadata.Name(body));
        if (path.Name.Length > 0 && Metadata.Name(body) != path.Name)
        {
            throw Failures.BadRequest("name in URL does not match name in Binding object");
        }

        var node = body.Text("target", "name") ?? "";
        if (node.Length == 0)
        {
            throw Failures.Invalid("", "Binding", key.Name, [FieldError.Required("target.name")]);
        }

        for (var current = Find(pods, key); ; current = Find(pods, key))
        {
            if (context.Store.TryCommit("pods", key, current, Bound(pods, current.Document, node)) is not null)
            {
                break;
            }
        }

        await Responses.WriteAsync(http, 201, Success(201));
    }

    public async Task FinalizeAsync(HttpContext http, ResourcePath path)
    {
        var body = Bodies.Parse(await Bodies.ReadAsync(http.Request, http.RequestAborted), http.Request.ContentType, path.Resource);
        var current = Find(path.Resource, path.Key);
        var next = current.Document.Copy();
        next.Child("spec")["finalizers"] = body.Array("spec", "finalizers")?.DeepClone() ?? new JsonArray();
        var gone = Metadata.IsDeleting(next) && next.Array("spec", "finalizers") is { Count: 0 };
        var stored = context.Store.TryCommit("namespaces", path.Key, current, gone ? null : next) ?? throw Failures.Modified(path.Resource, path.Name);
        await Responses.WriteAsync(http, 200, stored.Document);
    }

    public async Task ScaleAsync(HttpContext http, ResourcePath path)
    {
        var body = await Bodies.ReadAsync(http.Request, http.RequestAborted);
        var resource = path.Resource;
        var current = Find(resource, path.Key).Document;
        switch (http.Request.Method)
        {
            case "GET":
                break;
            case "PUT":
                current = SetReplicas(http, path, _ => Bodies.Parse(body, http.Request.ContentType, resource));
                break;
            case "PATCH":
                var kind = PatchHandler.Kind(http.Request, resource);
                var patch = PatchHandler.Parse(body, kind);
                current = SetReplicas(http, path, scale => kind == PatchKind.Json ? JsonPatch.Apply(scale, (JsonArray)patch) : MergePatch.Apply(scale, (JsonObject)patch));
                break;
            default:
                throw Failures.MethodNotAllowed();
        }

        await Responses.WriteAsync(http, 200, Scale(current, resource.Scale!));
    }

    private JsonObject SetReplicas(HttpContext http, ResourcePath path, Func<JsonObject, JsonObject> change)
    {
        var scale = path.Resource.Scale!;
        return _updater.Update(path.Resource, path.Key, false, patch: true, RequestOptions.Write(http.Request, "UpdateOptions"), current =>
        {
            var wanted = change(Scale(current, scale));
            var next = current.Copy();
            var names = scale.SpecReplicas.Split('.');
            var parent = names.SkipLast(1).Aggregate(next, (node, name) => node.Child(name));
            parent[names[^1]] = wanted.Integer("spec", "replicas") ?? 0;
            return new Proposal(next);
        });
    }

    private static JsonObject Scale(JsonObject document, ScalePaths paths)
    {
        var metadata = new JsonObject();
        foreach (var name in new[] { "name", "namespace", "uid", "resourceVersion", "creationTimestamp" })
        {
            metadata[name] = document.At("metadata", name)?.DeepClone();
        }

        var status = new JsonObject { ["replicas"] = document.Integer(paths.StatusReplicas.Split('.')) ?? 0 };
        if (paths.LabelSelector is { } selector && document.At(selector.Split('.')) is { } found)
        {
            status["selector"] = found.Text() ?? Tables.BuiltInColumns.Labels(found.Object("matchLabels") ?? found as JsonObject);
        }

        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject { ["replicas"] = document.Integer(paths.SpecReplicas.Split('.')) ?? 0 },
            ["status"] = status,
        };
    }

    private static JsonObject Bound(ResourceInfo pods, JsonObject pod, string node)
    {
        var name = Metadata.Name(pod);
        var binding = pods with { Plural = "pods/binding" };
        if (Metadata.IsDeleting(pod))
        {
            throw Failures.Conflict(binding, name, $"pod {name} is being deleted, cannot be assigned to a host");
        }

        if (pod.Text("spec", "nodeName") is { Length: > 0 } already)
        {
            throw Failures.Conflict(binding, name, $"pod {name} is already assigned to node \"{already}\"");
        }

        var next = pod.Copy();
        next.Child("spec")["nodeName"] = node;
        var condition = new JsonObject { ["type"] = "PodScheduled", ["status"] = "True", ["lastProbeTime"] = null };
        next.Child("status")["conditions"] = new JsonArray(
            [.. pod.Array("status", "conditions").Objects().Where(c => c.Text("type") != "PodScheduled").Select(c => c.DeepClone()), condition]);
        return next;
    }

    private void Evict(HttpRequest request, ResourcePath path, JsonObject body)
    {
        var pod = Find(path.Resource, path.Key);
        CheckBudgets(pod);
        var bytes = body.Object("deleteOptions") is { } options ? JsonTree.ToBytes(options) : [];
        request.ContentType = "application/json";
        _deleter.Delete(path.Resource, path.Key, RequestOptions.Delete(request, bytes));
    }

    private void CheckBudgets(StoredObject pod)
    {
        if (pod.Document.Text("status", "phase") is "Succeeded" or "Failed" or "Pending")
        {
            return;
        }

        var labels = pod.Document.Object("metadata", "labels");
        foreach (var budget in context.Store.Current("poddisruptionbudgets.policy").Objects.Values.Where(b => b.Key.Namespace == pod.Key.Namespace))
        {
            var selector = LabelSelector.From(budget.Document.Object("spec", "selector"));
            if (!selector.IsEmpty && selector.Matches(labels) && budget.Document.Integer("status", "disruptionsAllowed") is null or 0)
            {
                var cause = new JsonObject
                {
                    ["reason"] = "DisruptionBudget",
                    ["message"] = $"The disruption budget {budget.Key.Name} needs {budget.Document.Integer("status", "desiredHealthy") ?? 0} healthy pods "
                        + $"and has {budget.Document.Integer("status", "currentHealthy") ?? 0} currently",
                };
                throw Failures.TooManyRequests(
                    "Cannot evict pod as it would violate the pod's disruption budget.", new JsonObject { ["causes"] = new JsonArray(cause) });
            }
        }
    }

    private StoredObject Find(ResourceInfo resource, ObjectKey key) =>
        context.Store.Find(resource.Qualified, key) ?? throw Failures.NotFound(resource, key.Name);

    private static JsonObject Success(int code) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Success",
        ["code"] = (long)code,
    };
}
