using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Storage;

namespace MesosK8sBridge.Kubernetes.Embedded.Controllers;

/// <summary>Empties a namespace that is being deleted, then lets it go.</summary>
internal sealed class NamespaceController(ApiContext context) : IController
{
    private readonly Deleter _deleter = new(context);

    public void Handle(string resource, Change change)
    {
        var name = resource == "namespaces" ? change.Current.Key.Name : change.Current.Key.Namespace;
        if (name.Length > 0 && (resource == "namespaces" || change.Kind != ChangeKind.Modified))
        {
            Follow(new ObjectKey("", name));
        }
    }

    private void Follow(ObjectKey key)
    {
        if (context.Store.Find("namespaces", key) is not { } found || !Metadata.IsDeleting(found.Document))
        {
            return;
        }

        var left = false;
        foreach (var resource in context.Registry.All.Where(r => r is { Namespaced: true, CreateOnly: false }).DistinctBy(r => r.Qualified))
        {
            foreach (var stored in context.Store.Current(resource.Qualified).Objects.Values.Where(o => o.Key.Namespace == key.Name))
            {
                left |= !Delete(resource, stored);
            }
        }

        if (!left)
        {
            Finish(key);
        }
    }

    private bool Delete(Resources.ResourceInfo resource, StoredObject stored)
    {
        try
        {
            return !Metadata.IsDeleting(stored.Document) && _deleter.Delete(resource, stored.Key, new DeleteOptions()).Gone;
        }
        catch (StatusException gone) when (gone.Code == 404)
        {
            return true;
        }
    }

    private void Finish(ObjectKey key)
    {
        while (context.Store.Find("namespaces", key) is { } current && Metadata.IsDeleting(current.Document))
        {
            var next = current.Document.Copy();
            next.Child("spec")["finalizers"] = new JsonArray();
            if (context.Store.TryCommit("namespaces", key, current, Metadata.HasFinalizers(next) ? next : null) is not null)
            {
                return;
            }
        }
    }
}
