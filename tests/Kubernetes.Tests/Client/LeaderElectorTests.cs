using MesosK8sBridge.Kubernetes.Leases;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Kubernetes.Tests.Client;

public sealed class LeaderElectorTests
{
    private readonly VirtualTime _time = new();

    private readonly FakeKubernetes _kubernetes = new();

    [Fact]
    public void The_first_leads_and_a_second_takes_over_when_it_is_done() => _time.Run(async () =>
    {
        var (first, second) = (new Candidate(this, "first"), new Candidate(this, "second"));
        first.Start();
        await _time.Delay(1);
        second.Start();
        await _time.Delay(60);

        Assert.True(first is { Acts: true, Elector.IsLeader: true });
        Assert.False(second.Acts);
        Assert.Equal("first", second.Elector.Holder?.Identity);

        await first.StopAsync();
        Assert.Equal("", Lease.Spec!.HolderIdentity);
        await _time.Delay(3);

        Assert.True(second.Acts);
        Assert.Equal(1, Lease.Spec!.LeaseTransitions);
        await second.StopAsync();
    });

    [Fact]
    public void A_leader_cut_off_stops_after_ten_seconds_and_another_starts_after_fifteen() => _time.Run(async () =>
    {
        var (first, second) = (new Candidate(this, "first"), new Candidate(this, "second"));
        first.Start();
        await _time.Delay(1);
        second.Start();
        await _time.Delay(60);
        first.Unplugged = true;
        var at = _time.Elapsed;
        await _time.Delay(60);

        Assert.InRange(first.ActedUntil - at, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(10));
        Assert.InRange(second.ActedFrom - at, TimeSpan.FromSeconds(13), TimeSpan.FromSeconds(20));
        await first.StopAsync();
        await second.StopAsync();
    });

