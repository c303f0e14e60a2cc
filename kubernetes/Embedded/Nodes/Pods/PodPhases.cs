namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;

/// <summary>One word for all containers of a Pod.</summary>
internal static class PodPhases
{
    public const string Pending = nameof(Pending);
    public const string Running = nameof(Running);
    public const string Succeeded = nameof(Succeeded);
    public const string Failed = nameof(Failed);

    public static bool IsTerminal(string? phase) => phase is Succeeded or Failed;

    /// <remarks>Kubernetes: pkg/kubelet/kubelet_pods.go, getPhase.</remarks>
    public static string Of(LocalPod pod)
    {
        if (pod.Failure is not null)
        {
            return Failed;
        }

        var init = pod.Init.FirstOrDefault(c => !IsDone(c));
        if (init is not null)
        {
            return init.Phase is ContainerPhase.Terminated && pod.RestartPolicy == RestartPolicy.Never ? Failed : Pending;
        }

        return OfMain(pod);
    }

    private static string OfMain(LocalPod pod)
    {
        var ended = pod.Main.Select(EndOf).OfType<ContainerPhase.Terminated>().ToList();
        return true switch
        {
            _ when pod.Main.Any(c => c.Phase is ContainerPhase.Waiting or ContainerPhase.Starting && c.LastEnd is null) => Pending,
            _ when ended.Count < pod.Main.Length => Running,
            _ when pod.RestartPolicy == RestartPolicy.Always => Running,
            _ when ended.TrueForAll(e => e.Succeeded) => Succeeded,
            _ when pod.RestartPolicy == RestartPolicy.Never => Failed,
            _ => Running,
        };
    }

    private static bool IsDone(ContainerRecord container) => container.Phase is ContainerPhase.Terminated { Succeeded: true };

    /// <summary>A container that waits for its restart counts as ended.</summary>
    private static ContainerPhase.Terminated? EndOf(ContainerRecord container) => container.Phase switch
    {
        ContainerPhase.Terminated end => end,
        ContainerPhase.Running => null,
        _ => container.LastEnd,
    };
}
