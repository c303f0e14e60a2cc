using MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes;

/// <summary>What a kubelet hears of.</summary>
internal abstract record KubeletInput
{
    private KubeletInput()
    {
    }

    /// <summary>All Pods there are: any other is gone.</summary>
    public sealed record Listed(IReadOnlyList<V1Pod> Pods) : KubeletInput;

    public sealed record Seen(V1Pod Pod) : KubeletInput;

    public sealed record Gone(V1Pod Pod) : KubeletInput;

    public sealed record Started(string Uid, string Container, StartedContainer Result) : KubeletInput;

    public sealed record NotStarted(string Uid, string Container, Exception Cause) : KubeletInput;

    public sealed record Exited(string Uid, string Container, int Run, ContainerExit Exit, string? Message) : KubeletInput;

    /// <param name="Passed">Null: it could not be asked.</param>
    public sealed record Probed(string Uid, string Container, int Run, ProbeKind Kind, bool? Passed) : KubeletInput;

    public sealed record Tick : KubeletInput;
}
