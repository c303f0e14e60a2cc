namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;

/// <summary>What a node does next about a Pod.</summary>
internal abstract record PodAction
{
    private PodAction()
    {
    }

    public sealed record Start(string Container) : PodAction;

    public sealed record Signal(string Container, int Number) : PodAction;

    public sealed record Probe(string Container, ProbeKind Kind) : PodAction;

    /// <summary>All is over here, so the object may go: DELETE with a grace period of 0.</summary>
    public sealed record ConfirmDeletion : PodAction;

    /// <summary>Nobody will ask for this Pod's files again.</summary>
    public sealed record Forget : PodAction;
}

/// <param name="Pod">With the changes that time alone has brought, and the marks of the actions.</param>
/// <param name="WakeAt">When to ask again though nothing has happened.</param>
internal sealed record PodStep(LocalPod Pod, IReadOnlyList<PodAction> Actions, DateTimeOffset? WakeAt);
