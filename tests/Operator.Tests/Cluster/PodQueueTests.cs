using System.Collections.Concurrent;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Shim;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Operator.Tests.Cluster;

public sealed class PodQueueTests
{
    private static readonly PodKey Pod = new("ns", "a");
    private static readonly PodWork Kill = new PodWork.Kill(new TaskKey(new FrameworkId("f"), new TaskId("t")), new AgentId("s"), Grace: null);
    private static readonly PodWork Release = new PodWork.Release(new TaskKey(new FrameworkId("f"), new TaskId("t")));
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static CancellationToken Soon => new CancellationTokenSource(Deadline).Token;

    [Fact]
    public async Task Work_on_one_pod_is_done_in_order_and_one_at_a_time()
    {
        var worker = new Recorder();
        await using var queue = Start(worker);

        queue.Enqueue(Pod, Kill);
        queue.Enqueue(Pod, new PodWork.EndGroup());
        queue.Enqueue(Pod, Release);
        Assert.True(await queue.DrainAsync(Soon));

        Assert.Equal([Kill, new PodWork.EndGroup(), Release], worker.Done);
        Assert.Equal(1, worker.MostAtOnce);
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public async Task Pods_do_not_wait_for_each_other()
    {
        var worker = new Recorder { Gate = new TaskCompletionSource() };
        await using var queue = Start(worker);

        for (var i = 0; i < 8; i++)
        {
            queue.Enqueue(new PodKey("ns", $"p{i}"), Kill);
        }

        await worker.Begun(8).WaitAsync(Deadline);
        worker.Gate.SetResult();
        Assert.True(await queue.DrainAsync(Soon));

        Assert.Equal(8, worker.MostAtOnce);
    }

    [Fact]
    public async Task The_same_work_is_not_queued_twice()
    {
        var worker = new Recorder { Gate = new TaskCompletionSource() };
        await using var queue = Start(worker);

        queue.Enqueue(Pod, Release);
        queue.Enqueue(Pod, Kill);
        queue.Enqueue(Pod, Kill);
        worker.Gate.SetResult();
        Assert.True(await queue.DrainAsync(Soon));

        Assert.Equal([Release, Kill], worker.Done);
    }

    [Fact]
    public async Task What_fails_for_the_moment_is_tried_again_before_anything_else_of_that_pod()
    {
        var worker = new Recorder();
        worker.Failures.Enqueue(new HttpRequestException("down"));
        worker.Failures.Enqueue(new KubernetesException(503, "", "busy"));
        worker.Failures.Enqueue(new KubernetesException(401, "Unauthorized", "token expired"));
        await using var queue = Start(worker);

        queue.Enqueue(Pod, Kill);
        queue.Enqueue(Pod, Release);
        Assert.True(await queue.DrainAsync(Soon));

        Assert.Equal([Kill, Release], worker.Done);
        Assert.Empty(worker.GivenUp);
    }

    [Theory, InlineData(403, "Forbidden"), InlineData(409, "Conflict")]
    public async Task What_is_refused_and_may_be_allowed_again_is_not_forgotten(int status, string reason)
    {
        var worker = new Recorder();
        worker.Failures.Enqueue(new KubernetesException(status, reason, "no"));
        worker.Failures.Enqueue(new KubernetesException(status, reason, "no"));
        await using var queue = Start(worker);

        queue.Enqueue(Pod, Release);
        queue.Enqueue(Pod, Kill);
        Assert.True(await queue.DrainAsync(Soon));

        Assert.Equal([Release, Kill], worker.Done);
        Assert.Empty(worker.GivenUp);
    }

    [Theory, InlineData(403, "Forbidden"), InlineData(409, "Conflict")]
    public async Task A_launch_that_is_refused_is_given_up(int status, string reason)
    {
        var worker = new Recorder();
        worker.Failures.Enqueue(new KubernetesException(status, reason, "no"));
        await using var queue = Start(worker);

        queue.Enqueue(Pod, new PodWork.Create(null!));
        Assert.True(await queue.DrainAsync(Soon));

        Assert.Equal([new PodWork.Create(null!)], worker.GivenUp);
    }

    [Fact]
    public async Task What_fails_for_good_is_given_up_and_the_next_is_done()
    {
        var worker = new Recorder();
        worker.Failures.Enqueue(new KubernetesException(422, "Invalid", "no"));
        await using var queue = Start(worker);

        queue.Enqueue(Pod, Kill);
        queue.Enqueue(Pod, Release);
        Assert.True(await queue.DrainAsync(Soon));

        Assert.Equal([Kill], worker.GivenUp);
        Assert.Equal([Release], worker.Done);
    }

    private static PodQueue Start(Recorder worker)
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5), new Random(1));
        var queue = new PodQueue(worker, parallelism: 8, backoff, TimeProvider.System, NullLogger.Instance);
        queue.Start();
        return queue;
    }

    private sealed class Recorder : IPodWorker
    {
        private readonly ConcurrentDictionary<int, TaskCompletionSource> _begun = new();
        private int _atOnce;

        public ConcurrentQueue<PodWork> Done { get; } = new();

        public ConcurrentQueue<PodWork> GivenUp { get; } = new();

        public ConcurrentQueue<Exception> Failures { get; } = new();

        public TaskCompletionSource? Gate { get; init; }

        public int MostAtOnce { get; private set; }

        public Task Begun(int count) => _begun.GetOrAdd(count, _ => new TaskCompletionSource()).Task;

        public async Task DoAsync(PodKey pod, PodWork work, CancellationToken cancellationToken)
        {
            var atOnce = Interlocked.Increment(ref _atOnce);
            MostAtOnce = Math.Max(MostAtOnce, atOnce);
            _begun.GetOrAdd(atOnce, _ => new TaskCompletionSource()).TrySetResult();
            await (Gate?.Task ?? Task.CompletedTask);
            Interlocked.Decrement(ref _atOnce);
            if (Failures.TryDequeue(out var failure))
            {
                throw failure;
            }

            Done.Enqueue(work);
        }

        public Task FailedAsync(PodKey pod, PodWork work, Exception failure, CancellationToken cancellationToken)
        {
            GivenUp.Enqueue(work);
            return Task.CompletedTask;
        }
    }
}
