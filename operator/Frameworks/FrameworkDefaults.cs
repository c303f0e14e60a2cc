using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Frameworks;

/// <summary>What holds for frameworks whose resource does not say otherwise.</summary>
/// <param name="Namespace">Of resources made for frameworks under <see cref="Admission.Open"/>.</param>
/// <param name="Image">For tasks that name none, where the framework's resource names none either; null refuses them.</param>
/// <param name="Fetcher">Null: tasks with URIs are refused.</param>
public sealed record FrameworkDefaults(Admission Admission, string Namespace, string? Image, FetcherSettings? Fetcher = null)
{
    /// <summary>Of every Pod, besides those of its framework: taints of nodes that are offered all the same.</summary>
    public ImmutableArray<V1Toleration> Tolerations { get; init; } = [];

    public ExtendedResources Extended { get; init; } = ExtendedResources.Default;

    public Binding Binding { get; init; }

    public PodSettings Pods => new()
    {
        Namespace = Namespace, DefaultImage = Image, Tolerations = Tolerations, Fetcher = Fetcher, Extended = Extended, Binding = Binding,
    };
}
