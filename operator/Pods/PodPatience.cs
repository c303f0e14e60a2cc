namespace MesosK8sBridge.Operator.Pods;

/// <summary>When the bridge stops waiting for a Pod. What is waited for on a node does not count while the node is silent.</summary>
public sealed record PodPatience
{
    /// <summary>For the scheduler of Kubernetes to bind a Pod, where it is to. Default 5 min.</summary>
    public TimeSpan Binding { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For the kubelet to take a Pod that is bound to its node. Default 5 min.</summary>
    public TimeSpan Kubelet { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// For an image that cannot be pulled, or a container that cannot be created, from when its turn came. Mesos would not wait at all. Default 30 s.
    /// </summary>
    public TimeSpan Image { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For a container to start, whatever it waits for: volumes, networks, a pull that takes long. Fetching does not count. Default 20 min.</summary>
    public TimeSpan Start { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>For a Pod to end whose grace period is over. Default 15 min.</summary>
    public TimeSpan End { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>For the kubelet to tell how the containers of a Pod ended that was deleted by force, or has reached its deadline. Default 60 s.</summary>
    public TimeSpan ForcedDeletion { get; init; } = TimeSpan.FromSeconds(60);
}
