using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>What one Pod takes of its node, besides what the master accounts for.</summary>
/// <param name="Pods">1 as long as the kubelet counts the Pod, else 0.</param>
internal readonly record struct PodUsage(PodRequests Requests, ImmutableArray<HeldPort> HostPorts, int Pods)
{
    public static PodUsage None { get; } = new(default, [], 0);

    /// <param name="isAccounted">
    /// What its tasks use is the master's to account for, from the launch to the terminal update. The rest of what the kubelet holds for it counts
    /// here: a Pod of a task group is held whole until its last container has ended, and a template may add containers that are no tasks.
    /// </param>
    public static PodUsage Of(V1Pod pod, bool isAccounted, ExtendedResources extended) =>
        IsOver(pod) ? None
        : isAccounted ? new PodUsage(PodRemainder.Requests(pod, extended), PodRemainder.Ports(pod), 1)
        : new PodUsage(PodRequests.Of(pod, extended), [.. HeldPort.Of(pod)], 1);

    /// <summary>Neither kubelet nor scheduler counts it any more.</summary>
    public static bool IsOver(V1Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    public bool Equals(PodUsage other) => Requests == other.Requests && Pods == other.Pods && HostPorts.AsSpan().SequenceEqual(other.HostPorts.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Requests, Pods, HostPorts.Length);
}

/// <summary>The sum of what the Pods of one node take.</summary>
internal sealed class NodeUsage
{
    private readonly SortedDictionary<HeldPort, int> _hostPorts = [];

    public PodRequests Requests { get; private set; }

    public int Pods { get; private set; }

    /// <summary>In ascending order, each once, whatever the protocol: nobody knows which one a task will want.</summary>
    public IEnumerable<int> HostPorts => _hostPorts.Keys.Select(port => port.Port).Distinct();

    public static NodeUsage Of(IEnumerable<PodUsage> pods)
    {
        var sum = new NodeUsage();
        foreach (var pod in pods)
        {
            sum.Add(pod);
        }

        return sum;
    }

    public void Add(PodUsage pod)
    {
        Requests = Requests.Plus(pod.Requests);
        Pods += pod.Pods;
        foreach (var port in pod.HostPorts)
        {
            _hostPorts[port] = _hostPorts.GetValueOrDefault(port) + 1;
        }
    }

    /// <param name="pod">Has been added before.</param>
    public void Remove(PodUsage pod)
    {
        Requests = Requests.Minus(pod.Requests);
        Pods -= pod.Pods;
        foreach (var port in pod.HostPorts)
        {
            if (_hostPorts[port] > 1)
            {
                _hostPorts[port]--;
            }
            else
            {
                _hostPorts.Remove(port);
            }
        }
    }
}
