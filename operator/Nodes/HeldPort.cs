using System.Globalization;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>A port of a node that a Pod holds.</summary>
/// <param name="Ip">Of the node; <see cref="EveryIp"/>: all of them.</param>
/// <param name="Protocol"><c>TCP</c>, <c>UDP</c> or <c>SCTP</c>.</param>
/// <remarks>Kubernetes: kube-scheduler, framework/types.go, HostPortInfo.CheckConflict, which the kubelet uses, too.</remarks>
internal readonly record struct HeldPort(string Ip, string Protocol, int Port) : IComparable<HeldPort>
{
    public const string EveryIp = "0.0.0.0";

    /// <summary>
    /// Those that a Pod holds as long as it is there: of its containers, and of init containers that stay. In the network of the node, every port that
    /// a container names is one of the node.
    /// </summary>
    public static IEnumerable<HeldPort> Of(V1Pod pod) =>
        Containers(pod).SelectMany(container => Of(container, pod.Spec!.HostNetwork is true));

    /// <summary>Those that hold ports.</summary>
    public static IEnumerable<V1Container> Containers(V1Pod pod) =>
        (pod.Spec?.Containers ?? []).Concat((pod.Spec?.InitContainers ?? []).Where(PodRequests.RestartsAlways));

    public static IEnumerable<HeldPort> Of(V1Container container, bool isHostNetwork) =>
        from port in container.Ports ?? []
        let number = port.HostPort is > 0 and var given ? given : isHostNetwork ? port.ContainerPort : 0
        where number > 0
        select new HeldPort(
            string.IsNullOrEmpty(port.HostIP) ? EveryIp : port.HostIP,
            string.IsNullOrEmpty(port.Protocol) ? "TCP" : port.Protocol,
            number);

    /// <summary>Two Pods cannot have both on one node.</summary>
    public bool Clashes(HeldPort other) =>
        Port == other.Port && Protocol == other.Protocol && (Ip == other.Ip || Ip == EveryIp || other.Ip == EveryIp);

    public int CompareTo(HeldPort other) =>
        Port.CompareTo(other.Port) is not 0 and var byPort ? byPort
        : string.CompareOrdinal(Protocol, other.Protocol) is not 0 and var byProtocol ? byProtocol
        : string.CompareOrdinal(Ip, other.Ip);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Port}/{Protocol}");
}
