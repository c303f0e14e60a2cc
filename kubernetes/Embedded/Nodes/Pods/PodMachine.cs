using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;

/// <summary>
/// Decides what a node does next about a Pod. Level-triggered: it looks at how things are, not at what has happened, and
/// asked again at once it has nothing more to say. Touches no process, clock or API server.
/// </summary>
/// <param name="minimumGrace">A shorter grace period is stretched to this.</param>
/// <remarks>Kubernetes: pkg/kubelet/kuberuntime/kuberuntime_manager.go, computePodActions.</remarks>
internal sealed class PodMachine(TimeSpan minimumGrace)
{
    /// <summary>A kubelet gives every container two seconds, whatever the Pod says.</summary>
    public static readonly TimeSpan KubeletMinimumGrace = TimeSpan.FromSeconds(2);

    /// <summary>A kubelet takes ten, but also longer to ask for a Secret that comes right after its Pod.</summary>
    private static readonly TimeSpan ConfigurationRetry = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ErrorShown = TimeSpan.FromSeconds(1);

    public PodStep Next(LocalPod pod, DateTimeOffset now)
    {
        pod = Simulated(Deadline(pod, now), now);
        return pod.IsStopping ? Stop(pod, now) : Run(pod, now);
    }

    private static LocalPod Deadline(LocalPod pod, DateTimeOffset now) =>
        pod.Failure is null && !PodPhases.IsTerminal(PodPhases.Of(pod)) && DeadlineOf(pod) is { } deadline && now >= deadline
            ? pod with { Failure = PodFailure.DeadlineExceeded }
            : pod;

    private static DateTimeOffset? DeadlineOf(LocalPod pod) =>
        pod.Wanted.Spec?.ActiveDeadlineSeconds is { } seconds ? pod.StartTime.AddSeconds(seconds) : null;

    private static LocalPod Simulated(LocalPod pod, DateTimeOffset now)
    {
        foreach (var container in pod.All)
        {
            if (container.Phase is ContainerPhase.Running { EndsAt: { } end } running && now >= end)
            {
                pod = pod.With(Ended(container, new ContainerExit(running.EndsWith, 0, end)));
            }
        }

        return pod;
    }

    /// <summary>The record of a container whose process has ended.</summary>
    public static ContainerRecord Ended(ContainerRecord container, ContainerExit exit, string? message = null)
    {
        var startedAt = (container.Phase as ContainerPhase.Running)?.StartedAt;
        var reason = exit.ExitCode == 0 ? "Completed" : "Error";
        return container with
        {
            Phase = new ContainerPhase.Terminated(exit.ExitCode, reason, startedAt, exit.At, message),
            NotBefore = exit.At + RestartDelay(container.Runs),
            Probes = [],
            KillAt = null,
        };
    }

    /// <summary>A container that could not even be made; the kubelet tries again, ever more slowly.</summary>
    public static ContainerRecord NotStarted(ContainerRecord container, string reason, string message, DateTimeOffset now) => container with
    {
        Phase = new ContainerPhase.Waiting(reason, message),
        NotBefore = now + (reason == "CreateContainerConfigError" ? ConfigurationRetry : Backoff(container.FailedStarts)),
        FailedStarts = container.FailedStarts + 1,
    };

    private PodStep Stop(LocalPod pod, DateTimeOffset now)
    {
        List<PodAction> actions = [];
        foreach (var container in pod.All)
        {
            pod = pod.With(Stop(pod, container, now, actions));
        }

        if (!pod.HasProcesses && pod.IsRemoved)
        {
            actions.Add(new PodAction.Forget());
        }
        else if (!pod.HasProcesses && pod.Wanted.IsDeleting() && pod.Wanted.Metadata.DeletionGracePeriodSeconds is not 0)
        {
            actions.Add(new PodAction.ConfirmDeletion());
        }

        return new(pod, actions, Earliest(pod.All.Where(c => !c.IsKilled).Select(c => c.KillAt)));
    }

    private ContainerRecord Stop(LocalPod pod, ContainerRecord container, DateTimeOffset now, List<PodAction> actions)
    {
        switch (container.Phase)
        {
            case ContainerPhase.Running when container.KillAt is null:
                actions.Add(new PodAction.Signal(container.Name, Posix.SignalTerminate));
                return container with { KillAt = now + Grace(pod) };

            case ContainerPhase.Running when now >= container.KillAt && !container.IsKilled:
                actions.Add(new PodAction.Signal(container.Name, Posix.SignalKill));
                return container with { IsKilled = true };

            // A second deletion may have shortened the grace period.
            case ContainerPhase.Running when now + Grace(pod) < container.KillAt:
                return container with { KillAt = now + Grace(pod) };

            case ContainerPhase.Waiting when pod.Failure is null:
                return container with { Phase = container.LastEnd ?? ContainerPhase.Terminated.Unknown };

            default:
                return container;
        }
    }

    private TimeSpan Grace(LocalPod pod)
    {
        var seconds = pod.Wanted.Metadata.DeletionGracePeriodSeconds ?? pod.Wanted.Spec?.TerminationGracePeriodSeconds ?? 30;
        var grace = TimeSpan.FromSeconds(seconds);
        return grace > minimumGrace ? grace : minimumGrace;
    }

