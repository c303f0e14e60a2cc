using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Chaos.Replicas;

/// <summary>Two bridges in front of one cluster.</summary>
internal sealed class ReplicaPair(ApiAccess api, ChaosOptions options, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };

    public IReadOnlyList<Replica> All { get; } = [new Replica("a", api, options), new Replica("b", api, options)];

    public Replica OtherOf(Replica replica) => All.Single(other => other != replica);

    /// <summary>Who says of itself that it leads; null while nobody does.</summary>
    public async Task<Replica?> LeaderAsync(CancellationToken cancellationToken)
    {
        foreach (var replica in All.Where(replica => replica.IsRunning))
        {
            if (await SaysItLeadsAsync(replica, cancellationToken))
            {
                return replica;
            }
        }

        return null;
    }

    /// <exception cref="TimeoutException">Nobody led for so long.</exception>
    public async Task<Replica> WaitForLeaderAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < limit)
        {
            if (await LeaderAsync(cancellationToken) is { } leader)
            {
                return leader;
            }

            await Task.Delay(LookEvery, clock, cancellationToken);
        }

        throw new TimeoutException($"no bridge leads after {limit.TotalSeconds:0} s");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in All)
        {
            await replica.DisposeAsync();
        }

        _http.Dispose();
    }

    private async Task<bool> SaysItLeadsAsync(Replica replica, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var answer = await _http.GetAsync(new Uri($"http://{replica.Endpoint}/redirect"), patience.Token);
            return answer.Headers.Location is { } location && new Uri(new Uri("http://nobody"), location).Authority == replica.Endpoint;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
