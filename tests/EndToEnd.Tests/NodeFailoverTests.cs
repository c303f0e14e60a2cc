using System.Text.Json;
using MesosK8sBridge.EndToEnd.Tests.Processes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded.Nodes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.EndToEnd.Tests;

/// <summary>A framework on the npm package mesos-framework in front of two bridges, of which the leading one is killed.</summary>
public sealed class NodeFailoverTests : IAsyncLifetime
{
    private const int Instances = 5;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("mkb-node-failover-").FullName;
    private readonly string[] _endpoints = [BridgeProcess.FreeEndpoint(), BridgeProcess.FreeEndpoint()];
    private readonly List<BridgeProcess> _bridges = [];
    private EmbeddedCluster? _cluster;
    private KubernetesClient? _kubernetes;
    private NodeClient? _framework;

    private NodeClient Framework => _framework!;

    public async ValueTask InitializeAsync()
    {
        NodeClient.SkipUnlessInstalled();
        _cluster = await EmbeddedCluster.StartAsync(
            new EmbeddedClusterOptions
            {
                Directory = _directory,
                Nodes = EmbeddedClusterOptions.NodesLike(new NodeOptions { Name = "node" }, 3),
            },
            cancellationToken: TestContext.Current.CancellationToken);
        _kubernetes = new KubernetesClient(new KubernetesClientConfiguration { Server = _cluster.Uri });
        foreach (var endpoint in _endpoints)
        {
            _bridges.Add(await BridgeProcess.ServeAsync(_cluster.Kubeconfig, endpoint, "--admission", "open", "--default-image", "local"));
        }

        // It is told of the standby first.
        _framework = NodeClient.Start(string.Join(',', _endpoints.Reverse()), Instances, "echo started; exec sleep 3600");
    }

    public async ValueTask DisposeAsync()
    {
        await (_framework?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var bridge in _bridges)
        {
            await bridge.DisposeAsync();
        }

        await (_cluster?.DisposeAsync() ?? ValueTask.CompletedTask);
        _kubernetes?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_framework_follows_redirections_to_the_next_leader_and_every_task_is_accounted_for()
    {
        using var redirected = await Framework.EventAsync("redirected", Soon);
        using var first = await Framework.EventAsync("subscribed", Soon);
        var running = await Framework.TasksReachAsync("TASK_RUNNING", Instances, Soon);
        Assert.Equal($"//{_endpoints[0]}/master/api/v1/scheduler", redirected.RootElement.GetProperty("to").GetString());

        await _bridges[0].CrashAsync();
        var victim = (await PodsAsync()).First();
        await _kubernetes!.DeleteAsync<V1Pod>(victim.Metadata.Name!, victim.Metadata.NamespaceProperty); // While nobody leads.
        var ended = victim.Metadata.Annotations!["mesosbridge.io/task-id"];

        using var again = await Framework.EventAsync("subscribed", Soon);
        using var failed = await Framework.EventAsync("update", Soon, e => Is(e, ended, "TASK_FAILED"), "the end of the task that ended while nobody led");
        var replacement = await Framework.TasksReachAsync("TASK_RUNNING", 1, Soon, except: running.Keys);
        await Framework.WriteLineAsync("kill-all");
        var killed = await Framework.TasksReachAsync("TASK_KILLED", Instances, Soon);

        Assert.Equal(IdOf(first), IdOf(again));
        Assert.Equal(
            running.Keys.Except([ended], StringComparer.Ordinal).Concat(replacement.Keys).Order(StringComparer.Ordinal),
            killed.Keys.Order(StringComparer.Ordinal));
    }

    private async Task<IEnumerable<V1Pod>> PodsAsync() => (await _kubernetes!.ListAsync<V1Pod>(
        options: new ListOptions { LabelSelector = "app.kubernetes.io/managed-by=mesos-bridge" },
        cancellationToken: TestContext.Current.CancellationToken)).Items;

    private static string? IdOf(JsonDocument subscribed) => subscribed.RootElement.GetProperty("frameworkId").GetString();

    private static bool Is(JsonElement update, string task, string state) =>
        update.GetProperty("status").GetProperty("task_id").GetProperty("value").ValueEquals(task)
        && update.GetProperty("status").GetProperty("state").ValueEquals(state);
}
