using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Json;

namespace MesosK8sBridge.Kubernetes.Models;

/// <summary>A change to an object, in one of the four languages the API server understands. Immutable.</summary>
public sealed class V1Patch
{
    private V1Patch(PatchType type, ReadOnlyMemory<byte> content, string? fieldManager = null, bool force = false)
    {
        Type = type;
        Content = content;
        FieldManager = fieldManager;
        Force = force;
    }

    public enum PatchType
    {
        /// <summary>RFC 6902: a list of operations.</summary>
        JsonPatch,

        /// <summary>RFC 7386: fields to set; null removes; lists are replaced whole.</summary>
        MergePatch,

        /// <summary>As a merge patch, but lists with keys are merged. Not for custom resources.</summary>
        StrategicMergePatch,

        /// <summary>Server-side apply.</summary>
        ApplyPatch,
    }

    public PatchType Type { get; }

    /// <summary>JSON in UTF-8.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>Who owns the fields afterwards. Always there for <see cref="PatchType.ApplyPatch"/>.</summary>
    public string? FieldManager { get; }

    /// <summary>Take fields that another manager owns.</summary>
    public bool Force { get; }

    public string ContentType => Type switch
    {
        PatchType.JsonPatch => "application/json-patch+json",
        PatchType.MergePatch => "application/merge-patch+json",
        PatchType.StrategicMergePatch => "application/strategic-merge-patch+json",
        _ => "application/apply-patch+yaml",
    };

    public static V1Patch Json(JsonArray operations) => new(PatchType.JsonPatch, KubernetesJson.Utf8(operations));

    public static V1Patch Merge(JsonObject change) => new(PatchType.MergePatch, KubernetesJson.Utf8(change));

    public static V1Patch Strategic(JsonObject change) => new(PatchType.StrategicMergePatch, KubernetesJson.Utf8(change));

    /// <param name="desired">Must carry apiVersion, kind and metadata.name.</param>
    public static V1Patch Apply(JsonObject desired, string fieldManager, bool force = false) =>
        new(PatchType.ApplyPatch, KubernetesJson.Utf8(desired), fieldManager, force);

    /// <param name="json">Must know <typeparamref name="T"/>; null for the types of this assembly.</param>
    public static V1Patch Apply<T>(T desired, string fieldManager, bool force = false, KubernetesJson? json = null)
        where T : IKubernetesObject =>
        new(PatchType.ApplyPatch, (json ?? KubernetesJson.Default).SerializeToUtf8Bytes(KubernetesEntity<T>.Named(desired)), fieldManager, force);
}