    private PodStep Run(LocalPod pod, DateTimeOffset now)
    {
        List<PodAction> actions = [];
        List<DateTimeOffset?> wakes = [PodPhases.IsTerminal(PodPhases.Of(pod)) ? null : DeadlineOf(pod)];
        foreach (var container in Candidates(pod))
        {
            pod = pod.With(Run(pod, container, now, actions, wakes));
        }

        return new(pod, actions, Earliest(wakes));
    }

    /// <summary>Init containers come one after the other, the others all at once after them.</summary>
    private static ImmutableArray<ContainerRecord> Candidates(LocalPod pod) =>
        pod.Init.FirstOrDefault(c => c.Phase is not ContainerPhase.Terminated { Succeeded: true }) is { } next ? [next] : pod.Main;

    private ContainerRecord Run(
        LocalPod pod, ContainerRecord container, DateTimeOffset now, List<PodAction> actions, List<DateTimeOffset?> wakes)
    {
        if (container.Phase is ContainerPhase.Terminated end && MayRestart(pod, container, end))
        {
            container = Restarting(pod, container, end, now);
        }

        if (container.Phase is ContainerPhase.Waiting waiting)
        {
            return Start(container, waiting, now, actions, wakes);
        }

        wakes.Add((container.Phase as ContainerPhase.Running)?.EndsAt);
        return container.IsSick ? End(pod, container, now, actions, wakes) : Probe(container, now, actions, wakes);
    }

    /// <summary>Its Pod goes on.</summary>
    private ContainerRecord End(
        LocalPod pod, ContainerRecord container, DateTimeOffset now, List<PodAction> actions, List<DateTimeOffset?> wakes)
    {
        container = Stop(pod, container, now, actions);
        wakes.Add(container.IsKilled ? null : container.KillAt);
        return container;
    }

    private static ContainerRecord Probe(ContainerRecord container, DateTimeOffset now, List<PodAction> actions, List<DateTimeOffset?> wakes)
    {
        if (container.Phase is not ContainerPhase.Running)
        {
            return container;
        }

        foreach (var probe in container.Probes.Where(container.Awaits))
        {
            if (now < probe.DueAt)
            {
                wakes.Add(probe.DueAt);
                continue;
            }

            actions.Add(new PodAction.Probe(container.Name, probe.Kind));
            container = container.With(probe.Begun());
        }

        return container;
    }

    private static ContainerRecord Start(
        ContainerRecord container, ContainerPhase.Waiting waiting, DateTimeOffset now, List<PodAction> actions, List<DateTimeOffset?> wakes)
    {
        if (now >= container.NotBefore)
        {
            actions.Add(new PodAction.Start(container.Name));
            return container with { Phase = new ContainerPhase.Starting() };
        }

        wakes.Add(container.NotBefore);
        return waiting.Reason == ImagePolicy.Failed ? ShowBackOff(container, waiting, now, wakes) : container;
    }

    private static ContainerRecord ShowBackOff(
        ContainerRecord container, ContainerPhase.Waiting waiting, DateTimeOffset now, List<DateTimeOffset?> wakes)
    {
        var shownUntil = container.NotBefore - Backoff(container.FailedStarts - 1) + ErrorShown;
        if (now < shownUntil)
        {
            wakes.Add(shownUntil);
            return container;
        }

        return container with { Phase = new ContainerPhase.Waiting(ImagePolicy.BackedOff, ImagePolicy.BackOffMessage(waiting.Message)) };
    }

    private static bool MayRestart(LocalPod pod, ContainerRecord container, ContainerPhase.Terminated end) => pod.RestartPolicy switch
    {
        RestartPolicy.Never => false,
        RestartPolicy.OnFailure => !end.Succeeded,
        _ => !end.Succeeded || !pod.Init.Contains(container),
    };

    private static ContainerRecord Restarting(LocalPod pod, ContainerRecord container, ContainerPhase.Terminated end, DateTimeOffset now)
    {
        var wait = (int)(container.NotBefore - (end.FinishedAt ?? now)).TotalSeconds;
        var message = $"back-off {Words(wait)} restarting failed container={container.Name} "
            + $"pod={pod.Wanted.Name()}_{pod.Wanted.Namespace()}({pod.Uid})";
        return container with
        {
            Phase = now < container.NotBefore
                ? new ContainerPhase.Waiting("CrashLoopBackOff", message)
                : new ContainerPhase.Waiting("ContainerCreating"),
            LastEnd = end,
        };
    }

    /// <summary>As Go writes durations: 10s, 2m40s.</summary>
    private static string Words(int seconds) => seconds < 60 ? $"{seconds}s" : $"{seconds / 60}m{seconds % 60}s";

    private static TimeSpan RestartDelay(int runs) => runs <= 1 ? TimeSpan.Zero : Backoff(runs - 2);

    /// <summary>10 s, doubling up to 5 min.</summary>
    private static TimeSpan Backoff(int failures) =>
        TimeSpan.FromSeconds(Math.Min(300, 10 * Math.Pow(2, Math.Clamp(failures, 0, 10))));

    private static DateTimeOffset? Earliest(IEnumerable<DateTimeOffset?> times) => times.Min();
}
