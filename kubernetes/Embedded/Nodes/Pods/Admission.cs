using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;

/// <summary>What a node checks before it takes a Pod on: the scheduler may have been wrong, or not asked. Pure.</summary>
/// <remarks>Kubernetes 1.20: pkg/kubelet/lifecycle/predicate.go, GeneralPredicates.</remarks>
internal static class Admission
{
    /// <param name="others">The Pods the node has taken on that have not ended.</param>
    /// <returns>Null if the Pod fits.</returns>
    public static PodFailure? Refuse(V1Pod pod, IReadOnlyCollection<V1Pod> others, V1Node node) =>
        OutOfResources(pod, others, node) ?? Mismatch(pod, node) ?? PortConflict(pod, others);

    private static PodFailure? OutOfResources(V1Pod pod, IReadOnlyCollection<V1Pod> others, V1Node node)
    {
        var allocatable = node.Status?.Allocatable ?? new Dictionary<string, ResourceQuantity>();
        if (allocatable.TryGetValue("pods", out var pods) && others.Count + 1 > pods.ToInt64())
        {
            return OutOf("pods", 1, others.Count, pods.ToInt64());
        }

        foreach (var (name, amount) in PodRequests.Of(pod).OrderBy(r => Order(r.Key)))
        {
            if (amount == 0 || !allocatable.TryGetValue(name, out var quantity))
            {
                continue;
            }

            var (capacity, used) = (PodRequests.Amount(name, quantity), others.Sum(o => PodRequests.Of(o).GetValueOrDefault(name)));
            if (amount > capacity - used)
            {
                return OutOf(name, amount, used, capacity);
            }
        }

        return null;
    }

    private static int Order(string resource) => resource switch
    {
        "cpu" => 0,
        "memory" => 1,
        "ephemeral-storage" => 2,
        _ => 3,
    };

    private static PodFailure OutOf(string resource, long requested, long used, long capacity) => new(
        $"OutOf{resource}",
        $"Pod Node didn't have enough resource: {resource}, requested: {requested}, used: {used}, capacity: {capacity}");

    private static PodFailure? Mismatch(V1Pod pod, V1Node node) => NodeAffinity.Matches(pod, node) ? null : Predicate("NodeAffinity");

    private static PodFailure? PortConflict(V1Pod pod, IReadOnlyCollection<V1Pod> others)
    {
        var taken = others.SelectMany(HostPorts).ToList();
        return HostPorts(pod).Any(p => taken.Exists(t => Conflict(p, t))) ? Predicate("NodePorts") : null;
    }

    private static PodFailure Predicate(string name) => new(name, $"Pod Predicate {name} failed");

    private static IEnumerable<(string Protocol, int Port, string Address)> HostPorts(V1Pod pod) =>
        from container in pod.Spec?.Containers ?? []
        from port in container.Ports ?? []
        where port.HostPort is > 0
        select (port.Protocol ?? "TCP", port.HostPort ?? 0, string.IsNullOrEmpty(port.HostIP) ? "0.0.0.0" : port.HostIP);

    private static bool Conflict((string Protocol, int Port, string Address) a, (string Protocol, int Port, string Address) b) =>
        a.Protocol == b.Protocol && a.Port == b.Port && (a.Address == b.Address || a.Address == "0.0.0.0" || b.Address == "0.0.0.0");
}
