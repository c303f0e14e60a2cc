using System.Collections.Immutable;
using System.Text.Json;
using MesosK8sBridge.EndToEnd.Tests.Processes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded.Nodes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.EndToEnd.Tests;

/// <summary>
/// A framework on the npm package mesos-framework against <c>mesos-bridge serve</c>, with the embedded cluster in the tests' own
/// process, so that the bridge can be killed alone.
/// </summary>
public sealed class NodeClientTests : IAsyncLifetime
{
    private const int Instances = 5;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("mkb-node-client-").FullName;
    private readonly string _endpoint = BridgeProcess.FreeEndpoint();
    private EmbeddedCluster? _cluster;
    private KubernetesClient? _kubernetes;
    private BridgeProcess? _bridge;
    private NodeClient? _framework;

    private KubernetesClient Kubernetes => _kubernetes!;

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
        _bridge = await ServeAsync();
        _framework = NodeClient.Start(_endpoint, Instances, "echo started; exec sleep 3600");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in new IAsyncDisposable?[] { _framework, _bridge, _cluster })
        {
            await (part?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        _kubernetes?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Five_instances_run_one_whose_Pod_is_deleted_is_started_again_and_all_can_be_killed()
    {
        var running = await Framework.TasksReachAsync("TASK_RUNNING", Instances, Soon);
        var pods = await PodsAsync();
        Assert.Equal(running.Keys.Order(StringComparer.Ordinal), pods.Keys.Order(StringComparer.Ordinal));

        var victim = pods.First();
        await Kubernetes.DeleteAsync<V1Pod>(victim.Value.Metadata.Name!, victim.Value.Metadata.NamespaceProperty);

        using var failed = await Framework.EventAsync(
            "update",
            Soon,
            e => Status(e).GetProperty("task_id").GetProperty("value").ValueEquals(victim.Key) && !State(e, "TASK_RUNNING"));
        Assert.True(State(failed.RootElement, "TASK_FAILED"), failed.RootElement.ToString());
        Assert.Contains("deleted", Status(failed.RootElement).GetProperty("message").GetString(), StringComparison.Ordinal);
        var again = await Framework.TasksReachAsync("TASK_RUNNING", 1, Soon);
        Assert.DoesNotContain(victim.Key, again.Keys);

        await Framework.WriteLineAsync("kill-all");
        var killed = await Framework.TasksReachAsync("TASK_KILLED", Instances, Soon);
        Assert.Equal(
            running.Keys.Except([victim.Key], StringComparer.Ordinal).Concat(again.Keys).Order(StringComparer.Ordinal),
            killed.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task When_the_bridge_is_killed_nothing_is_lost()
    {
        var running = await Framework.TasksReachAsync("TASK_RUNNING", Instances, Soon);
        var pods = await PodsAsync();
        var frameworkId = pods.First().Value.Metadata.Annotations!["mesosbridge.io/framework-id"];

        await _bridge!.CrashAsync();

        // While nobody watches, one task comes to its end: its update must reach the framework all the same.
        var victim = pods.First();
        await Kubernetes.DeleteAsync<V1Pod>(victim.Value.Metadata.Name!, victim.Value.Metadata.NamespaceProperty);
        await _bridge.DisposeAsync();
        _bridge = await ServeAsync();

        using var again = await Framework.EventAsync("subscribed", Soon);
        Assert.Equal(frameworkId, again.RootElement.GetProperty("frameworkId").GetString());
        await Framework.EventAsync(
            "update",
            Soon,
            e => Status(e).GetProperty("task_id").GetProperty("value").ValueEquals(victim.Key) && State(e, "TASK_FAILED"),
            "the end of the task that ended while the bridge was dead");
        var replacement = await Framework.TasksReachAsync("TASK_RUNNING", 1, Soon, except: running.Keys);

        var now = await PodsAsync();
        foreach (var (task, pod) in pods.Where(p => p.Key != victim.Key))
        {
            Assert.Equal(pod.Metadata.Uid, now[task].Metadata.Uid);
        }

        await Framework.WriteLineAsync("kill-all");
        var killed = await Framework.TasksReachAsync("TASK_KILLED", Instances, Soon);
        Assert.Equal(
            running.Keys.Except([victim.Key], StringComparer.Ordinal).Concat(replacement.Keys).Order(StringComparer.Ordinal),
            killed.Keys.Order(StringComparer.Ordinal));
    }

    private Task<BridgeProcess> ServeAsync() => BridgeProcess.ServeAsync(_cluster!.Kubeconfig, _endpoint, "--admission", "open", "--default-image", "local");

    /// <summary>Live Pods by the id of their task.</summary>
    private async Task<ImmutableDictionary<string, V1Pod>> PodsAsync()
    {
        var list = await Kubernetes.ListAsync<V1Pod>(
            options: new ListOptions { LabelSelector = "app.kubernetes.io/managed-by=mesos-bridge" },
            cancellationToken: TestContext.Current.CancellationToken);
        return list.Items
            .Where(p => p.Metadata.DeletionTimestamp is null && p.Status?.Phase == "Running")
            .ToImmutableDictionary(p => p.Metadata.Annotations!["mesosbridge.io/task-id"], StringComparer.Ordinal);
    }

    private static JsonElement Status(JsonElement update) => update.GetProperty("status");

    private static bool State(JsonElement update, string state) => Status(update).GetProperty("state").ValueEquals(state);
}
