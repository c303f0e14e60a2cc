using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;
using DockerNetwork = MesosK8sBridge.Protocol.V1.ContainerInfo.Types.DockerInfo.Types.Network;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>Which networks a task is in, and how its ports come to be ports of its node.</summary>
internal static class PodPorts
{
    /// <summary>In Mesos the task would share the agent's network, and be found at the agent's address.</summary>
    /// <remarks>Docker's network is HOST unless said otherwise (Mesos: include/mesos/v1/mesos.proto, DockerInfo.network).</remarks>
    public static bool IsHostNetwork(TaskInfo task, ExecutorInfo? executor = null) => task.Container switch
    {
        { Type: ContainerInfo.Types.Type.Docker } container => container.Docker is null or { Network: DockerNetwork.Host },
        var container => (container?.NetworkInfos.Count ?? 0) == 0 && (executor?.Container?.NetworkInfos.Count ?? 0) == 0,
    };

    /// <summary>The networks that a task, or its whole group, asks for.</summary>
    public static IEnumerable<NetworkInfo> Networks(TaskInfo task, ExecutorInfo? executor) =>
        executor?.Container is not { NetworkInfos: [_, ..] ofGroup } ? task.Container?.NetworkInfos ?? Enumerable.Empty<NetworkInfo>()
        : (task.Container?.NetworkInfos ?? Enumerable.Empty<NetworkInfo>()).Concat(ofGroup);

    public static Refusal? Problem(TaskInfo task, ExecutorInfo? executor, ContainerWishes wishes, PodSettings settings) =>
        task.Container?.Docker is { Network: DockerNetwork.None } ? Refusal.Invalid("Docker network NONE is not supported: a Pod always has a network")
        : wishes.Hostname is { } name && !PodNames.IsDnsLabel(name) ? Refusal.Invalid($"Hostname '{name}' is not supported: a Pod's is one DNS label")
        : Networks(task, executor).Select(network => Problem(network, settings)).FirstOrDefault(problem => problem is not null)
        ?? Protocols(task, executor).FirstOrDefault(protocol => !IsKnown(protocol)) switch
        {
            { } unknown => Refusal.Invalid($"Port mappings of protocol '{unknown}' are not supported"),
            null => MappingProblem(task),
        };

    /// <summary>
    /// Mapped ports where the task maps them; else each port it was given, the same inside as outside, so that nobody else on
    /// the node can have it: by TCP, unless its <c>discovery</c> says otherwise.
    /// </summary>
    /// <param name="executor">Of the task that carries what the whole group has, else null.</param>
    public static IList<V1ContainerPort>? Of(TaskInfo task, ExecutorInfo? executor)
    {
        var mapped = Mappings(task).Concat(executor?.Container is { } container ? NetworkMappings(container) : []).ToList();
        var taken = mapped.Select(port => port.HostPort).ToHashSet();
        var given = executor is null ? task.Resources : task.Resources.Concat(executor.Resources);
        var plain = Amounts.Ports(given).Where(port => !taken.Contains(port)).SelectMany(port => Protocols(task.Discovery, port).Select(protocol => Same(port, protocol)));
        var ports = mapped.Concat(plain).ToList();
        return ports.Count == 0 ? null : ports;
    }

    private static Refusal? Problem(NetworkInfo network, PodSettings settings) =>
        settings.Networks is { } known && !known.ContainsKey(network.Name)
            ? Refusal.Invalid($"Network '{network.Name}' is not among the framework's 'networks'")
        : network.IpAddresses.FirstOrDefault(address => address.HasIpAddress) is { } wanted
            ? Refusal.Invalid($"IP address '{wanted.IpAddress}' cannot be had: a Pod's address is chosen for it")
        : network.Groups is [var group, ..] ? Refusal.Invalid($"Network group '{group}' is not supported")
        : null;

    /// <remarks>Mesos: src/docker/docker.cpp, RunOptions::create. Nothing of the kind is asked of a Mesos container's port mappings.</remarks>
    private static Refusal? MappingProblem(TaskInfo task)
    {
        if (task.Container is not { Type: ContainerInfo.Types.Type.Docker, Docker.PortMappings: { Count: > 0 } mappings })
        {
            return null;
        }

        var given = Amounts.Ports(task.Resources).ToHashSet();
        return IsHostNetwork(task) ? Refusal.Invalid("Port mappings are only supported for bridge and user-defined networks")
            : mappings.FirstOrDefault(mapping => !given.Contains((int)mapping.HostPort)) is { } other ? Refusal.Invalid($"Port [{other.HostPort}] not included in resources")
            : null;
    }

    private static IEnumerable<string> Protocols(TaskInfo task, ExecutorInfo? executor) =>
        (task.Container?.Docker?.PortMappings.Select(m => m.Protocol) ?? [])
            .Concat(Networks(task, executor).SelectMany(network => network.PortMappings).Select(m => m.Protocol));

    private static bool IsKnown(string protocol) => protocol.Length == 0 || IsUdp(protocol) || protocol.Equals("tcp", StringComparison.OrdinalIgnoreCase);

    private static bool IsUdp(string protocol) => protocol.Equals("udp", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<V1ContainerPort> Mappings(TaskInfo task)
    {
        if (task.Container is not { } container || IsHostNetwork(task))
        {
            return [];
        }

        var docker = container.Docker?.PortMappings.Select(m => Port(m.ContainerPort, m.HostPort, m.Protocol)) ?? [];
        return docker.Concat(NetworkMappings(container));
    }

    private static IEnumerable<V1ContainerPort> NetworkMappings(ContainerInfo container) =>
        container.NetworkInfos.SelectMany(network => network.PortMappings).Select(m => Port(m.ContainerPort, m.HostPort, m.Protocol));

    private static V1ContainerPort Same(int port, string protocol) => Port((uint)port, (uint)port, protocol);

    private static List<string> Protocols(DiscoveryInfo? discovery, int port)
    {
        var told = (discovery?.Ports?.Ports_ ?? Enumerable.Empty<Port>()).Where(p => p.Number == port).SelectMany(p => p.Protocol.Split(','))
            .Where(IsKnown).Select(protocol => IsUdp(protocol) ? "udp" : "").Distinct().ToList();
        return told.Count == 0 ? [""] : told;
    }

    private static V1ContainerPort Port(uint container, uint host, string protocol) =>
        new() { ContainerPort = (int)container, HostPort = (int)host, Protocol = IsUdp(protocol) ? "UDP" : "TCP" };
}
