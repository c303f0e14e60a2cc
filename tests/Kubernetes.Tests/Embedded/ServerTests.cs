using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Tests.Embedded;

/// <summary>The server as a whole, through our own client.</summary>
public sealed class ServerTests
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(1));

    private CancellationToken Deadline => _deadline.Token;

    [Fact]
    public async Task A_watch_from_before_a_compaction_is_gone()
    {
        await using var server = await EmbeddedApiServer.StartAsync(cancellationToken: Deadline);
        using var client = Client(server);
        var first = await client.CreateAsync(Config("a"), Deadline);
        await client.CreateAsync(Config("b"), Deadline);
        server.Compact();
        var gone = await Assert.ThrowsAsync<KubernetesException>(async () =>
        {
            await foreach (var e in client.WatchAsync<V1ConfigMap>("default", new() { ResourceVersion = first.Metadata.ResourceVersion }, Deadline))
            {
                Assert.Fail($"{e.Type} {e.Object.Metadata.Name}");
            }
        });

        Assert.Equal((410, "Expired"), (gone.StatusCode, gone.Reason));
    }

    [Fact]
    public async Task A_page_after_a_compaction_is_gone()
    {
        await using var server = await EmbeddedApiServer.StartAsync(cancellationToken: Deadline);
        using var client = Client(server);
        foreach (var name in new[] { "a", "b", "c" })
        {
            await client.CreateAsync(Config(name), Deadline);
        }

        var page = await client.ListAsync<V1ConfigMap>("default", new() { Limit = 1 }, Deadline);
        await client.CreateAsync(Config("d"), Deadline);
        server.Compact();
        var gone = await Assert.ThrowsAsync<KubernetesException>(
            () => client.ListAsync<V1ConfigMap>("default", new() { Limit = 1, Continue = page.Metadata.Continue }, Deadline));

        Assert.Equal((410, "Expired"), (gone.StatusCode, gone.Reason));
    }

    [Fact]
    public async Task Stopping_the_server_ends_its_watches()
    {
        var server = await EmbeddedApiServer.StartAsync(cancellationToken: Deadline);
        using var client = Client(server);
        await client.CreateAsync(Config("a"), Deadline);
        var watch = client.WatchAsync<V1ConfigMap>("default", new() { ResourceVersion = "0" }, Deadline).GetAsyncEnumerator(Deadline);
        Assert.True(await watch.MoveNextAsync());
        var next = watch.MoveNextAsync().AsTask();
        await server.DisposeAsync();

        await Record.ExceptionAsync(() => next.WaitAsync(Deadline));
        Assert.True(next.IsCompleted);
        await watch.DisposeAsync();
    }

    [Fact]
    public async Task Writers_who_meet_lose_no_update()
    {
        await using var server = await EmbeddedApiServer.StartAsync(cancellationToken: Deadline);
        using var client = Client(server);
        await client.CreateAsync(Config("a"), Deadline);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => client.PatchAsync<V1ConfigMap>(
            V1Patch.Merge(new() { ["data"] = new JsonObject { [$"k{i}"] = "x" } }), "a", "default", cancellationToken: Deadline)));
        var merged = await client.GetAsync<V1ConfigMap>("a", "default", Deadline);

        Assert.Equal(40, merged.Data!.Count);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_uids()
    {
        var uids = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            await using var server = await EmbeddedApiServer.StartAsync(new() { Random = new Random(7) }, cancellationToken: Deadline);
            using var client = Client(server);
            uids.Add((await client.CreateAsync(Config("a"), Deadline)).Metadata.Uid!);
        }

        Assert.Equal(uids[0], uids[1]);
    }

    private static KubernetesClient Client(EmbeddedApiServer server) => new(new KubernetesClientConfiguration { Server = server.Uri });

    private static V1ConfigMap Config(string name) => new() { Metadata = new() { Name = name, NamespaceProperty = "default" } };
}