    /// <summary>As a leader finds it that was suspended for so long: the others do not wait for its clock.</summary>
    [Fact]
    public void A_leader_that_finds_its_lease_free_again_begins_anew() => _time.Run(async () =>
    {
        var first = new Candidate(this, "first");
        first.Start();
        await _time.Delay(60);
        var lease = Lease;
        (lease.Spec!.HolderIdentity, lease.Spec.LeaseDurationSeconds, lease.Spec.LeaseTransitions) = ("", 1, 1);
        _kubernetes.Put(lease);
        var at = _time.Elapsed;
        await _time.Delay(10);

        Assert.True(first.Acts);
        Assert.Equal(2, first.Terms);
        Assert.InRange(first.ActedFrom - at, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await first.StopAsync();
    });

    [Fact]
    public void Work_that_does_not_end_in_time_is_reported_before_another_may_start() => _time.Run(async () =>
    {
        var first = new Candidate(this, "first") { Stubborn = TimeSpan.FromMinutes(1) };
        first.Start();
        await _time.Delay(60);
        first.Unplugged = true;
        var at = _time.Elapsed;
        Assert.IsType<LeaderOverstayedException>(await VirtualTime.FailureOf(first.Running));
        Assert.InRange(_time.Elapsed - at, TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(15));
    });

    [Fact]
    public void Work_that_ends_by_itself_gives_the_lease_back() => _time.Run(async () =>
    {
        var elector = new Candidate(this, "first").Elector;
        await elector.RunAsync(_ => _time.Delay(30), CancellationToken.None);

        Assert.Equal("", Lease.Spec!.HolderIdentity);
        Assert.False(elector.IsLeader);
    });

    [Fact]
    public void A_failure_of_the_work_is_the_callers() => _time.Run(async () =>
    {
        var elector = new Candidate(this, "first").Elector;

        Assert.IsType<InvalidDataException>(await VirtualTime.FailureOf(elector.RunAsync(_ => throw new InvalidDataException(), CancellationToken.None)));
        Assert.Equal("", Lease.Spec!.HolderIdentity);
    });

    [Fact]
    public void A_server_that_talks_nonsense_ends_the_leadership_in_time_and_nothing_else() => _time.Run(async () =>
    {
        var first = new Candidate(this, "first");
        first.Start();
        await _time.Delay(60);
        _kubernetes.Before = (_, _) => throw new System.Text.Json.JsonException("nonsense");
        var at = _time.Elapsed;
        await _time.Delay(60);

        Assert.InRange(first.ActedUntil - at, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(10));
        _kubernetes.Before = (_, _) => Task.CompletedTask;
        await _time.Delay(5);
        Assert.True(first.Acts);
        await first.StopAsync();
    });

    [Fact]
    public void Deleting_the_lease_does_not_make_a_second_leader() => _time.Run(async () =>
    {
        var (first, second) = (new Candidate(this, "first"), new Candidate(this, "second"));
        first.Start();
        await _time.Delay(1);
        second.Start();
        for (var i = 0; i < 50; i++)
        {
            await _time.Delay(7.3);
            _kubernetes.Remove<V1Lease>("n", "l");
        }

        Assert.True(first.Acts);
        Assert.False(second.Acts);
        await first.StopAsync();
        await second.StopAsync();
    });

    /// <summary>An hour of bad network for four candidates: slow, lost and half-performed calls, skewed clocks, restarts.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void There_are_never_two_leaders(int seed) => _time.Run(async () =>
    {
        var random = new Random(seed);
        _kubernetes.Before = _kubernetes.After = async (_, token) =>
        {
            var luck = random.NextDouble();
            await _time.DelayAsync(TimeSpan.FromSeconds(luck < 0.9 ? luck * 0.1 : luck * 20), luck > 0.97 ? CancellationToken.None : token);
            if (luck < 0.05)
            {
                throw new HttpRequestException("lost");
            }
        };
        var candidates = Enumerable.Range(0, 4)
            .Select(i => new Candidate(this, $"c{i}") { Stubborn = TimeSpan.FromSeconds(random.NextDouble() * 4.9) })
            .ToList();
        candidates.ForEach(c => c.Start());
        for (var i = 0; i < 360; i++)
        {
            await _time.Delay(10);
            var one = candidates[random.Next(4)];
            one.Unplugged = random.NextDouble() < 0.3;
            if (random.NextDouble() < 0.05)
            {
                await one.StopAsync();
                one.Start();
            }
        }

        Assert.Equal(1, MostActing);
        Assert.True(candidates.Sum(c => c.Terms) > 5, "Hardly anything happened.");
        candidates.ForEach(c => c.Unplugged = false);
        foreach (var candidate in candidates)
        {
            await candidate.StopAsync();
        }
    });

    [Theory]
    [InlineData(2, 10, 10, "me")]
    [InlineData(10, 10, 15, "me")]
    [InlineData(0, 10, 15, "me")]
    [InlineData(2, 10, 15.5, "me")]
    [InlineData(2, 10, 15, "")]
    public void Times_in_the_wrong_order_are_refused(double retry, double renew, double duration, string identity)
    {
        var options = new LeaderElectionOptions
        {
            Namespace = "n",
            Name = "l",
            Identity = identity,
            RetryPeriod = TimeSpan.FromSeconds(retry),
            RenewDeadline = TimeSpan.FromSeconds(renew),
            LeaseDuration = TimeSpan.FromSeconds(duration),
        };

        Assert.Throws<ArgumentException>(() => new LeaderElector(_kubernetes, options, _time, new Random(1), NullLogger.Instance));
    }

    private int Acting { get; set; }

    private int MostActing { get; set; }

    private V1Lease Lease => _kubernetes.Find<V1Lease>("n", "l")!;

    private sealed class Candidate
    {
        private readonly LeaderElectorTests _tests;

        private CancellationTokenSource _stop = new();

