using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>What a launch comes to.</summary>
public abstract record PodPlan
{
    private PodPlan()
    {
    }

    /// <summary>Nothing is made.</summary>
    public sealed record Refused(Refusal Reason) : PodPlan;

    /// <param name="Secrets">To be made before the Pod, and to be owned by it as soon as it is there: whatever happens then, they go with it.</param>
    /// <param name="Services">To be made if they are not there yet.</param>
    /// <param name="Claims">To be made before the Pod if they are not there yet.</param>
    public sealed record Made(
        V1Pod Pod, ImmutableArray<V1Secret> Secrets, ImmutableArray<V1Service> Services, ImmutableArray<V1PersistentVolumeClaim> Claims) : PodPlan;
}
