using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Selectors;
using MesosK8sBridge.Kubernetes.Embedded.Storage;

namespace MesosK8sBridge.Kubernetes.Embedded.Api;

/// <summary>Which objects of a resource a list or a watch is about.</summary>
/// <param name="Namespace">Empty: all.</param>
internal sealed record ObjectQuery(ResourceInfo Resource, string Namespace, LabelSelector Labels, FieldSelector Fields)
{
    public bool Matches(StoredObject stored) =>
        (Namespace.Length == 0 || stored.Key.Namespace == Namespace)
        && (Labels.IsEmpty || Labels.Matches(stored.Document.Object("metadata", "labels")))
        && (Fields.IsEmpty || Fields.Matches(field => Value(stored.Document, field)));

    public static ObjectQuery Create(ResourceInfo resource, string namespaceName, string? labels, string? fields) => new(
        resource,
        namespaceName,
        LabelSelector.Parse(labels),
        FieldSelector.Parse(fields, resource.Rules.SelectableFields.ContainsKey));

    private string Value(JsonObject document, string field) => Resource.Rules.SelectableFields[field](document);
}
