using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Kubernetes.Tests.Client;

public sealed class InformerTests
{
    private readonly VirtualTime _time = new();

    private readonly FakeKubernetes _kubernetes = new();

    private readonly List<string> _told = [];

    private readonly Informer<V1Pod> _informer;

    public InformerTests()
    {
        var options = new InformerOptions<V1Pod> { PageSize = 2 }.IndexedByLabel("app").IndexedBy("node", pod => pod.Spec?.NodeName);
        _informer = new(_kubernetes, options, _time, new Random(1), NullLogger.Instance);
        _informer.AddHandler((happened, _) =>
        {
            _told.Add(happened switch
            {
                InformerEvent<V1Pod>.Added e => $"+{e.Object.Name()}",
                InformerEvent<V1Pod>.Updated e => $"~{e.Object.Name()} {e.Previous.GetLabel("app")}>{e.Object.GetLabel("app")}",
                InformerEvent<V1Pod>.Deleted e => $"-{e.Last.Name()}{(e.Witnessed ? "" : "?")}",
                InformerEvent<V1Pod>.Relisted e => $"list {e.Before}>{e.Count} missing {e.Missing}",
                _ => "?",
            });
            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public void It_lists_in_pages_and_then_follows() => Run(async () =>
    {
        Assert.True(_informer.HasSynced);
        Assert.Equal(["list 0>3 missing 0", "+a", "+b", "+c"], _told);
        Assert.Equal(2, _kubernetes.Calls.Count(c => c == "list"));

        _told.Clear();
        _kubernetes.Put(Pod("a", "y"));
        _kubernetes.Put(Pod("d", "x"));
        _kubernetes.Remove<V1Pod>("n", "b");
        await _time.Delay(1);

        Assert.Equal(["~a x>y", "+d", "-b"], _told);
        Assert.Equal(["a", "c", "d"], Names(_informer.Current.Objects));
        Assert.Equal(["c", "d"], Names(_informer.Current.By("app", "x")));
        Assert.Equal(["a"], Names(_informer.Current.By("app", "y")));
        Assert.Empty(_informer.Current.By("app", "z"));
        Assert.Equal(3, _informer.Current.By("node", "node-1").Count);
    });

    [Fact]
    public void A_snapshot_once_taken_does_not_change() => Run(async () =>
    {
        var before = _informer.Current;
        _kubernetes.Remove<V1Pod>("n", "b");
        await _time.Delay(1);

        Assert.Equal(3, before.Count);
        Assert.Equal(["a", "b", "c"], Names(before.By("app", "x")));
        Assert.Equal(2, _informer.Current.Count);
        Assert.Equal(before.Version + 1, _informer.Current.Version);
    });

    [Fact]
    public void A_watch_that_breaks_goes_on_where_it_was_without_a_list() => Run(async () =>
    {
        _kubernetes.Put(Pod("d", "x"));
        await _time.Delay(2);
        var seen = _kubernetes.Version;
        _kubernetes.CutWatches(new IOException("cut"));
        _kubernetes.Put(Pod("e", "x"));
        await _time.Delay(60);

        Assert.Contains($"watch {seen}", _kubernetes.Calls);
        Assert.Equal(2, _kubernetes.Calls.Count(c => c == "list"));
        Assert.Equal("+e", _told[^1]);
    });

    [Fact]
    public void A_bookmark_moves_the_place_to_resume_and_nothing_else() => Run(async () =>
    {
        var version = _informer.Current.Version;
        _kubernetes.SendBookmark<V1Pod>();
        await _time.Delay(2);
        _kubernetes.CutWatches();
        await _time.Delay(2);

        Assert.Equal(version, _informer.Current.Version);
        Assert.Equal($"watch {_kubernetes.Version}", _kubernetes.Calls[^1]);
    });

    [Fact]
    public void What_was_deleted_while_the_server_forgot_is_found_by_a_list() => Run(async () =>
    {
        _told.Clear();
        _kubernetes.CutWatches(new IOException("cut"));
        _kubernetes.Remove<V1Pod>("n", "a");
        _kubernetes.Put(Pod("b", "y"));
        _kubernetes.Put(Pod("d", "x"));
        _kubernetes.Forget();
        await _time.Delay(60);

        Assert.Equal(["list 3>3 missing 1", "-a?", "~b x>y", "+d"], _told);
        Assert.Equal(["b", "c", "d"], Names(_informer.Current.Objects));
    });

    [Fact]
    public void A_successor_of_the_same_name_is_a_deletion_and_an_addition() => Run(async () =>
    {
        _told.Clear();
        _kubernetes.CutWatches(new IOException("cut"));
        _kubernetes.Remove<V1Pod>("n", "a");
        _kubernetes.Put(Pod("a", "x"));
        _kubernetes.Forget();
        await _time.Delay(60);

        Assert.Equal(["list 3>3 missing 0", "-a?", "+a"], _told);
    });

    [Theory]
    [InlineData(500)]
    [InlineData(403)]
    [InlineData(0)]
    public void Nothing_is_gone_because_lists_fail(int status) => Run(async () =>
    {
        _told.Clear();
        _kubernetes.Before = (_, _) => throw (status == 0 ? new HttpRequestException("refused") : new KubernetesException(status, "", "no"));
        _kubernetes.CutWatches(new KubernetesException(410, "Expired", "too old"));
        await _time.Delay(3600);

        Assert.Empty(_told);
        Assert.Equal(3, _informer.Current.Count);
        Assert.True(_informer.HasSynced);
        Assert.InRange(_kubernetes.Calls.Count(c => c == "list") - 2, 100, 300); // Every 15 to 30 s: capped, and not given up.

        _kubernetes.Before = (_, _) => Task.CompletedTask;
        await _time.Delay(31);
        Assert.Equal(["list 3>3 missing 0"], _told);
    });

    [Fact]
    public void A_list_that_breaks_off_after_its_first_page_counts_for_nothing() => Run(async () =>
    {
        _told.Clear();
        var lists = 0;
        _kubernetes.Before = (call, _) => call == "list" && ++lists == 2 ? throw new KubernetesException(410, "Expired", "continue token") : Task.CompletedTask;
        _kubernetes.CutWatches(new KubernetesException(410, "Expired", "too old"));
        await _time.Delay(60);

        Assert.Equal(["list 3>3 missing 0"], _told);
        Assert.Equal(3, lists); // First page, refused second page, all at once.
    });

    [Fact]
    public void A_server_that_ends_every_watch_at_once_is_asked_ever_more_rarely() => Run(async () =>
    {
        _kubernetes.Before = (call, _) => call == "list" ? Task.CompletedTask : throw new KubernetesException(410, "Expired", "always");
        _kubernetes.CutWatches();
        await _time.Delay(3600);

        Assert.InRange(_kubernetes.Calls.Count(c => c.StartsWith("watch", StringComparison.Ordinal)), 100, 300);
    });

    [Fact]
    public void A_handler_that_fails_does_not_stop_the_others()
    {
        var told = 0;
        _informer.AddHandler((_, _) => throw new InvalidOperationException("bug"));
        _informer.AddHandler((_, _) =>
        {
            told++;
            return ValueTask.CompletedTask;
        });

        Run(() =>
        {
            Assert.Equal(4, told);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public void A_handler_sees_what_it_is_told_of_in_the_snapshot()
    {
        var missing = 0;
        _informer.AddHandler((happened, _) =>
        {
            missing += happened is InformerEvent<V1Pod>.Added added && _informer.Current.Find("n", added.Object.Name()) is null ? 1 : 0;
            return ValueTask.CompletedTask;
        });

        Run(async () =>
        {
            _kubernetes.Put(Pod("d", "x"));
            await _time.Delay(1);
        });
        Assert.Equal(0, missing);
    }

    [Fact]
    public void A_large_copy_catches_up_by_its_watch_without_a_list() => Run(async () =>
    {
        _kubernetes.Put(Pod("d", "x"));
        var asked = _kubernetes.Version;
        await _informer.CatchUpAsync(TimeSpan.FromSeconds(1), CancellationToken.None);

        Assert.NotNull(_informer.Current.Find("n", "d"));
        Assert.Equal($"{asked}", _informer.Current.ResourceVersion);
        Assert.Equal(1, _told.Count(each => each.StartsWith("list", StringComparison.Ordinal)));
    });

    [Fact]
    public void A_large_copy_whose_watch_brings_nothing_is_listed_again_when_the_patience_is_over() => Run(async () =>
    {
        await KillWatchAsync();
        _kubernetes.Put(Pod("d", "x"));
        var at = _time.Elapsed;
        await _informer.CatchUpAsync(TimeSpan.FromSeconds(1), CancellationToken.None);

        Assert.InRange(_time.Elapsed - at, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.1));
        Assert.NotNull(_informer.Current.Find("n", "d"));
        Assert.Contains("+d", _told);
    });

    [Fact]
    public void A_small_copy_is_listed_again_at_once() => Run(async () =>
    {
        _kubernetes.Remove<V1Pod>("n", "b");
        await _time.Delay(1);
        await KillWatchAsync();
        _kubernetes.Remove<V1Pod>("n", "c");
        var at = _time.Elapsed;
        await _informer.CatchUpAsync(TimeSpan.FromSeconds(1), CancellationToken.None);

        Assert.Equal(at, _time.Elapsed);
        Assert.Equal(["a"], Names(_informer.Current.Objects));
        Assert.Contains("-c?", _told);
    });

    [Fact]
    public void Catching_up_does_not_wait_for_what_has_failed_before() => Run(async () =>
    {
        _kubernetes.Before = (_, _) => throw new HttpRequestException("down");
        _kubernetes.CutWatches(new IOException("cut"));
        _kubernetes.Put(Pod("d", "x"));
        await _time.Delay(600); // By now there are waits of half a minute.
        _kubernetes.Before = (_, _) => Task.CompletedTask;
        var at = _time.Elapsed;
        await _informer.CatchUpAsync(TimeSpan.FromSeconds(1), CancellationToken.None);

        Assert.InRange(_time.Elapsed - at, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.NotNull(_informer.Current.Find("n", "d"));
    });

    [Fact]
    public void A_follower_hears_of_what_happens_from_then_on_until_it_is_disposed() => Run(async () =>
    {
        var heard = new List<string>();
        var following = _informer.Follow((happened, _) =>
        {
            heard.Add(happened is InformerEvent<V1Pod>.Added added ? added.Object.Name() : "?");
            return ValueTask.CompletedTask;
        });
        _kubernetes.Put(Pod("d", "x"));
        await _time.Delay(1);
        following.Dispose();
        _kubernetes.Put(Pod("e", "x"));
        await _time.Delay(1);

        Assert.Equal(["d"], heard);
        Assert.Contains("+e", _told);
    });

    /// <summary>The watch is open, as far as anybody can tell, and brings nothing.</summary>
    private async Task KillWatchAsync()
    {
        _kubernetes.Before = (call, token) => call.StartsWith("watch", StringComparison.Ordinal)
            ? _time.DelayAsync(TimeSpan.FromDays(1), token)
            : Task.CompletedTask;
        _kubernetes.CutWatches();
        await _time.Delay(10);
    }

    private static IEnumerable<string> Names(IEnumerable<V1Pod> pods) => pods.Select(p => p.Name()).Order(StringComparer.Ordinal);

    private static V1Pod Pod(string name, string app) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = "n", Labels = new Dictionary<string, string> { ["app"] = app } },
        Spec = new() { NodeName = "node-1" },
    };

    private void Run(Func<Task> test) => _time.Run(async () =>
    {
        foreach (var name in (string[])["a", "b", "c"])
        {
            _kubernetes.Put(Pod(name, "x"));
        }

        using var stop = new CancellationTokenSource();
        var running = _informer.RunAsync(stop.Token);
        await _informer.WaitForSyncAsync(stop.Token);
        await _time.Delay(1);
        await test();
        stop.Cancel();
        Assert.IsAssignableFrom<OperationCanceledException>(await VirtualTime.FailureOf(running));
    });
}
