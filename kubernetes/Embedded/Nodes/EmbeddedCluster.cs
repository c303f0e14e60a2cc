using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes;

/// <summary>
/// A Kubernetes cluster in this process: an API server, nodes whose Pods run as local processes, a scheduler, and the part of
/// a controller manager that notices lost nodes. Owns all of it; no process outlives it.
/// </summary>
public sealed class EmbeddedCluster : IAsyncDisposable
{
    private readonly EmbeddedApiServer _server;
    private readonly ProcessHost _host;
    private readonly KubernetesClient _client;
    private readonly NodeTasks _controllers;

    private EmbeddedCluster(
        EmbeddedApiServer server, ProcessHost host, KubernetesClient client, NodeTasks controllers, ImmutableArray<EmbeddedNode> nodes, string kubeconfig)
    {
        _server = server;
        _host = host;
        _client = client;
        _controllers = controllers;
        Nodes = nodes;
        Kubeconfig = kubeconfig;
    }

    /// <summary>E.g. <c>http://127.0.0.1:34567/</c>.</summary>
    public Uri Uri => _server.Uri;

    /// <summary>Path of a file that kubectl understands.</summary>
    public string Kubeconfig { get; }

    public ImmutableArray<EmbeddedNode> Nodes { get; }

    public EmbeddedApiServer ApiServer => _server;

    /// <returns>When all nodes are registered and ready.</returns>
    /// <exception cref="IOException">The port is taken, or another embedded cluster uses the directory.</exception>
    public static async Task<EmbeddedCluster> StartAsync(
        EmbeddedClusterOptions options, ILoggerFactory? loggers = null, TimeProvider? clock = null, CancellationToken cancellationToken = default)
    {
        clock ??= TimeProvider.System;
        var logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("MesosK8sBridge.Kubernetes.Embedded.Nodes");
        var directory = Path.GetFullPath(options.Directory);
        var host = new ProcessHost(directory, clock);
        EmbeddedApiServer? server = null;
        try
        {
            DeletePods(directory);
            server = await EmbeddedApiServer.StartAsync(options.ApiServer with { Clock = clock }, loggers, cancellationToken);
            return await StartAsync(options, directory, host, server, clock, logger, cancellationToken);
        }
        catch
        {
            await (server?.DisposeAsync() ?? ValueTask.CompletedTask);
            host.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _controllers.DisposeAsync();
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        _client.Dispose();
        await _server.DisposeAsync();
        _host.Dispose();
    }

    /// <summary>A new API server knows none of the Pods of the one before.</summary>
    private static void DeletePods(string directory)
    {
        var pods = Path.Combine(directory, "pods");
        if (Directory.Exists(pods))
        {
            Directory.Delete(pods, recursive: true);
        }
    }

    private static async Task<EmbeddedCluster> StartAsync(
        EmbeddedClusterOptions options,
        string directory,
        ProcessHost host,
        EmbeddedApiServer server,
        TimeProvider clock,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        var random = options.Random;
        var client = new KubernetesClient(new KubernetesClientConfiguration { Server = server.Uri }, clock: clock, random: random);
        var nodes = options.Nodes.Select(n => new EmbeddedNode(client, n, host, directory, clock, random, logger)).ToImmutableArray();
        server.PodLogs = new NodeLogs(nodes);
        foreach (var node in nodes)
        {
            await node.StartAsync(cancellationToken);
        }

        var backoff = new Backoff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10), random);
        var monitor = new NodeMonitor(client, options.Monitor, clock, logger);
        var scheduler = new TinyScheduler(client, backoff, clock, logger);
        var controllers = options.Schedule
            ? NodeTasks.Run(logger, monitor.RunAsync, scheduler.RunAsync)
            : NodeTasks.Run(logger, monitor.RunAsync);
        var kubeconfig = Path.Combine(directory, "kubeconfig");
        server.WriteKubeconfig(kubeconfig);
        return new(server, host, client, controllers, nodes, kubeconfig);
    }

    /// <summary>Asks the nodes one after the other: a Pod is on one at most.</summary>
    private sealed class NodeLogs(ImmutableArray<EmbeddedNode> nodes) : IPodLogs
    {
        public IAsyncEnumerable<ReadOnlyMemory<byte>>? Read(
            string podUid, string container, PodLogOptions options, CancellationToken cancellationToken) =>
            nodes.Select(n => n.ReadLog(podUid, container, options, cancellationToken)).FirstOrDefault(log => log is not null);
    }
}

/// <summary>What an <see cref="EmbeddedCluster"/> consists of.</summary>
public sealed record EmbeddedClusterOptions
{
    /// <summary>For Pods' files, logs and the kubeconfig; made if it does not exist. What an earlier cluster left there is ended and deleted.</summary>
    public required string Directory { get; init; }

    /// <summary>Default: one node with the defaults, called <c>node-1</c>.</summary>
    public ImmutableArray<NodeOptions> Nodes { get; init; } = NodesLike(new NodeOptions { Name = "node" }, 1);

    public EmbeddedApiServerOptions ApiServer { get; init; } = new();

    public NodeMonitorOptions Monitor { get; init; } = new();

    /// <summary>Put Pods that name no node on one. Default true.</summary>
    public bool Schedule { get; init; } = true;

    /// <summary>Spreads retries.</summary>
    public Random Random { get; init; } = new();

    /// <summary>So many nodes that differ only in their names: <c>NAME-1</c>, <c>NAME-2</c>, ….</summary>
    public static ImmutableArray<NodeOptions> NodesLike(NodeOptions node, int count) =>
        [.. Enumerable.Range(1, count).Select(i => node with { Name = $"{node.Name}-{i}" })];
}