        public Candidate(LeaderElectorTests tests, string identity)
        {
            _tests = tests;
            var options = new LeaderElectionOptions { Namespace = "n", Name = "l", Identity = identity };
            Elector = new(new Cable(this, tests._kubernetes), options, tests._time, new Random(identity[^1]), NullLogger.Instance);
        }

        public LeaderElector Elector { get; }

        public bool Unplugged { get; set; }

        public TimeSpan Stubborn { get; init; }

        public bool Acts { get; private set; }

        public int Terms { get; private set; }

        public TimeSpan ActedFrom { get; private set; }

        public TimeSpan ActedUntil { get; private set; }

        public Task Running { get; private set; } = Task.CompletedTask;

        public void Start()
        {
            _stop = new();
            Running = Elector.RunAsync(lease => LeadAsync(lease.Lost), _stop.Token);
        }

        public async Task StopAsync()
        {
            _stop.Cancel();
            Assert.IsAssignableFrom<OperationCanceledException>(await VirtualTime.FailureOf(Running));
        }

        private async Task LeadAsync(CancellationToken cancellationToken)
        {
            (Acts, Terms, ActedFrom) = (true, Terms + 1, _tests._time.Elapsed);
            _tests.Acting++;
            _tests.MostActing = Math.Max(_tests.MostActing, _tests.Acting);
            try
            {
                await _tests._time.DelayAsync(Timeout.InfiniteTimeSpan, cancellationToken);
            }
            finally
            {
                await _tests._time.DelayAsync(Stubborn, CancellationToken.None);
                (Acts, ActedUntil) = (false, _tests._time.Elapsed);
                _tests.Acting--;
            }
        }
    }

    /// <summary>A candidate's own connection, which can be unplugged while the server goes on.</summary>
    private sealed class Cable(Candidate candidate, FakeKubernetes server) : IKubernetes
    {
        public Task<T> GetAsync<T>(string name, string? namespaceName = null, CancellationToken cancellationToken = default)
            where T : IKubernetesObject => Through(() => server.GetAsync<T>(name, namespaceName, cancellationToken));

        public Task<T> CreateAsync<T>(T obj, CancellationToken cancellationToken = default)
            where T : IKubernetesObject => Through(() => server.CreateAsync(obj, cancellationToken));

        public Task<T> ReplaceAsync<T>(T obj, CancellationToken cancellationToken = default)
            where T : IKubernetesObject => Through(() => server.ReplaceAsync(obj, cancellationToken));

        public Task<KubernetesList<T>> ListAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
            where T : IKubernetesObject => throw new NotSupportedException();

        public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
            where T : IKubernetesObject => throw new NotSupportedException();

        public Task<T> ReplaceStatusAsync<T>(T obj, CancellationToken cancellationToken = default)
            where T : IKubernetesObject => throw new NotSupportedException();

        public Task<T> PatchAsync<T>(V1Patch patch, string name, string? namespaceName = null, string? subresource = null, CancellationToken cancellationToken = default)
            where T : IKubernetesObject => throw new NotSupportedException();

        public Task DeleteAsync<T>(string name, string? namespaceName = null, V1DeleteOptions? options = null, CancellationToken cancellationToken = default)
            where T : IKubernetesObject => throw new NotSupportedException();

        public Task DeleteCollectionAsync<T>(string namespaceName, string labelSelector, CancellationToken cancellationToken = default)
            where T : IKubernetesObject => throw new NotSupportedException();

        public Task<Stream> ReadPodLogAsync(string name, string namespaceName, PodLogOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public Task EvictAsync(string name, string namespaceName, V1DeleteOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public Task<string> GetRawAsync(string path, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        private async Task<T> Through<T>(Func<Task<T>> call)
        {
            if (candidate.Unplugged)
            {
                throw new HttpRequestException("unplugged");
            }

            var answer = await call();
            return candidate.Unplugged ? throw new HttpRequestException("unplugged") : answer;
        }
    }
}
