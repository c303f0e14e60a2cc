using MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes;

/// <summary>
/// Many nodes whose containers are only said to run: one watch, one loop and one heart for all. How long a Pod's containers
/// run and how they end stands in its annotation <c>mesosbridge.io/simulate</c>, e.g. <c>run=5s,exit=3</c>; without it they run
/// until they are stopped.
/// </summary>
public sealed class SimulatedNodes : IAsyncDisposable
{
    private const int Parallelism = 8;

    private readonly NodeTasks _tasks;

    private SimulatedNodes(NodeTasks tasks) => _tasks = tasks;

    /// <param name="nodes">The heartbeat interval and the minimum grace of the first count for all. At least one.</param>
    /// <exception cref="KubernetesException">The API server does not let one register.</exception>
    public static async Task<SimulatedNodes> StartAsync(
        IKubernetes kubernetes,
        IReadOnlyList<NodeOptions> nodes,
        ILogger logger,
        TimeProvider? clock = null,
        Random? random = null,
        CancellationToken cancellationToken = default)
    {
        clock ??= TimeProvider.System;
        var backoff = new Backoff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10), random ?? new Random());
        var runtime = new SimulatedRuntime(clock);
        var hearts = nodes.Select(n => new Heartbeats(kubernetes, n, runtime.Name, clock, logger)).ToList();
        await EachAsync(hearts, (heart, token) => heart.RegisterAsync(token), cancellationToken);

        var writer = new StatusWriter(kubernetes, backoff, clock, logger);
        var kubelet = new Kubelet(runtime, new PodMachine(nodes[0].MinimumGrace), writer, clock, logger);
        hearts.ForEach(h => kubelet.Serve(h.Node));
        var feed = new Feed<V1Pod>(kubernetes, "spec.nodeName!=", backoff, clock, logger);
        return new(NodeTasks.Run(
            logger,
            kubelet.RunAsync,
            writer.RunAsync,
            stopping => kubelet.FollowAsync(feed, stopping),
            stopping => BeatAsync(hearts, nodes[0].HeartbeatInterval, clock, stopping)));
    }

    public async ValueTask DisposeAsync() => await _tasks.DisposeAsync();

    private static async Task BeatAsync(List<Heartbeats> hearts, TimeSpan interval, TimeProvider clock, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(interval, clock, cancellationToken);
            await EachAsync(hearts, (heart, token) => heart.BeatAsync(token), cancellationToken);
        }
    }

    private static Task EachAsync(List<Heartbeats> hearts, Func<Heartbeats, CancellationToken, Task> action, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            hearts,
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (heart, token) => await action(heart, token));
}
