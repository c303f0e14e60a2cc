using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Agents;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Tests.Bridge;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Operator.Tests.Agents;

public sealed class AgentControllerTests(EmbeddedTestCluster cluster) : IClassFixture<EmbeddedTestCluster>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Each_beat_brings_a_look_however_little_it_is_early()
    {
        var (clock, looks) = (new Beat(), new SemaphoreSlim(0));
        using var stop = new CancellationTokenSource();
        var running = Controller(clock, looks).RunAsync(Interval, stop.Token);
        Assert.True(await looks.WaitAsync(Deadline));

        for (var i = 0; i < 3; i++)
        {
            clock.Ring(after: Interval - TimeSpan.FromMilliseconds(1));
            Assert.True(await looks.WaitAsync(Deadline), $"Beat {i} was missed.");
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Deadline));
    }

    private AgentController Controller(TimeProvider clock, SemaphoreSlim looks)
    {
        var (random, log) = (new Random(1), NullLogger.Instance);
        return new AgentController(
            cluster.Kubernetes,
            new Informer<V1Node>(cluster.Kubernetes, new InformerOptions<V1Node>(), clock, random, log),
            new Informer<V1Alpha1MesosAgent>(cluster.Kubernetes, new InformerOptions<V1Alpha1MesosAgent>(), clock, random, log),
            new AgentDirectory(),
            () =>
            {
                looks.Release();
                return null;
            },
            new AgentSettings(),
            new NodeSettings(),
            CustomResources.Json,
            clock,
            new Backoff(Interval, Interval, random),
            log);
    }

    /// <summary>A clock with one timer, which rings when the test says so.</summary>
    private sealed class Beat : TimeProvider
    {
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch;
        private Action _ring = () => { };

        public override DateTimeOffset GetUtcNow() => _now;

        public void Ring(TimeSpan after)
        {
            _now += after;
            _ring();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _ring = () => callback(state);
            return new Timer();
        }

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
