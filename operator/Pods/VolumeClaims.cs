using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>Which PersistentVolumeClaims the volumes of one driver are.</summary>
/// <param name="Prefix">Before the volume's name.</param>
/// <param name="Made">Of claims that are made when a task first asks for them, and kept from then on; null: they must be there.</param>
public sealed record VolumeClaims(string Prefix, ClaimTemplate? Made = null);

/// <param name="StorageClass">Null: the cluster's default.</param>
public sealed record ClaimTemplate(ResourceQuantity Size, string? StorageClass, ImmutableArray<string> AccessModes)
{
    public static ImmutableArray<string> OneNode { get; } = ["ReadWriteOnce"];

    /// <summary>
    /// Nobody owns it: its data are for the next task that names the volume. A class that waits for the first consumer waits for the
    /// scheduler to choose that one's node, which nobody asks where Pods are bound directly: then the claim itself says so.
    /// </summary>
    /// <param name="node">Null: the scheduler will say.</param>
    /// <remarks>Kubernetes: pkg/controller/volume/persistentvolume/util/util.go, AnnSelectedNode.</remarks>
    public V1PersistentVolumeClaim Claim(string name, string space, string? node) => new()
    {
        ApiVersion = "v1",
        Kind = "PersistentVolumeClaim",
        Metadata = new V1ObjectMeta
        {
            Name = name,
            NamespaceProperty = space,
            Labels = new SortedDictionary<string, string>(StringComparer.Ordinal) { [TaskMarks.ManagedBy] = TaskMarks.Manager },
            Annotations = node is null ? null : new SortedDictionary<string, string>(StringComparer.Ordinal) { ["volume.kubernetes.io/selected-node"] = node },
        },
        Spec = new V1PersistentVolumeClaimSpec
        {
            AccessModes = [.. AccessModes],
            StorageClassName = StorageClass,
            Resources = new V1ResourceRequirements { Requests = new SortedDictionary<string, ResourceQuantity>(StringComparer.Ordinal) { ["storage"] = Size } },
        },
    };
}
