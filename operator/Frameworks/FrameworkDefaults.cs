using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Frameworks;

/// <summary>What holds for frameworks whose resource does not say otherwise.</summary>
/// <param name="Namespace">Of resources made for frameworks under <see cref="Admission.Open"/>.</param>
/// <param name="Image">For tasks that name none, where the framework's resource names none either; null refuses them.</param>
public sealed record FrameworkDefaults(Admission Admission, string Namespace, string? Image)
{
    public PodSettings Pods => new() { Namespace = Namespace, DefaultImage = Image };
}
