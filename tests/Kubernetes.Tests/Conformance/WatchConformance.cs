using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Kubernetes.Tests.Conformance;

public sealed class EmbeddedWatches(EmbeddedServer server) : WatchConformance(server);

public sealed class RealWatches(RealApiServer server) : WatchConformance(server);

public abstract class WatchConformance(ApiServerFixture server) : ApiConformance(server)
{
    [Fact]
    public async Task A_watch_without_version_begins_with_what_there_is()
    {
        await PostAsync(ConfigMaps, ConfigMap("a"));
        using var watch = await WatchAsync($"{ConfigMaps}?watch=1&timeoutSeconds=60");

        Assert.Equal("ADDED a", await watch.NextAsync());
        await PostAsync(ConfigMaps, ConfigMap("b"));
        Assert.Equal("ADDED b", await watch.NextAsync());
    }

    [Fact]
    public async Task A_watch_resumes_after_a_version()
    {
        var first = await PostAsync(ConfigMaps, ConfigMap("a"));
        await PatchAsync(ConfigMaps + "/a", "merge", """{"data":{"k":"2"}}""");
        await PostAsync(ConfigMaps, ConfigMap("b"));
        await DeleteAsync(ConfigMaps + "/a");
        using var watch = await WatchAsync($"{ConfigMaps}?watch=true&resourceVersion={first.Version}&timeoutSeconds=60");

        Assert.Equal(["MODIFIED a", "ADDED b", "DELETED a"], await TakeAsync(watch, 3));
    }

    [Fact]
    public async Task Versions_grow_from_event_to_event_and_a_deletion_has_its_own()
    {
        var first = await PostAsync(ConfigMaps, ConfigMap("a"));
        await DeleteAsync(ConfigMaps + "/a");
        using var watch = await WatchAsync($"{ConfigMaps}?watch=1&resourceVersion={long.Parse(first.Version) - 1}&timeoutSeconds=60");
        var versions = new List<long>();
        foreach (var e in new[] { await watch.NextEventAsync(), await watch.NextEventAsync() })
        {
            versions.Add(long.Parse((string?)Answer.At(e, "object.metadata.resourceVersion") ?? "0"));
        }

        Assert.Equal(long.Parse(first.Version), versions[0]);
        Assert.True(versions[1] > versions[0]);
    }

    [Fact]
    public async Task To_a_selector_an_object_comes_and_goes_as_its_labels_change()
    {
        var first = await PostAsync(ConfigMaps, ConfigMap("a"));
        using var watch = await WatchAsync($"{ConfigMaps}?watch=1&resourceVersion={first.Version}&labelSelector=in%3Dyes&timeoutSeconds=60");
        await PatchAsync(ConfigMaps + "/a", "merge", """{"metadata":{"labels":{"in":"yes"}}}""");
        await PatchAsync(ConfigMaps + "/a", "merge", """{"data":{"k":"2"}}""");
        await PatchAsync(ConfigMaps + "/a", "merge", """{"metadata":{"labels":{"in":"no"}}}""");
        await PatchAsync(ConfigMaps + "/a", "merge", """{"data":{"k":"3"}}""");
        await PostAsync(ConfigMaps, ConfigMap("b", "1", ""","labels":{"in":"yes"}"""));

        Assert.Equal(["ADDED a", "MODIFIED a", "DELETED a", "ADDED b"], await TakeAsync(watch, 4));
    }

    [Fact]
    public async Task A_node_can_watch_its_own_pods()
    {
        var before = await GetAsync(Pods);
        using var watch = await WatchAsync($"/api/v1/pods?watch=1&resourceVersion={before.Version}&fieldSelector=spec.nodeName%3D{Namespace}&timeoutSeconds=60");
        await CreatePodAsync("elsewhere", ""","nodeName":"other" """);
        await CreatePodAsync("here", $$""","nodeName":"{{Namespace}}" """);

        Assert.Equal("ADDED here", await watch.NextAsync());
    }

    [Fact]
    public async Task With_its_last_finalizer_an_object_goes_in_one_event()
    {
        var first = await PostAsync(ConfigMaps, ConfigMap("a", "1", ""","finalizers":["example.com/x"]"""));
        await DeleteAsync(ConfigMaps + "/a");
        var last = await PatchAsync(ConfigMaps + "/a", "merge", """{"metadata":{"finalizers":null}}""");
        await PostAsync(ConfigMaps, ConfigMap("b"));
        using var watch = await WatchAsync($"{ConfigMaps}?watch=1&resourceVersion={first.Version}&timeoutSeconds=60");

        Assert.Null(last["metadata.finalizers"]);
        Assert.Equal(["MODIFIED a", "DELETED a", "ADDED b"], await TakeAsync(watch, 3));
    }

    [Fact]
    public async Task A_watch_ends_in_time()
    {
        using var watch = await WatchAsync($"{ConfigMaps}?watch=1&resourceVersion={(await GetAsync(ConfigMaps)).Version}&timeoutSeconds=1");

        Assert.Equal(200, watch.Status);
        Assert.Null(await watch.NextEventAsync());
    }

    [Fact]
    public async Task A_watch_that_asked_for_bookmarks_gets_one_before_it_ends()
    {
        var list = await GetAsync(ConfigMaps);
        using var watch = await WatchAsync($"{ConfigMaps}?watch=1&resourceVersion={list.Version}&allowWatchBookmarks=true&timeoutSeconds=5");
        var created = await PostAsync(ConfigMaps, ConfigMap("a"));
        Assert.Equal("ADDED a", await watch.NextAsync());
        var bookmark = await watch.NextEventAsync();

        Assert.Equal(("BOOKMARK", "ConfigMap"), ((string?)bookmark?["type"], (string?)Answer.At(bookmark, "object.kind")));
        Assert.True(long.Parse((string?)Answer.At(bookmark, "object.metadata.resourceVersion") ?? "0") >= long.Parse(created.Version));
        while (await watch.NextEventAsync() is { } more)
        {
            Assert.Equal("BOOKMARK", (string?)more["type"]);
        }
    }

    [Fact]
    public async Task A_version_that_is_none_is_refused_before_the_watch_begins()
    {
        var answer = await GetAsync($"{ConfigMaps}?watch=1&resourceVersion=x");

        Assert.Equal((500, "resourceVersion: Invalid value: \"x\": strconv.ParseUint: parsing \"x\": invalid syntax"), (answer.Status, answer.Message));
    }

    [Fact]
    public async Task A_watch_can_be_of_tables()
    {
        using var watch = await WatchAsync($"{ConfigMaps}?watch=1&resourceVersion={(await GetAsync(ConfigMaps)).Version}&timeoutSeconds=60", "application/json;as=Table;v=v1;g=meta.k8s.io");
        await PostAsync(ConfigMaps, ConfigMap("a"));
        await PostAsync(ConfigMaps, ConfigMap("b"));
        var (first, second) = (await watch.NextEventAsync(), await watch.NextEventAsync());

        Assert.Equal("Table", (string?)Answer.At(first, "object.kind"));
        Assert.NotNull(Answer.At(first, "object.columnDefinitions"));
        Assert.Null(Answer.At(second, "object.columnDefinitions"));
        Assert.Equal(("a", "b"), ((string?)Answer.At(first, "object.rows.0.cells.0"), (string?)Answer.At(second, "object.rows.0.cells.0")));
    }

    private static async Task<IReadOnlyList<string?>> TakeAsync(WatchStream watch, int count)
    {
        var events = new List<string?>();
        while (events.Count < count)
        {
            events.Add(await watch.NextAsync());
        }

        return events;
    }
}
