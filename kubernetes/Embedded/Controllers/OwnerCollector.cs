using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Storage;

namespace MesosK8sBridge.Kubernetes.Embedded.Controllers;

/// <summary>Deletes what has lost all its owners; carries out foreground and orphaning deletions.</summary>
/// <remarks>Kubernetes: pkg/controller/garbagecollector.</remarks>
internal sealed class OwnerCollector(ApiContext context) : IController
{
    private const string Foreground = "foregroundDeletion";
    private const string Orphan = "orphan";

    private readonly Updater _updater = new(context);
    private readonly Deleter _deleter = new(context);

    // Uid of an owner -> those that name it; kept by following every change.
    private readonly Dictionary<string, Dictionary<(string Resource, ObjectKey Key), ResourceInfo>> _dependents = new(StringComparer.Ordinal);

    public void Handle(string resource, Change change)
    {
        if (context.Registry.All.Find(r => r.Qualified == resource) is not { } info)
        {
            return;
        }

        var place = (resource, change.Current.Key);
        Index(place, info, change.Previous, change.Kind == ChangeKind.Deleted ? null : change.Current);
        if (change.Kind == ChangeKind.Deleted)
        {
            foreach (var (dependent, dependentInfo) in Dependents(change.Current.Uid))
            {
                Release(dependentInfo, dependent.Key, change.Current.Uid);
            }

            foreach (var owner in Owners(change.Current.Document))
            {
                Continue(owner);
            }
        }
        else if (Metadata.IsDeleting(change.Current.Document))
        {
            Continue(info, change.Current.Key);
        }
        else if (change.Kind == ChangeKind.Added)
        {
            CheckOwners(info, change.Current);
        }
    }

    private void Index((string Resource, ObjectKey Key) place, ResourceInfo info, StoredObject? before, StoredObject? after)
    {
        foreach (var uid in Uids(before))
        {
            if (_dependents.TryGetValue(uid, out var set) && set.Remove(place) && set.Count == 0)
            {
                _dependents.Remove(uid);
            }
        }

        foreach (var uid in Uids(after))
        {
            if (!_dependents.TryGetValue(uid, out var set))
            {
                _dependents[uid] = set = [];
            }

            set[place] = info;
        }
    }

    /// <summary>An object created for an owner that is no more.</summary>
    private void CheckOwners(ResourceInfo info, StoredObject stored)
    {
        foreach (var owner in Owners(stored.Document))
        {
            var uid = owner.Text("uid") ?? "";
            if (Find(owner, stored.Key.Namespace) is not { } found || found.Stored.Uid != uid)
            {
                Release(info, stored.Key, uid);
            }
        }
    }

    /// <summary>Takes one owner away, and with the last one the object.</summary>
    private void Release(ResourceInfo info, ObjectKey key, string uid)
    {
        Ignoring404(() =>
        {
            var current = context.Store.Find(info.Qualified, key)?.Document;
            var others = Owners(current).Where(o => o.Text("uid") != uid && Exists(o, key.Namespace)).ToList();
            if (current is null || Owners(current).All(o => o.Text("uid") != uid))
            {
                return;
            }

            if (others.Count == 0)
            {
                _deleter.Delete(info, key, new DeleteOptions(Propagation: "Background"));
            }
            else
            {
                Disown(info, key, uid);
            }
        });
    }

    private void Continue(JsonObject owner)
    {
        if (context.Registry.FindKind(owner.Text("apiVersion") ?? "", owner.Text("kind") ?? "") is { } info)
        {
            foreach (var stored in context.Store.Current(info.Qualified).Objects.Values.Where(o => o.Uid == owner.Text("uid")))
            {
                Continue(info, stored.Key);
            }
        }
    }

    private void Continue(ResourceInfo info, ObjectKey key) => Ignoring404(() =>
    {
        if (context.Store.Find(info.Qualified, key) is not { } stored || !Metadata.IsDeleting(stored.Document))
        {
            return;
        }

        var finalizers = stored.Document.Array("metadata", "finalizers").Strings().ToList();
        var dependents = Dependents(stored.Uid);
        if (finalizers.Contains(Orphan))
        {
            dependents.ForEach(d => Disown(d.Info, d.Place.Key, stored.Uid));
            RemoveFinalizer(info, key, Orphan);
        }
        else if (finalizers.Contains(Foreground))
        {
            foreach (var (place, dependent) in dependents.Where(d => context.Store.Find(d.Info.Qualified, d.Place.Key) is { } o && !Metadata.IsDeleting(o.Document)))
            {
                _deleter.Delete(dependent, place.Key, new DeleteOptions(Propagation: "Foreground"));
            }

            if (!Dependents(stored.Uid).Exists(d => Blocks(d, stored.Uid)))
            {
                RemoveFinalizer(info, key, Foreground);
            }
        }
    });

    private bool Blocks(((string Resource, ObjectKey Key) Place, ResourceInfo Info) dependent, string uid) =>
        context.Store.Find(dependent.Info.Qualified, dependent.Place.Key) is { } stored
        && Owners(stored.Document).Any(o => o.Text("uid") == uid && o.Flag("blockOwnerDeletion") is true);

    private void Disown(ResourceInfo info, ObjectKey key, string uid) => Ignoring404(() => _updater.Update(
        info, key, statusOnly: false, patch: true, WriteOptions.Server, current =>
        {
            var next = current.Copy();
            var left = new JsonArray([.. Owners(current).Where(o => o.Text("uid") != uid).Select(o => o.DeepClone())]);
            Metadata.Of(next).Remove("ownerReferences");
            if (left.Count > 0)
            {
                Metadata.Of(next)["ownerReferences"] = left;
            }

            return new Proposal(next);
        }));

    private void RemoveFinalizer(ResourceInfo info, ObjectKey key, string finalizer) => _updater.Update(
        info, key, statusOnly: false, patch: true, WriteOptions.Server, current =>
        {
            var next = current.Copy();
            Metadata.Of(next)["finalizers"] = new JsonArray(
                [.. current.Array("metadata", "finalizers").Strings().Where(f => f != finalizer).Select(f => JsonValue.Create(f))]);
            return new Proposal(next);
        });

    private bool Exists(JsonObject owner, string namespaceName) => Find(owner, namespaceName) is { } found && found.Stored.Uid == owner.Text("uid");

    private (ResourceInfo Info, StoredObject Stored)? Find(JsonObject owner, string namespaceName)
    {
        var info = context.Registry.FindKind(owner.Text("apiVersion") ?? "", owner.Text("kind") ?? "");
        var stored = info is null ? null : context.Store.Find(info.Qualified, new ObjectKey(info.Namespaced ? namespaceName : "", owner.Text("name") ?? ""));
        return stored is null ? null : (info!, stored);
    }

    private List<((string Resource, ObjectKey Key) Place, ResourceInfo Info)> Dependents(string uid) =>
        _dependents.TryGetValue(uid, out var set) ? [.. set.Select(d => (d.Key, d.Value))] : [];

    private static IEnumerable<JsonObject> Owners(JsonObject? document) => document.Array("metadata", "ownerReferences").Objects();

    private static List<string> Uids(StoredObject? stored) => [.. Owners(stored?.Document).Select(o => o.Text("uid") ?? "").Where(uid => uid.Length > 0)];

    private static void Ignoring404(Action action)
    {
        try
        {
            action();
        }
        catch (StatusException gone) when (gone.Code == 404)
        {
            // Somebody else has deleted it.
        }
    }
}
