using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Agents;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Roles;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>What is known of the cluster. Kept up to date in every replica from its start on, whoever leads.</summary>
internal sealed class ClusterCaches(IKubernetes kubernetes, TimeProvider clock, Func<Random> random, ILogger log)
{
    /// <summary>How long a large copy is given to catch up by itself, before all is listed again.</summary>
    private static readonly TimeSpan CatchUpPatience = TimeSpan.FromSeconds(1);

    public Informer<V1Node> Nodes { get; } = new(kubernetes, new InformerOptions<V1Node>(), clock, random(), log);

    public Informer<V1Pod> Pods { get; } = new(kubernetes, ClusterObserver.PodInformer, clock, random(), log);

    public Informer<V1Alpha1MesosFramework> Frameworks { get; } =
        new(kubernetes, new InformerOptions<V1Alpha1MesosFramework>(), clock, random(), log);

    public Informer<V1Alpha1MesosRole> Roles { get; } = new(kubernetes, new InformerOptions<V1Alpha1MesosRole>(), clock, random(), log);

    public Informer<V1Alpha1MesosAgent> Agents { get; } = new(kubernetes, new InformerOptions<V1Alpha1MesosAgent>(), clock, random(), log);

    /// <summary>What has not been listed yet, by its plural name.</summary>
    public IEnumerable<string> Missing => new[]
    {
        (Nodes.HasSynced, "nodes"),
        (Pods.HasSynced, "pods"),
        (Frameworks.HasSynced, "mesosframeworks"),
        (Roles.HasSynced, "mesosroles"),
        (Agents.HasSynced, "mesosagents"),
    }.Where(each => !each.HasSynced).Select(each => each.Item2);

    public void Start(RunningParts parts)
    {
        parts.Start(Nodes.RunAsync);
        parts.Start(Pods.RunAsync);
        parts.Start(Frameworks.RunAsync);
        parts.Start(Roles.RunAsync);
        parts.Start(Agents.RunAsync);
    }

    public Task WaitForSyncAsync(CancellationToken ct) =>
        Task.WhenAll(
            Nodes.WaitForSyncAsync(ct), Pods.WaitForSyncAsync(ct), Frameworks.WaitForSyncAsync(ct), Roles.WaitForSyncAsync(ct), Agents.WaitForSyncAsync(ct));

    /// <summary>
    /// Until everything that was written before the call is known. A new leader must: a Pod made by the one before and not seen yet
    /// would be a task that never was, and its framework would start it a second time. What is said of roles and agents may come a
    /// moment later, as it would by a watch.
    /// </summary>
    public Task CatchUpAsync(CancellationToken ct) => Task.WhenAll(
        Nodes.CatchUpAsync(CatchUpPatience, ct),
        Pods.CatchUpAsync(CatchUpPatience, ct),
        Frameworks.CatchUpAsync(CatchUpPatience, ct));
}
