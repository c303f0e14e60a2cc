using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Kubernetes.Queue;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Kubernetes.Tests.Client;

public sealed class WorkQueueTests
{
    private readonly VirtualTime _time = new();

    private readonly List<(string Key, double At)> _done = [];

    [Fact]
    public void What_is_added_while_it_waits_is_one() => Run(1, async queue =>
    {
        queue.Add("slow");
        await _time.Delay(0.1);
        queue.Add("b");
        queue.Add("c");
        queue.Add("b");
        await _time.Delay(10);

        Assert.Equal(["slow", "b", "c"], _done.Select(d => d.Key));
    }, (_, _) => Work(1));

    [Fact]
    public void What_is_added_while_it_is_worked_on_comes_again_and_never_twice_at_a_time() => Run(4, async queue =>
    {
        queue.Add("a");
        await _time.Delay(0.5);
        queue.Add("a");
        queue.Add("a");
        await _time.Delay(10);

        Assert.Equal([("a", 1), ("a", 2)], _done);
    }, (_, _) => Work(1));

    [Fact]
    public void As_many_keys_are_worked_on_at_once_as_there_are_workers() => Run(3, async queue =>
    {
        for (var i = 0; i < 7; i++)
        {
            queue.Add($"{i}");
        }

        await _time.Delay(10);
        Assert.Equal([1, 1, 1, 2, 2, 2, 3], _done.Select(d => d.At));
    }, (_, _) => Work(1));

    [Fact]
    public void Of_several_times_the_earliest_counts_and_now_is_the_earliest() => Run(1, async queue =>
    {
        queue.AddAfter("a", TimeSpan.FromSeconds(30));
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        queue.AddAfter("a", TimeSpan.FromSeconds(20));
        queue.AddAfter("b", TimeSpan.FromSeconds(5));
        queue.Add("b");
        await _time.Delay(100);

        Assert.Equal([("b", 0), ("a", 10)], _done);
        Assert.Equal(0, queue.Count);
    }, (_, _) => Work(0));

    [Fact]
    public void A_failing_key_comes_back_ever_later_and_others_do_not_wait_for_it() => Run(1, async queue =>
    {
        queue.Add("bad");
        queue.Add("good");
        await _time.Delay(600);

        var times = _done.Where(d => d.Key == "bad").Select(d => d.At).ToList();
        var waits = times.Skip(1).Zip(times, (later, earlier) => later - earlier).ToList();
        Assert.Contains(("good", 0), _done);
        Assert.All(waits.Take(5).Index(), w => Assert.InRange(w.Item, 0.1 * Math.Pow(2, w.Index), 0.2 * Math.Pow(2, w.Index)));
        Assert.All(waits, w => Assert.InRange(w, 0.1, 60));
        Assert.InRange(waits[^1], 30, 60);
    }, (key, _) => key == "bad" ? throw new InvalidOperationException("bad") : Work(0));

    [Fact]
    public void Success_ends_the_row_of_failures()
    {
        var attempts = 0;
        Run(1, async queue =>
        {
            queue.Add("a");
            await _time.Delay(100);
            var before = _done.Count;
            queue.Add("a");
            await _time.Delay(0.25);

            Assert.Equal(6, before);
            Assert.Equal(8, _done.Count); // Now and, after one failure, within 200 ms.
        }, (_, _) => ++attempts is 6 or > 7 ? Work(0) : throw new InvalidOperationException("bad"));
    }

    [Fact]
    public void A_result_may_ask_to_come_again() => Run(1, async queue =>
    {
        queue.Add("a");
        await _time.Delay(35);

        Assert.Equal([0, 10, 20, 30], _done.Select(d => d.At));
    }, (_, _) => Task.FromResult(WorkResult.RequeueAfter(TimeSpan.FromSeconds(10))));

    [Fact]
    public void The_server_says_how_long_to_wait() => Run(1, async queue =>
    {
        queue.Add("a");
        await _time.Delay(25);

        Assert.Equal(2, _done.Count);
        Assert.InRange(_done[1].At, 20, 24);
    }, (_, _) => throw new KubernetesException(new V1Status { Code = 429, Details = new() { RetryAfterSeconds = 20 } }));

    [Fact]
    public void Times_that_no_longer_count_take_no_room() => Run(1, async queue =>
    {
        for (var i = 0; i < 100_000; i++)
        {
            queue.AddAfter("a", TimeSpan.FromHours(1));
            queue.Add("a");
            await Task.Yield();
        }

        Assert.True(queue.Postponed < 100, $"{queue.Postponed}");
    }, (_, _) => Work(0));

    [Fact]
    public void Stopping_waits_for_the_work_that_goes_on() => _time.Run(async () =>
    {
        using var stop = new CancellationTokenSource();
        using var queue = Queue(2);
        var ended = 0;
        queue.Add("a");
        queue.Add("b");
        queue.Add("c");
        var running = queue.RunAsync(async (_, _) =>
        {
            await _time.Delay(5);
            ended++;
            return WorkResult.Done;
        }, stop.Token);
        await _time.Delay(1);
        stop.Cancel();
        queue.Add("d");
        await running;

        Assert.Equal(2, ended);
        Assert.Equal(TimeSpan.FromSeconds(5), _time.Elapsed);
    });

