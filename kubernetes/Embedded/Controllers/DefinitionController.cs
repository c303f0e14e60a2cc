using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.CustomResources;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Storage;

namespace MesosK8sBridge.Kubernetes.Embedded.Controllers;

/// <summary>Serves what CustomResourceDefinitions define, and cleans up after them.</summary>
internal sealed class DefinitionController(ApiContext context) : IController
{
    private const string Definitions = "customresourcedefinitions.apiextensions.k8s.io";
    private const string Finalizer = "customresourcecleanup.apiextensions.k8s.io";

    private readonly Updater _updater = new(context);
    private readonly Deleter _deleter = new(context);

    public void Handle(string resource, Change change)
    {
        if (resource == Definitions)
        {
            Follow(change.Current.Key);
        }
        else if (change.Kind == ChangeKind.Deleted && context.Store.Find(Definitions, new ObjectKey("", resource)) is { } definition
            && Metadata.IsDeleting(definition.Document))
        {
            CleanUp(definition.Document);
        }
    }

    private void Follow(ObjectKey key)
    {
        if (context.Store.Find(Definitions, key)?.Document is not { } definition)
        {
            context.Registry.Replace(key.Name, []);
            context.Store.End(key.Name);
        }
        else if (Metadata.IsDeleting(definition))
        {
            CleanUp(definition);
        }
        else
        {
            context.Store.Begin(key.Name);
            context.Registry.Replace(key.Name, DefinitionReader.Resources(definition));
            Accept(key, definition);
        }
    }

    private void Accept(ObjectKey key, JsonObject definition)
    {
        if (definition.Array("status", "conditions") is { Count: > 0 } && JsonTree.Same(definition.At("status", "acceptedNames"), definition.At("spec", "names")))
        {
            return;
        }

        var resource = Own();
        _updater.Update(resource, key, statusOnly: false, patch: true, WriteOptions.Server, current => new Proposal(WithFinalizer(current)));
        _updater.Update(resource, key, statusOnly: true, patch: true, WriteOptions.Server, current =>
        {
            var next = current.Copy();
            next.Child("status")["acceptedNames"] = current.At("spec", "names")?.DeepClone();
            next.Child("status")["conditions"] = new JsonArray(
                Condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                Condition("Established", "InitialNamesAccepted", "the initial names have been accepted"));
            return new Proposal(next);
        });
    }

    private void CleanUp(JsonObject definition)
    {
        var name = Metadata.Name(definition);
        var left = context.Store.Current(name).Objects;
        var resource = context.Registry.All.Find(r => r.Custom && r.Qualified == name);
        foreach (var stored in left.Values.Where(stored => resource is not null && !Metadata.IsDeleting(stored.Document)))
        {
            _deleter.Delete(resource!, stored.Key, DeleteOptions.AtOnce);
        }

        if (left.IsEmpty)
        {
            _updater.Update(Own(), new ObjectKey("", name), statusOnly: false, patch: true, WriteOptions.Server, current => new Proposal(WithoutFinalizer(current)));
        }
    }

    private ResourceInfo Own() => context.Registry.Find("apiextensions.k8s.io", "v1", "customresourcedefinitions")!;

    private JsonObject Condition(string type, string reason, string message) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["lastTransitionTime"] = context.Now,
        ["reason"] = reason,
        ["message"] = message,
    };

    private static JsonObject WithFinalizer(JsonObject current)
    {
        var next = current.Copy();
        var metadata = Metadata.Of(next);
        var finalizers = metadata.Array("finalizers").Strings().Where(f => f != Finalizer).Append(Finalizer);
        metadata["finalizers"] = new JsonArray([.. finalizers.Select(f => JsonValue.Create(f))]);
        return next;
    }

    private static JsonObject WithoutFinalizer(JsonObject current)
    {
        var next = current.Copy();
        Metadata.Of(next)["finalizers"] = new JsonArray(
            [.. current.Array("metadata", "finalizers").Strings().Where(f => f != Finalizer).Select(f => JsonValue.Create(f))]);
        return next;
    }
}
