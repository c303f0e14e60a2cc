using System.Collections.Immutable;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;

/// <summary>What the node knows of one container of a Pod. Immutable.</summary>
/// <param name="Runs">How often it has been started, or has been tried to start with the outcome that it ended at once.</param>
internal sealed record ContainerRecord(string Name, ContainerPhase Phase, int Runs = 0)
{
    /// <summary>Empty until the first start.</summary>
    public string Id { get; init; } = "";

    /// <summary>The end of the run before.</summary>
    public ContainerPhase.Terminated? LastEnd { get; init; }

    /// <summary>No start before this.</summary>
    public DateTimeOffset NotBefore { get; init; }

    /// <summary>Starts in a row that failed before there was a container.</summary>
    public int FailedStarts { get; init; }

    /// <summary>Of the run that is under way. None: the container is ready as soon as it runs.</summary>
    public ImmutableArray<ContainerProbe> Probes { get; init; } = [];

    /// <summary>Other probes wait for it.</summary>
    public bool IsStarted => Phase is ContainerPhase.Running && Passes(ProbeKind.Startup);

    public bool IsReady => IsStarted && Passes(ProbeKind.Readiness);

    /// <summary>It must end: whether it is started again, the Pod says.</summary>
    public bool IsSick => Probes.Any(probe => probe.Kind is ProbeKind.Startup or ProbeKind.Liveness && probe.Verdict is false);

    /// <summary>SIGTERM was sent; SIGKILL follows at this time.</summary>
    public DateTimeOffset? KillAt { get; init; }

    public bool IsKilled { get; init; }

    public ContainerRecord With(ContainerProbe probe) => this with { Probes = [.. Probes.Select(p => p.Kind == probe.Kind ? probe : p)] };

    /// <summary>Whether a probe is to be asked now or later: after its first success a startup probe is not any more, and till then no other.</summary>
    public bool Awaits(ContainerProbe probe) =>
        !probe.IsUnderWay && (probe.Kind == ProbeKind.Startup ? probe.Verdict is not true : Passes(ProbeKind.Startup));

    public static ContainerRecord New(string name) => new(name, new ContainerPhase.Waiting("ContainerCreating"));

    private bool Passes(ProbeKind kind) => Probes.All(probe => probe.Kind != kind || probe.Verdict is true);
}

/// <summary>The state of one container, as Kubernetes sees it, with the two that it shows as waiting told apart.</summary>
internal abstract record ContainerPhase
{
    private ContainerPhase()
    {
    }

    public sealed record Waiting(string Reason, string? Message = null) : ContainerPhase;

    /// <summary>Being started: whether there is a process is not known yet.</summary>
    public sealed record Starting : ContainerPhase;

    /// <param name="EndsAt">Only for a simulated container.</param>
    public sealed record Running(DateTimeOffset StartedAt, DateTimeOffset? EndsAt = null, int EndsWith = 0) : ContainerPhase;

    /// <param name="Reason">Completed, Error, StartError, ContainerStatusUnknown.</param>
    public sealed record Terminated(int ExitCode, string Reason, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, string? Message = null)
        : ContainerPhase
    {
        public bool Succeeded => ExitCode == 0;

        /// <summary>It ran, or so the API server was told, but nobody knows how it ended.</summary>
        public static Terminated Unknown { get; } = new(
            137, "ContainerStatusUnknown", null, null, "The container could not be located when the pod was terminated");
    }
}