    /// <summary>No key is forgotten and none runs twice at a time, whatever comes in whatever order.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_last_word_on_every_key_is_worked_on(int seed)
    {
        var random = new Random(seed);
        var wanted = new int[10];
        var seen = new int[10];
        var busy = new HashSet<string>();
        Run(3, async queue =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                var key = random.Next(10);
                wanted[key]++;
                if (random.Next(3) == 0)
                {
                    queue.AddAfter($"{key}", TimeSpan.FromSeconds(random.NextDouble() * 3));
                }
                else
                {
                    queue.Add($"{key}");
                }

                await _time.Delay(random.NextDouble() * 0.3);
            }

            await _time.Delay(1000);
            Assert.Equal(wanted, seen);
            Assert.Equal(0, queue.Count);
        }, async (key, _) =>
        {
            Assert.True(busy.Add(key));
            var now = wanted[int.Parse(key)];
            await _time.Delay(random.NextDouble());
            busy.Remove(key);
            if (random.Next(4) == 0)
            {
                throw new IOException("bad luck");
            }

            seen[int.Parse(key)] = now;
            return WorkResult.Done;
        });
    }

    [Fact]
    public void A_controller_hears_of_objects_and_of_their_end_and_only_while_it_runs() => _time.Run(async () =>
    {
        var kubernetes = new FakeKubernetes();
        var informer = new Informer<V1Pod>(kubernetes, new(), _time, new Random(1), NullLogger.Instance);
        var controller = new Recording();
        var runner = new ControllerRunner<V1Pod>(informer, controller, new() { Workers = 1 }, _time, new Random(1), NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        var informing = informer.RunAsync(stop.Token);
        kubernetes.Put(Pod("a"));
        kubernetes.Put(Pod("b"));
        await _time.Delay(1);
        kubernetes.Remove<V1Pod>("n", "b");
        await _time.Delay(1);
        Assert.Empty(controller.Told);

        using (var term = new CancellationTokenSource())
        {
            var running = runner.RunAsync(term.Token);
            await _time.Delay(1);
            kubernetes.Put(Pod("c"));
            kubernetes.Put(Pod("a"));
            await _time.Delay(1);
            controller.FailOnce = true;
            kubernetes.Remove<V1Pod>("n", "a");
            await _time.Delay(5);
            kubernetes.Remove<V1Pod>("n", "c");
            kubernetes.Put(Pod("c"));
            await _time.Delay(5);
            term.Cancel();
            await running;
        }

        Assert.Equal(["a", "c", "a", "-a failed", "-a", "-c", "c"], controller.Told);
        kubernetes.Put(Pod("d"));
        await _time.Delay(1);
        Assert.Equal(7, controller.Told.Count);

        using var again = new CancellationTokenSource();
        var second = runner.RunAsync(again.Token);
        await _time.Delay(1);
        Assert.Equal(["c", "d"], controller.Told.Skip(7).Order(StringComparer.Ordinal));
        again.Cancel();
        await second;
        stop.Cancel();
        await VirtualTime.FailureOf(informing);
    });

    private static V1Pod Pod(string name) => new() { Metadata = new() { Name = name, NamespaceProperty = "n" } };

    private WorkQueue<string> Queue(int workers) =>
        new(new() { Workers = workers, LongestDelay = TimeSpan.FromSeconds(60) }, _time, new Random(7), NullLogger.Instance);

    private async Task<WorkResult> Work(double seconds)
    {
        await _time.Delay(seconds);
        return WorkResult.Done;
    }

    private void Run(int workers, Func<WorkQueue<string>, Task> test, Func<string, CancellationToken, Task<WorkResult>> work) => _time.Run(async () =>
    {
        using var stop = new CancellationTokenSource();
        using var queue = Queue(workers);
        var running = queue.RunAsync(async (key, token) =>
        {
            try
            {
                return await work(key, token);
            }
            finally
            {
                _done.Add((key, _time.Elapsed.TotalSeconds));
            }
        }, stop.Token);
        await test(queue);
        stop.Cancel();
        await running;
    });

    private sealed class Recording : IEntityController<V1Pod>
    {
        public List<string> Told { get; } = [];

        public bool FailOnce { get; set; }

        public Task<WorkResult> ReconcileAsync(V1Pod entity, CancellationToken cancellationToken)
        {
            Told.Add(entity.Name());
            return Task.FromResult(WorkResult.Done);
        }

        public Task DeletedAsync(V1Pod entity, CancellationToken cancellationToken)
        {
            if (FailOnce)
            {
                FailOnce = false;
                Told.Add($"-{entity.Name()} failed");
                throw new IOException("bad luck");
            }

            Told.Add($"-{entity.Name()}");
            return Task.CompletedTask;
        }
    }
}
