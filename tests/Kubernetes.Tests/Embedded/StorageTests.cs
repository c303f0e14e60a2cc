using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Storage;

namespace MesosK8sBridge.Kubernetes.Tests.Embedded;

public sealed class StorageTests
{
    private readonly ObjectStore _store = new(new StoreLimits(History: 3, Watchers: 2, WatcherQueue: 2));

    [Fact]
    public void Of_two_writers_who_saw_the_same_the_second_has_to_look_again()
    {
        var first = Put("a", null)!;
        Assert.NotNull(Put("a", first));
        Assert.Null(Put("a", first));
        Assert.Null(Put("a", null));
    }

    [Fact]
    public void Each_change_has_a_version_of_its_own_and_documents_stay_as_they_were()
    {
        var first = Put("a", null)!;
        var second = Put("a", first, "2")!;
        var deleted = _store.TryCommit("things", first.Key, second, null)!;

        Assert.Equal([first.Version + 1, first.Version + 2], [second.Version, deleted.Version]);
        Assert.Equal((first.Version.ToString(), "1"), (first.Document.Text("metadata", "resourceVersion"), first.Document.Text("data")));
        Assert.Equal("2", deleted.Document.Text("data"));
        Assert.Null(_store.Find("things", first.Key));
    }

    [Fact]
    public void What_was_can_be_seen_again_until_it_is_forgotten()
    {
        var first = Put("a", null)!;
        var second = Put("a", first, "2")!;
        Put("b", null);
        var third = _store.TryCommit("things", first.Key, second, null)!;

        Assert.Equal(["a=1"], Show(_store.At("things", first.Version)));
        Assert.Equal(["a=2"], Show(_store.At("things", second.Version)));
        Assert.Equal(["b=1"], Show(_store.At("things", third.Version)));
        Put("c", null);
        Assert.Null(_store.At("things", first.Version));
    }

    [Fact]
    public void A_watch_of_what_has_been_forgotten_is_refused()
    {
        var first = Put("a", null)!;
        for (var i = 0; i < 3; i++)
        {
            Put($"b{i}", null);
        }

        using var still = _store.Watch("things", "", first.Version);
        Put("c", null);
        var expired = Assert.Throws<StatusException>(() => _store.Watch("things", "", first.Version));
        Assert.Equal((410, $"too old resource version: {first.Version} ({first.Version + 1})"), (expired.Code, expired.Message));
    }

    [Fact]
    public void Compaction_forgets_everything_that_was()
    {
        var first = Put("a", null)!;
        var second = Put("a", first, "2")!;
        _store.Compact();

        Assert.Throws<StatusException>(() => _store.Watch("things", "", first.Version));
        using var current = _store.Watch("things", "", second.Version);
        Assert.Equal(["a=2"], Show(_store.Current("things")));
    }

    [Fact]
    public async Task A_watcher_that_lags_too_far_behind_is_cut_off_and_holds_nobody_up()
    {
        using var slow = _store.Watch("things", "", _store.Version);
        for (var i = 0; i < 5; i++)
        {
            Assert.NotNull(Put($"a{i}", null));
        }

        var seen = new List<string>();
        await foreach (var item in slow.Items.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            seen.Add(item.Change!.Current.Key.Name);
        }

        Assert.Equal(["a0", "a1"], seen);
    }

    [Fact]
    public void There_are_only_so_many_watchers_and_their_places_become_free()
    {
        var first = _store.Watch("things", "", null);
        using var second = _store.Watch("things", "", null);
        Assert.Equal(429, Assert.Throws<StatusException>(() => _store.Watch("things", "", null)).Code);
        first.Dispose();
        first.Dispose();
        using var third = _store.Watch("things", "", null);
        Assert.Equal(429, Assert.Throws<StatusException>(() => _store.Watch("things", "", null)).Code);
    }

    [Fact]
    public void A_bookmark_comes_after_all_that_came_before_it()
    {
        using var watcher = _store.Watch("things", "", _store.Version);
        var stored = Put("a", null)!;
        _store.Bookmark(watcher);

        Assert.True(watcher.Items.TryRead(out var change));
        Assert.True(watcher.Items.TryRead(out var bookmark));
        Assert.Equal((stored.Version, null, stored.Version), (change.Version, bookmark.Change, bookmark.Version));
    }

    private StoredObject? Put(string name, StoredObject? expected, string data = "1") => _store.TryCommit(
        "things", new ObjectKey("n", name), expected, new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["uid"] = "u" }, ["data"] = data });

    private static IEnumerable<string> Show(Snapshot? snapshot) => snapshot!.Objects.Values.Select(o => $"{o.Key.Name}={o.Document.Text("data")}");
}
