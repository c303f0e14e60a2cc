using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Tests.Embedded;

/// <summary>What a cluster's controllers do, as far as the embedded server has them.</summary>
public sealed class ControllerTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(1));
    private EmbeddedApiServer _server = null!;
    private KubernetesClient _client = null!;

    private CancellationToken Deadline => _deadline.Token;

    public async ValueTask InitializeAsync()
    {
        _server = await EmbeddedApiServer.StartAsync();
        _client = new KubernetesClient(new KubernetesClientConfiguration { Server = _server.Uri });
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _deadline.Dispose();
    }

    [Fact]
    public async Task What_a_deleted_owner_leaves_behind_goes()
    {
        var owner = await CreateAsync("owner");
        await CreateAsync("child", owner);
        await CreateAsync("stranger");
        await _client.DeleteAsync<V1ConfigMap>("owner", "default", cancellationToken: Deadline);
        await GoneAsync("child");

        Assert.NotNull(await _client.GetAsync<V1ConfigMap>("stranger", "default", Deadline));
    }

    [Fact]
    public async Task What_has_another_owner_stays_and_loses_only_the_reference()
    {
        var (first, second) = (await CreateAsync("first"), await CreateAsync("second"));
        await CreateAsync("child", first, second);
        await _client.DeleteAsync<V1ConfigMap>("first", "default", cancellationToken: Deadline);
        var child = await UntilAsync("child", c => c.Metadata.OwnerReferences is [{ Name: "second" }]);

        Assert.Null(child.Metadata.DeletionTimestamp);
    }

    [Fact]
    public async Task What_is_created_for_an_owner_that_is_no_more_goes()
    {
        var owner = await CreateAsync("owner");
        await _client.DeleteAsync<V1ConfigMap>("owner", "default", cancellationToken: Deadline);
        await CreateAsync("late", owner);
        await GoneAsync("late");
    }

    [Fact]
    public async Task In_the_foreground_an_owner_goes_after_what_it_owns()
    {
        var owner = await CreateAsync("owner");
        var child = Owned("child", owner);
        child.Metadata.Finalizers = ["example.com/x"];
        child.Metadata.OwnerReferences![0].BlockOwnerDeletion = true;
        await _client.CreateAsync(child, Deadline);
        await _client.DeleteAsync<V1ConfigMap>("owner", "default", new() { PropagationPolicy = "Foreground" }, Deadline);
        await UntilAsync("child", c => c.Metadata.DeletionTimestamp is not null);
        var waiting = await _client.GetAsync<V1ConfigMap>("owner", "default", Deadline);
        await _client.PatchAsync<V1ConfigMap>(
            V1Patch.Merge(new() { ["metadata"] = new JsonObject { ["finalizers"] = null } }), "child", "default", cancellationToken: Deadline);
        await GoneAsync("child");
        await GoneAsync("owner");

        Assert.Equal(["foregroundDeletion"], waiting.Metadata.Finalizers!);
    }

    [Fact]
    public async Task An_orphan_outlives_its_owner()
    {
        var owner = await CreateAsync("owner");
        await CreateAsync("child", owner);
        await _client.DeleteAsync<V1ConfigMap>("owner", "default", new() { PropagationPolicy = "Orphan" }, Deadline);
        await GoneAsync("owner");
        var child = await _client.GetAsync<V1ConfigMap>("child", "default", Deadline);

        Assert.True(child.Metadata.OwnerReferences is null or []);
        Assert.Null(child.Metadata.DeletionTimestamp);
    }

    [Fact]
    public async Task A_namespace_goes_when_all_in_it_has_gone()
    {
        await _client.CreateAsync(new V1Namespace { Metadata = new() { Name = "n" } }, Deadline);
        var held = Owned("held");
        held.Metadata.NamespaceProperty = "n";
        held.Metadata.Finalizers = ["example.com/x"];
        await _client.CreateAsync(held, Deadline);
        await _client.CreateAsync(new V1ConfigMap { Metadata = new() { Name = "free", NamespaceProperty = "n" } }, Deadline);
        await _client.DeleteAsync<V1Namespace>("n", cancellationToken: Deadline);
        await GoneAsync("free", "n");
        var waiting = await _client.GetAsync<V1Namespace>("n", cancellationToken: Deadline);
        await _client.PatchAsync<V1ConfigMap>(
            V1Patch.Merge(new() { ["metadata"] = new JsonObject { ["finalizers"] = null } }), "held", "n", cancellationToken: Deadline);
        while (await ExistsAsync(() => _client.GetAsync<V1Namespace>("n", cancellationToken: Deadline)))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Deadline);
        }

        Assert.Equal("Terminating", waiting.Status!.Phase);
    }

    [Fact]
    public async Task The_taints_of_a_node_follow_its_condition()
    {
        var created = await _client.CreateAsync(new V1Node { Metadata = new() { Name = "n" } }, Deadline);
        Assert.Equal(["node.kubernetes.io/not-ready"], Taints(created));

        await SetReadyAsync("True");
        await NodeAsync([]);
        await SetReadyAsync("Unknown");
        await NodeAsync(["node.kubernetes.io/unreachable"]);
        await SetReadyAsync("False");
        await NodeAsync(["node.kubernetes.io/not-ready"]);
        await SetReadyAsync("True");
        await _client.PatchAsync<V1Node>(V1Patch.Merge(new() { ["spec"] = new JsonObject { ["unschedulable"] = true } }), "n", cancellationToken: Deadline);
        await NodeAsync(["node.kubernetes.io/unschedulable"]);
    }

    private static IEnumerable<string> Taints(V1Node node) => node.Spec?.Taints?.Select(t => t.Key!) ?? [];

    private Task SetReadyAsync(string status) => _client.PatchAsync<V1Node>(
        V1Patch.Strategic(new()
        {
            ["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = status }) },
        }),
        "n",
        null,
        "status",
        Deadline);

    private async Task NodeAsync(string[] taints)
    {
        while (!Taints(await _client.GetAsync<V1Node>("n", cancellationToken: Deadline)).SequenceEqual(taints))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Deadline);
        }
    }

    private Task<V1ConfigMap> CreateAsync(string name, params V1ConfigMap[] owners) => _client.CreateAsync(Owned(name, owners), Deadline);

    private static V1ConfigMap Owned(string name, params V1ConfigMap[] owners) => new()
    {
        Metadata = new()
        {
            Name = name,
            NamespaceProperty = "default",
            OwnerReferences = [.. owners.Select(o => new V1OwnerReference { ApiVersion = "v1", Kind = "ConfigMap", Name = o.Metadata.Name!, Uid = o.Metadata.Uid! })],
        },
    };

    private async Task GoneAsync(string name, string namespaceName = "default")
    {
        while (await ExistsAsync(() => _client.GetAsync<V1ConfigMap>(name, namespaceName, Deadline)))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Deadline);
        }
    }

    private async Task<V1ConfigMap> UntilAsync(string name, Func<V1ConfigMap, bool> wanted)
    {
        while (true)
        {
            var found = await _client.GetAsync<V1ConfigMap>(name, "default", Deadline);
            if (wanted(found))
            {
                return found;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Deadline);
        }
    }

    private static async Task<bool> ExistsAsync<T>(Func<Task<T>> get)
    {
        try
        {
            await get();
            return true;
        }
        catch (KubernetesException e) when (e.StatusCode == 404)
        {
            return false;
        }
    }
}
