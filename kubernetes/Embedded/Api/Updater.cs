using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Ownership;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Storage;
using MesosK8sBridge.Kubernetes.Embedded.Validation;

namespace MesosK8sBridge.Kubernetes.Embedded.Api;

/// <param name="Document">Decoded; changed by the update.</param>
/// <param name="Applied">The managed fields of a server-side apply; null: the writer owns what it changed.</param>
internal sealed record Proposal(JsonObject Document, JsonArray? Applied = null);

/// <summary>Replaces and patches: a new version of an object from the current one, again if another writer was faster.</summary>
/// <remarks>Kubernetes: apiserver/pkg/registry/rest/update.go, registry/generic/registry/store.go.</remarks>
internal sealed class Updater(ApiContext context)
{
    private const int Attempts = 10;

    /// <param name="propose">May run several times.</param>
    /// <exception cref="StatusException">404; 409 if the proposal is of another version; 422.</exception>
    public JsonObject Update(
        ResourceInfo resource, ObjectKey key, bool statusOnly, bool patch, WriteOptions options, Func<JsonObject, Proposal> propose)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var current = context.Store.Find(resource.Qualified, key) ?? throw Failures.NotFound(resource, key.Name);
            var proposal = propose(current.Document);
            CheckIdentity(resource, key, current, proposal.Document, patch);
            var next = Next(resource, key, current.Document, proposal, statusOnly, options);
            if (Unchanged(next, current.Document))
            {
                return current.Document;
            }

            if (options.DryRun)
            {
                return next;
            }

            // With its last finalizer an object goes; watchers see it go as it was.
            var gone = MayGo(next, current.Document);
            if (context.Store.TryCommit(resource.Qualified, key, current, gone ? null : next) is { } stored)
            {
                return gone ? next : stored.Document;
            }
        }

        throw Failures.Modified(resource, key.Name);
    }

    private JsonObject Next(ResourceInfo resource, ObjectKey key, JsonObject old, Proposal proposal, bool statusOnly, WriteOptions options)
    {
        var rules = resource.Rules;
        var next = proposal.Document;
        rules.Default(next);
        if (statusOnly)
        {
            next = rules.PrepareForStatusUpdate(next, old);
        }
        else
        {
            if (resource.HasStatus)
            {
                next.Remove("status");
                if (old["status"] is { } status)
                {
                    next["status"] = status.DeepClone();
                }
            }

            rules.PrepareForUpdate(next, old);
        }

        Metadata.KeepSystemFields(next, old);
        if (!statusOnly)
        {
            Metadata.CountGeneration(next, old, resource);
        }

        next = Metadata.Arrange(next, resource);
        var errors = MetadataValidation.Check(next, resource)
            .Concat(MetadataValidation.CheckUpdate(next, old))
            .Concat(statusOnly ? rules.ValidateStatusUpdate(next, old) : rules.ValidateUpdate(next, old))
            .ToList();
        if (errors.Count > 0)
        {
            throw Failures.Invalid(resource, key.Name, errors);
        }

        var before = old.Array("metadata", "managedFields") ?? [];
        ManagedFields.Set(next, proposal.Applied ?? ManagedFields.AfterUpdate(before, old, next, resource, options.Manager, context.Now));
        return next;
    }

    private static void CheckIdentity(ResourceInfo resource, ObjectKey key, StoredObject current, JsonObject proposed, bool patch)
    {
        var metadata = Metadata.Of(proposed);
        if (metadata.Text("name") is { Length: > 0 } name && name != key.Name)
        {
            throw Failures.BadRequest($"the name of the object ({name}) does not match the name on the URL ({key.Name})");
        }

        if (metadata.Text("namespace") is { Length: > 0 } place && place != key.Namespace)
        {
            throw Failures.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        var uid = metadata.Text("uid");
        if (!string.IsNullOrEmpty(uid) && uid != current.Uid)
        {
            throw Failures.Conflict(
                resource,
                key.Name,
                $"StorageError: invalid object, Code: 4, Key: /registry/{StoragePath(resource, key)}, ResourceVersion: 0, "
                + $"AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {current.Uid}");
        }

        var version = metadata.Text("resourceVersion");
        if (string.IsNullOrEmpty(version) || version == "0")
        {
            if (!resource.AllowsBlindUpdate && !patch)
            {
                // Here the real server names the resource where elsewhere it names the kind.
                throw Failures.Invalid(
                    resource.Group, resource.Plural, key.Name, [new FieldError("FieldValueInvalid", "metadata.resourceVersion", "Invalid value: 0x0: must be specified for an update")]);
            }
        }
        else if (version != Metadata.Version(current.Version))
        {
            throw Failures.Modified(resource, key.Name);
        }
    }

    private static string StoragePath(ResourceInfo resource, ObjectKey key)
    {
        var folder = resource.Custom ? $"{resource.Group}/{resource.Plural}" : resource.Plural;
        return key.Namespace.Length == 0 ? $"{folder}/{key.Name}" : $"{folder}/{key.Namespace}/{key.Name}";
    }

    /// <summary>Whether the last finalizer of an object has gone that nobody waits for.</summary>
    private static bool MayGo(JsonObject next, JsonObject old) =>
        Metadata.IsDeleting(old) && !Metadata.HasFinalizers(next) && old.Integer("metadata", "deletionGracePeriodSeconds") is 0;

    private static bool Unchanged(JsonObject next, JsonObject old) =>
        JsonTree.Same(next, old) || JsonTree.Same(ManagedFields.WithoutTimes(next), ManagedFields.WithoutTimes(old));
}
