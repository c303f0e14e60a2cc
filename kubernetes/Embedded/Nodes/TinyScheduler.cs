using System.Threading.Channels;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes;

/// <summary>
/// Puts Pods that name no node on the one with the most free CPU where they fit, so that <c>kubectl run</c> works. Knows node
/// selectors, required node affinity, resources and host ports; no preferences, no preemption.
/// </summary>
internal sealed class TinyScheduler(IKubernetes kubernetes, Backoff backoff, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, V1Pod> _pods = [];
    private readonly Dictionary<string, V1Node> _nodes = [];
    
    /// <summary>Holds at most one call: more say nothing more.</summary>
    private readonly Channel<bool> _changed =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        FollowAsync(_pods, cancellationToken), FollowAsync(_nodes, cancellationToken), ScheduleAsync(cancellationToken));

    private Task FollowAsync<T>(Dictionary<string, T> cache, CancellationToken cancellationToken)
        where T : KubernetesObject =>
        new Feed<T>(kubernetes, fieldSelector: null, backoff, clock, logger).RunAsync(
            all => Change(() =>
            {
                cache.Clear();
                foreach (var obj in all)
                {
                    cache[obj.Uid()] = obj;
                }
            }),
            (change, obj) => Change(() =>
            {
                cache.Remove(obj.Uid());
                if (change != WatchEventType.Deleted)
                {
                    cache[obj.Uid()] = obj;
                }
            }),
            cancellationToken);

    private ValueTask Change(Action change)
    {
        lock (_gate)
        {
            change();
        }

        _changed.Writer.TryWrite(true);
        return ValueTask.CompletedTask;
    }

    private async Task ScheduleAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in _changed.Reader.ReadAllAsync(cancellationToken))
        {
            foreach (var (pod, node) in Plan())
            {
                if (!await TryBindAsync(pod, node, cancellationToken))
                {
                    await Task.Delay(RetryInterval, clock, cancellationToken);
                    _changed.Writer.TryWrite(true);
                }
            }
        }
    }

    private List<(V1Pod Pod, string Node)> Plan()
    {
        lock (_gate)
        {
            return Plan([.. _pods.Values], [.. _nodes.Values]);
        }
    }

    /// <summary>Where each waiting Pod goes, the oldest first. Pure.</summary>
    internal static List<(V1Pod Pod, string Node)> Plan(IReadOnlyList<V1Pod> pods, IReadOnlyList<V1Node> nodes)
    {
        var active = pods.Where(p => !PodPhases.IsTerminal(p.Status?.Phase)).ToList();
        var placed = active.Where(p => p.Spec?.NodeName is { Length: > 0 }).ToLookup(p => p.Spec!.NodeName!);
        var load = nodes.Where(IsOpen).ToDictionary(n => n, n => placed[n.Name()].ToList());
        List<(V1Pod, string)> plan = [];
        foreach (var pod in active.Where(IsWaiting).OrderBy(p => p.Metadata.CreationTimestamp))
        {
            var fitting = load.Where(l => Admission.Refuse(pod, l.Value, l.Key) is null);
            if (fitting.OrderByDescending(l => FreeCpu(l.Key, l.Value)).ThenBy(l => l.Key.Name()).FirstOrDefault() is { Key: { } node, Value: var others })
            {
                others.Add(pod);
                plan.Add((pod, node.Name()));
            }
        }

        return plan;
    }

    private static bool IsWaiting(V1Pod pod) =>
        string.IsNullOrEmpty(pod.Spec?.NodeName) && !pod.IsDeleting() && pod.Spec?.SchedulerName is null or "default-scheduler";

    private static bool IsOpen(V1Node node) =>
        node.Spec?.Unschedulable != true && node.Status?.Conditions?.Any(c => c.Type == "Ready" && c.Status == "True") == true;

    private static long FreeCpu(V1Node node, List<V1Pod> pods) =>
        (node.Status?.Allocatable?["cpu"].ToMilli() ?? 0) - pods.Sum(p => PodRequests.Of(p).GetValueOrDefault("cpu"));

    /// <returns>False if it is worth trying again.</returns>
    private async Task<bool> TryBindAsync(V1Pod pod, string node, CancellationToken cancellationToken)
    {
        try
        {
            var binding = new V1Binding
            {
                Metadata = new V1ObjectMeta { Name = pod.Name(), NamespaceProperty = pod.Namespace(), Uid = pod.Uid() },
                Target = new V1ObjectReference { ApiVersion = "v1", Kind = "Node", Name = node },
            };
            await kubernetes.CreateAsync(binding, cancellationToken);
            logger.PodBound(pod.Namespace(), pod.Name(), node);
            return true;
        }
        catch (KubernetesException e) when (e.StatusCode is 404 or 409)
        {
            return true; // Gone, or bound by somebody else: the watch will tell.
        }
        catch (Exception e) when (e.IsTransient() || e is KubernetesException)
        {
            logger.Retrying($"Binding Pod {pod.Name()}", e);
            return false;
        }
    }
}
