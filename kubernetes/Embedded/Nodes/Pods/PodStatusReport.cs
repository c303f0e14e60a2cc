using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;

/// <summary>Writes down a Pod's state as a kubelet of Kubernetes 1.20 reports it. Pure.</summary>
internal static class PodStatusReport
{
    private static readonly string[] OwnConditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"];

    /// <param name="before">The last report, for the times at which conditions changed.</param>
    public static V1PodStatus Of(LocalPod pod, string address, V1PodStatus? before, DateTimeOffset now)
    {
        var phase = PodPhases.Of(pod);
        var status = new V1PodStatus
        {
            Phase = phase,
            Reason = pod.Failure?.Reason,
            Message = pod.Failure?.Message,
            StartTime = pod.StartTime,
            QosClass = QualityOfService.Of(pod.Wanted),
        };
        if (IsRefused(pod))
        {
            return status;
        }

        var init = pod.Wanted.Spec?.InitContainers ?? [];
        var main = pod.Wanted.Spec?.Containers ?? [];
        status.HostIP = address;
        status.PodIP = address;
        status.PodIPs = [new V1PodIP { Ip = address }];
        status.InitContainerStatuses = init.Count == 0 ? null : [.. init.Zip(pod.Init, (c, r) => Container(c, r, IsDone(r)))];
        status.ContainerStatuses = [.. main.Zip(pod.Main, (c, r) => Container(c, Initializing(pod, r), r.IsReady))];
        status.Conditions = Conditions(pod, phase, before ?? pod.Wanted.Status, now);
        return status;
    }

    /// <summary>A Pod that was refused never got as far as containers.</summary>
    private static bool IsRefused(LocalPod pod) =>
        pod.Failure is not null && pod.All.All(c => c.Runs == 0 && c.Phase is ContainerPhase.Waiting);

    private static ContainerRecord Initializing(LocalPod pod, ContainerRecord record) =>
        !pod.IsInitialized && record.Phase is ContainerPhase.Waiting { Reason: "ContainerCreating" }
            ? record with { Phase = new ContainerPhase.Waiting("PodInitializing") }
            : record;

    private static bool IsDone(ContainerRecord record) => record.Phase is ContainerPhase.Terminated { Succeeded: true };

    private static V1ContainerStatus Container(V1Container container, ContainerRecord record, bool ready) => new()
    {
        Name = record.Name,
        Image = container.Image ?? "",
        ImageID = record.Runs > 0 ? container.Image ?? "" : "",
        ContainerID = record.Id.Length > 0 ? record.Id : null,
        State = State(record.Phase, record.Id),
        LastState = record.LastEnd is { } end ? State(end, record.Id) : new V1ContainerState(),
        Ready = ready,
        Started = record.IsStarted,
        RestartCount = Math.Max(0, record.Runs - 1),
    };

    private static V1ContainerState State(ContainerPhase phase, string id) => phase switch
    {
        ContainerPhase.Waiting w => new() { Waiting = new() { Reason = w.Reason, Message = w.Message } },
        ContainerPhase.Running r => new() { Running = new() { StartedAt = r.StartedAt } },
        ContainerPhase.Terminated t => new() { Terminated = End(t, id) },
        _ => new() { Waiting = new() { Reason = "ContainerCreating" } },
    };

    private static V1ContainerStateTerminated End(ContainerPhase.Terminated end, string id) => new()
    {
        ExitCode = end.ExitCode,
        Reason = end.Reason,
        Message = end.Message,
        StartedAt = end.StartedAt,
        FinishedAt = end.FinishedAt,
        ContainerID = id.Length > 0 ? id : null,
    };

    private static List<V1PodCondition> Conditions(LocalPod pod, string phase, V1PodStatus? before, DateTimeOffset now)
    {
        var uninitialized = pod.Init.Where(c => !IsDone(c)).Select(c => c.Name).ToList();
        var unready = pod.Main.Where(c => !c.IsReady).Select(c => c.Name).ToList();
        var completed = phase == PodPhases.Succeeded;
        List<V1PodCondition> conditions =
        [
            completed ? True("Initialized", "PodCompleted") : Unless(uninitialized, "Initialized", "ContainersNotInitialized", "incomplete"),
            completed ? Completed("Ready") : Unless(unready, "Ready", "ContainersNotReady", "unready"),
            completed ? Completed("ContainersReady") : Unless(unready, "ContainersReady", "ContainersNotReady", "unready"),
            True("PodScheduled"),
        ];
        conditions.ForEach(c => c.LastTransitionTime = ChangedAt(c, before, now));
        conditions.AddRange(pod.Wanted.Status?.Conditions?.Where(c => !OwnConditions.Contains(c.Type)) ?? []);
        return conditions;
    }

    private static V1PodCondition True(string type, string? reason = null) => new() { Type = type, Status = "True", Reason = reason };

    private static V1PodCondition Completed(string type) => new() { Type = type, Status = "False", Reason = "PodCompleted" };

    private static V1PodCondition Unless(List<string> names, string type, string reason, string word) =>
        names.Count == 0
            ? True(type)
            : new() { Type = type, Status = "False", Reason = reason, Message = $"containers with {word} status: [{string.Join(' ', names)}]" };

    private static DateTimeOffset ChangedAt(V1PodCondition condition, V1PodStatus? before, DateTimeOffset now) =>
        before?.Conditions?.FirstOrDefault(c => c.Type == condition.Type && c.Status == condition.Status)?.LastTransitionTime ?? now;
}
