using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>A headless Service for each name by which tasks of a framework are to be found: their addresses in the cluster's DNS.</summary>
internal static class DiscoveryService
{
    public static IEnumerable<V1Service> Of(IEnumerable<TaskDraft> drafts, V1Pod pod) =>
        drafts.Select(draft => draft.Task.Discovery).OfType<DiscoveryInfo>().Where(discovery => discovery.Name.Length > 0)
            .DistinctBy(discovery => discovery.Name).Select(discovery => Service(discovery, pod));

    private static V1Service Service(DiscoveryInfo discovery, V1Pod pod)
    {
        var owned = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [TaskMarks.ManagedBy] = TaskMarks.Manager,
            [TaskMarks.FrameworkId] = pod.Metadata.Labels![TaskMarks.FrameworkId],
        };
        var ports = (discovery.Ports?.Ports_ ?? Enumerable.Empty<Port>()).Where(port => port.Number is > 0 and <= 65535).Select(Named).ToList();
        return new V1Service
        {
            ApiVersion = "v1",
            Kind = "Service",
            Metadata = new V1ObjectMeta { Name = NameOf(discovery.Name), NamespaceProperty = pod.Metadata.NamespaceProperty, Labels = owned },
            Spec = new V1ServiceSpec
            {
                ClusterIP = "None",
                Selector = new SortedDictionary<string, string>(owned, StringComparer.Ordinal) { [TaskLabels.DiscoveryName] = PodNames.LabelValue(discovery.Name) },
                Ports = ports.Count == 0 ? null : ports,
            },
        };
    }

    /// <summary>A name that had to be changed has a hash, so that two never meet.</summary>
    public static string NameOf(string discovery) =>
        PodNames.DnsLabel(discovery, 63, "") == discovery && char.IsAsciiLetter(discovery[0])
            ? discovery
            : $"{(PodNames.DnsLabel(discovery, 50, "s") is [>= 'a' and <= 'z', ..] label ? label : $"s-{PodNames.DnsLabel(discovery, 48, "s")}")}-{PodNames.Hash(8, discovery)}";

    private static V1ServicePort Named(Port port, int index) => new()
    {
        Name = PodNames.IsDnsLabel(port.Name) ? port.Name : $"port-{index}",
        Port = (int)port.Number,
        Protocol = port.Protocol.Equals("udp", StringComparison.OrdinalIgnoreCase) ? "UDP" : "TCP",
    };
}
