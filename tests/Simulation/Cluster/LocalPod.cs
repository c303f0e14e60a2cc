using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Simulation.Time;

namespace MesosK8sBridge.Simulation.Cluster;

/// <summary>A Pod on its node, as the kubelet knows it.</summary>
internal sealed class LocalPod(V1Pod pod, DateTimeOffset taken)
{
    private string? _reported;

    public V1Pod Pod { get; set; } = pod;

    public IReadOnlyList<LocalContainer> Containers { get; } = [.. pod.Spec!.Containers!.Select(container => new LocalContainer(container))];

    public PodRequests Requests { get; } = PodRequests.Of(pod, ExtendedResources.Default);

    /// <summary>Why it was not taken.</summary>
    public string? Refusal { get; set; }

    public bool IsStopping { get; set; }

    public bool IsReporting { get; set; }

    public bool IsOver => Refusal is not null || Containers.All(container => container.EndedAt is not null);

    public bool IsRunning => Containers.Any(container => container.IsRunning);

    public bool WasReported(V1PodStatus status)
    {
        var text = $"{status.Phase} {string.Join(' ', Containers.Select(container => container.Face))}";
        if (text == _reported)
        {
            return true;
        }

        _reported = text;
        return false;
    }

    public V1PodStatus Status(string node) => Refusal is not null
        ? new V1PodStatus { Phase = "Failed", Reason = Refusal, Message = "Pod Node didn't have enough resource", StartTime = taken }
        : new V1PodStatus
        {
            Phase = !IsOver ? (IsRunning ? "Running" : "Pending") : Containers.All(container => container.Exit == 0) ? "Succeeded" : "Failed",
            StartTime = taken,
            HostIP = $"10.0.0.{node.Length}",
            PodIP = IsRunning || IsOver ? "10.1.0.1" : null,
            ContainerStatuses = [.. Containers.Select(container => container.Status())],
        };
}

internal sealed class LocalContainer(V1Container container)
{
    public Conduct Conduct { get; } = Conduct.Of(container);

    public string Name { get; } = container.Name!;

    public string Waiting { get; set; } = "ContainerCreating";

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; private set; }

    public int Exit { get; private set; }

    public string Reason { get; private set; } = "";

    public bool IsWaiting => StartedAt is null && EndedAt is null;

    public bool IsRunning => StartedAt is not null && EndedAt is null;

    public string Face => $"{Waiting} {StartedAt} {EndedAt} {Exit}";

    public void End(DateTimeOffset at, int exit, string reason) => (EndedAt, Exit, Reason) = (at, exit, reason);

    /// <summary>It never ran, and now it never will.</summary>
    public void Vanish(DateTimeOffset at) => End(ApiServer.Second(at), 137, "ContainerStatusUnknown");

    public V1ContainerStatus Status() => new()
    {
        Name = Name,
        Image = "busybox",
        RestartCount = 0,
        State = EndedAt is { } ended
            ? new V1ContainerState
            {
                Terminated = new V1ContainerStateTerminated
                {
                    ExitCode = Exit,
                    Reason = Reason,
                    StartedAt = StartedAt ?? DateTimeOffset.UnixEpoch,
                    FinishedAt = Reason == "ContainerStatusUnknown" ? DateTimeOffset.UnixEpoch : ended,
                },
            }
            : StartedAt is { } started ? new V1ContainerState { Running = new V1ContainerStateRunning { StartedAt = started } }
            : new V1ContainerState { Waiting = new V1ContainerStateWaiting { Reason = Waiting } },
    };
}
