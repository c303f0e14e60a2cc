using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Storage;

namespace MesosK8sBridge.Kubernetes.Embedded.Api;

/// <summary>What a client may say about a deletion.</summary>
internal sealed record DeleteOptions(
    long? GracePeriodSeconds = null, string? Uid = null, string? ResourceVersion = null, string? Propagation = null, bool DryRun = false)
{
    public static readonly DeleteOptions AtOnce = new(GracePeriodSeconds: 0);
}

/// <param name="Gone">False: it stays for its grace period or its finalizers.</param>
internal sealed record Deletion(JsonObject Document, bool Gone);

/// <remarks>Kubernetes: apiserver/pkg/registry/rest/delete.go, registry/generic/registry/store.go.</remarks>
internal sealed class Deleter(ApiContext context)
{
    private const int Attempts = 10;

    /// <exception cref="StatusException">404; 409 if a precondition does not hold.</exception>
    public Deletion Delete(ResourceInfo resource, ObjectKey key, DeleteOptions options)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var current = context.Store.Find(resource.Qualified, key) ?? throw Failures.NotFound(resource, key.Name);
            CheckPreconditions(resource, key, current, options);
            if (Step(resource, current, options) is { } deletion)
            {
                return deletion;
            }
        }

        throw Failures.Modified(resource, key.Name);
    }

    /// <returns>Null if another writer was faster.</returns>
    private Deletion? Step(ResourceInfo resource, StoredObject current, DeleteOptions options)
    {
        var next = Marked(resource, current.Document, options);
        var stays = next.Integer("metadata", "deletionGracePeriodSeconds") is > 0 || Metadata.HasFinalizers(next) || KeepsNamespace(resource, next);
        if (options.DryRun)
        {
            return new Deletion(stays ? next : current.Document, !stays);
        }

        if (stays && JsonTree.Same(next, current.Document))
        {
            return new Deletion(current.Document, Gone: false);
        }

        var stored = context.Store.TryCommit(resource.Qualified, current.Key, current, stays ? next : null);
        return stored is null ? null : new Deletion(stays ? stored.Document : Farewell(resource, stored, next), !stays);
    }

    // A Pod's last answer shows it as deleted without grace; its last watch event shows it as it was.
    private static JsonObject Farewell(ResourceInfo resource, StoredObject stored, JsonObject marked) =>
        resource.Kind == "Pod" ? marked : stored.Document;

    private static bool KeepsNamespace(ResourceInfo resource, JsonObject next) =>
        resource is { Kind: "Namespace", Custom: false } && next.Array("spec", "finalizers") is { Count: > 0 };

    private JsonObject Marked(ResourceInfo resource, JsonObject current, DeleteOptions options)
    {
        var next = current.Copy();
        Propagate(next, options.Propagation);
        var metadata = Metadata.Of(next);
        var grace = resource.Rules.GracePeriod(current, options.GracePeriodSeconds);
        if (Metadata.IsDeleting(current))
        {
            Shorten(metadata, options.GracePeriodSeconds is null ? null : grace);
            return Ordered(next, resource);
        }

        var seconds = grace ?? 0;
        metadata["deletionTimestamp"] = Timestamps.Seconds(context.Clock.GetUtcNow() + TimeSpan.FromSeconds(seconds));
        if (!KeepsNamespace(resource, next))
        {
            metadata["deletionGracePeriodSeconds"] = seconds;
        }
        else
        {
            next.Child("status")["phase"] = "Terminating";
        }

        if (metadata.Integer("generation") is > 0 and var generation)
        {
            metadata["generation"] = generation + 1;
        }

        return Ordered(next, resource);
    }

    private static JsonObject Ordered(JsonObject next, ResourceInfo resource) => Metadata.Arrange(next, resource);

    private static void Shorten(JsonObject metadata, long? grace)
    {
        var old = metadata.Integer("deletionGracePeriodSeconds") ?? 0;
        if (grace is null || grace >= old || Timestamps.Parse(metadata.Text("deletionTimestamp")) is not { } time)
        {
            return;
        }

        metadata["deletionTimestamp"] = Timestamps.Seconds(time + TimeSpan.FromSeconds(grace.Value - old));
        metadata["deletionGracePeriodSeconds"] = grace.Value;
    }

    private static void Propagate(JsonObject next, string? propagation)
    {
        var finalizer = propagation switch { "Foreground" => "foregroundDeletion", "Orphan" => "orphan", _ => null };
        if (finalizer is null)
        {
            return;
        }

        var finalizers = next.Array("metadata", "finalizers");
        if (finalizers is null)
        {
            Metadata.Of(next)["finalizers"] = finalizers = [];
        }

        if (!finalizers.Strings().Contains(finalizer))
        {
            finalizers.Add(finalizer);
        }
    }

    private static void CheckPreconditions(ResourceInfo resource, ObjectKey key, StoredObject current, DeleteOptions options)
    {
        if (options.Uid is not null && options.Uid != current.Uid)
        {
            throw Failures.KindConflict(
                resource,
                key.Name,
                $"the UID in the precondition ({options.Uid}) does not match the UID in record ({current.Uid}). "
                + "The object might have been deleted and then recreated");
        }

        if (options.ResourceVersion is not null && options.ResourceVersion != Metadata.Version(current.Version))
        {
            throw Failures.KindConflict(
                resource,
                key.Name,
                $"the ResourceVersion in the precondition ({options.ResourceVersion}) does not match the ResourceVersion in record "
                + $"({current.Version}). The object might have been modified");
        }
    }
}
