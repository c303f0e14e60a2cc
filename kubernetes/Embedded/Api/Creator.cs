using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Ownership;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Storage;
using MesosK8sBridge.Kubernetes.Embedded.Validation;

namespace MesosK8sBridge.Kubernetes.Embedded.Api;

/// <remarks>Kubernetes: apiserver/pkg/registry/rest/create.go.</remarks>
internal sealed class Creator(ApiContext context)
{
    /// <param name="body">Decoded, not yet defaulted. Changed.</param>
    /// <param name="applied">The managed fields of a server-side apply; null: the writer owns all fields.</param>
    public JsonObject Create(ResourceInfo resource, string namespaceName, JsonObject body, WriteOptions options, JsonArray? applied = null)
    {
        var metadata = Metadata.Of(body);
        if (metadata.Text("resourceVersion") is { Length: > 0 })
        {
            throw Failures.Internal("resourceVersion should not be set on objects to be created");
        }

        Fill(metadata, resource, namespaceName);
        CheckNamespace(resource, namespaceName, metadata.Text("name") ?? "");
        if (resource.HasStatus && resource.Custom)
        {
            body.Remove("status");
        }

        resource.Rules.Default(body);
        var managed = applied ?? ManagedFields.AfterUpdate([], null, body, resource, options.Manager, context.Now);
        resource.Rules.PrepareForCreate(body); // what this adds is the server's
        var document = Metadata.Arrange(body, resource);
        var name = metadata.Text("name") ?? "";
        var errors = MetadataValidation.Check(document, resource).Concat(resource.Rules.Validate(document)).ToList();
        if (errors.Count > 0)
        {
            throw Failures.Invalid(resource, name, errors);
        }

        ManagedFields.Set(document, managed);
        var key = new ObjectKey(namespaceName, name);
        return options.DryRun ? Pretend(resource, key, document) : Commit(resource, key, document);
    }

    private JsonObject Commit(ResourceInfo resource, ObjectKey key, JsonObject document) =>
        context.Store.TryCommit(resource.Qualified, key, null, document)?.Document ?? throw Failures.AlreadyExists(resource, key.Name);

    private JsonObject Pretend(ResourceInfo resource, ObjectKey key, JsonObject document) =>
        context.Store.Find(resource.Qualified, key) is null ? document : throw Failures.AlreadyExists(resource, key.Name);

    private void Fill(JsonObject metadata, ResourceInfo resource, string namespaceName)
    {
        foreach (var name in new[] { "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion", "generation", "managedFields" })
        {
            metadata.Remove(name);
        }

        metadata["uid"] = context.Ids.Uid();
        metadata["creationTimestamp"] = context.Now;
        if (resource.Namespaced)
        {
            metadata["namespace"] = namespaceName;
        }
        else
        {
            metadata.Remove("namespace");
        }

        if (resource.HasGeneration)
        {
            metadata["generation"] = 1L;
        }

        if (metadata.Text("name") is null or "" && metadata.Text("generateName") is { Length: > 0 } start)
        {
            metadata["name"] = context.Ids.Name(start);
        }
    }

    private void CheckNamespace(ResourceInfo resource, string namespaceName, string name)
    {
        if (!resource.Namespaced)
        {
            return;
        }

        var found = context.Store.Find("namespaces", new ObjectKey("", namespaceName));
        if (found is null)
        {
            throw new StatusException(404, "NotFound", $"namespaces \"{namespaceName}\" not found", Failures.Details(namespaceName, "", "namespaces"));
        }

        if (Metadata.IsDeleting(found.Document))
        {
            throw Failures.Forbidden(
                resource,
                name,
                $"unable to create new content in namespace {namespaceName} because it is being terminated",
                [new JsonObject { ["reason"] = "NamespaceTerminating", ["message"] = $"namespace {namespaceName} is being terminated", ["field"] = "metadata.namespace" }]);
        }
    }
}
