using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;

internal enum ProbeKind
{
    Startup,
    Liveness,
    Readiness,
}

/// <summary>How far one probe of a running container is. Immutable.</summary>
/// <param name="DueAt">Of the next attempt.</param>
/// <remarks>Kubernetes: pkg/kubelet/prober/worker.go, doProbe.</remarks>
internal sealed record ContainerProbe(ProbeKind Kind, V1Probe Probe, DateTimeOffset DueAt)
{
    public bool IsUnderWay { get; init; }

    /// <summary>What it has found so often in a row that it counts; null: nothing yet.</summary>
    public bool? Verdict { get; init; }

    /// <summary>The last finding, and how often in a row it was made.</summary>
    public (bool Passed, int Times) Run { get; init; }

    public TimeSpan Timeout => TimeSpan.FromSeconds(Probe.TimeoutSeconds ?? 1);

    private TimeSpan Period => TimeSpan.FromSeconds(Math.Max(1, Probe.PeriodSeconds ?? 10));

    public static ImmutableArray<ContainerProbe> Of(V1Container container, DateTimeOffset startedAt) =>
    [
        .. from probe in new (ProbeKind Kind, V1Probe? Probe)[]
            {
                (ProbeKind.Startup, container.StartupProbe), (ProbeKind.Liveness, container.LivenessProbe), (ProbeKind.Readiness, container.ReadinessProbe),
            }
            where probe.Probe is not null
            select new ContainerProbe(probe.Kind, probe.Probe, startedAt.AddSeconds(probe.Probe.InitialDelaySeconds ?? 0)),
    ];

    public ContainerProbe Begun() => this with { IsUnderWay = true, DueAt = DueAt + Period };

    /// <param name="passed">Null: it could not be asked, which tells nothing.</param>
    public ContainerProbe Answered(bool? passed, DateTimeOffset now)
    {
        // Attempts that were due meanwhile are one.
        var next = this with { IsUnderWay = false, DueAt = DueAt < now ? now : DueAt };
        if (passed is not { } found)
        {
            return next;
        }

        var times = Run.Times > 0 && Run.Passed == found ? Run.Times + 1 : 1;
        var threshold = found ? Probe.SuccessThreshold ?? 1 : Probe.FailureThreshold ?? 3;
        return next with { Run = (found, times), Verdict = times >= threshold ? found : Verdict };
    }
}
