using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;

/// <summary>A Pod as its node sees it: what is wanted, and how far each container is. Immutable.</summary>
/// <param name="Wanted">As the API server has it.</param>
/// <param name="StartTime">When the node took it on.</param>
internal sealed record LocalPod(
    V1Pod Wanted, DateTimeOffset StartTime, ImmutableArray<ContainerRecord> Init, ImmutableArray<ContainerRecord> Main)
{
    /// <summary>Why the Pod as a whole has failed: refused, or over its deadline.</summary>
    public PodFailure? Failure { get; init; }

    /// <summary>The object is gone from the API server; only the processes are left.</summary>
    public bool IsRemoved { get; init; }

    public string Uid => Wanted.Uid();

    public IEnumerable<ContainerRecord> All => Init.Concat(Main);

    public RestartPolicy RestartPolicy => Wanted.Spec?.RestartPolicy switch
    {
        "Never" => RestartPolicy.Never,
        "OnFailure" => RestartPolicy.OnFailure,
        _ => RestartPolicy.Always,
    };

    /// <summary>Nothing may be started any more, and what runs must end.</summary>
    public bool IsStopping => IsRemoved || Wanted.IsDeleting() || Failure is not null;

    public bool IsInitialized => Init.All(c => c.Phase is ContainerPhase.Terminated { Succeeded: true });

    public bool HasProcesses => All.Any(c => c.Phase is ContainerPhase.Running or ContainerPhase.Starting);

    public static LocalPod New(V1Pod wanted, DateTimeOffset now) => new(
        wanted,
        wanted.Status?.StartTime ?? now,
        Records(wanted.Spec?.InitContainers, wanted.Status?.InitContainerStatuses),
        Records(wanted.Spec?.Containers, wanted.Status?.ContainerStatuses));

    public ContainerRecord? Find(string name) => All.FirstOrDefault(c => c.Name == name);

    public V1Container Container(string name) =>
        (Wanted.Spec?.Containers ?? []).Concat(Wanted.Spec?.InitContainers ?? []).First(c => c.Name == name);

    public LocalPod With(ContainerRecord record) => this with { Init = Replace(Init, record), Main = Replace(Main, record) };

    private static ImmutableArray<ContainerRecord> Replace(ImmutableArray<ContainerRecord> records, ContainerRecord record) =>
        [.. records.Select(r => r.Name == record.Name ? record : r)];

    private static ImmutableArray<ContainerRecord> Records(IEnumerable<V1Container>? containers, IList<V1ContainerStatus>? statuses) =>
        [.. (containers ?? []).Select(c => Recall(c.Name ?? "", statuses?.FirstOrDefault(s => s.Name == c.Name)))];

    /// <summary>A node that has lost its memory believes what it had reported, except that anything still runs.</summary>
    private static ContainerRecord Recall(string name, V1ContainerStatus? status) => status?.State switch
    {
        { Terminated: { } end } => new(name, new ContainerPhase.Terminated(
            end.ExitCode, end.Reason ?? "Error", end.StartedAt, end.FinishedAt, end.Message), status.RestartCount + 1) { Id = end.ContainerID ?? "" },
        { Running: not null } => new(name, ContainerPhase.Terminated.Unknown, status.RestartCount + 1) { Id = status.ContainerID ?? "" },
        _ => ContainerRecord.New(name),
    };
}

internal enum RestartPolicy
{
    Always,
    OnFailure,
    Never,
}

/// <param name="Reason">E.g. OutOfcpu.</param>
internal sealed record PodFailure(string Reason, string Message)
{
    /// <summary>Kubernetes: pkg/kubelet/active_deadline.go.</summary>
    public static PodFailure DeadlineExceeded { get; } =
        new("DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
}
