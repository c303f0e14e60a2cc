using MesosK8sBridge.Operator.Agents;

namespace MesosK8sBridge.Operator.Tests.Agents;

public sealed class PaceTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Ten_thousand_writes_at_fifty_a_second_take_two_hundred_seconds()
    {
        var pace = new Pace(50, T0);
        var now = T0;
        for (var i = 0; i < 10_000; i++)
        {
            now += pace.Take(now);
        }

        Assert.InRange(now - T0, TimeSpan.FromSeconds(198), TimeSpan.FromSeconds(200));
    }

    [Fact]
    public void After_a_rest_a_seconds_worth_is_done_at_once_and_no_more()
    {
        var pace = new Pace(50, T0);

        var waits = Enumerable.Range(0, 60).Select(_ => pace.Take(T0.AddHours(1))).ToList();

        Assert.Equal(51, waits.Count(wait => wait == TimeSpan.Zero));
    }

    [Fact]
    public async Task Urgent_names_come_first_and_each_name_once()
    {
        var queue = new AgentQueue();
        foreach (var name in new[] { "a", "b", "c", "a" })
        {
            queue.Add(name, isUrgent: false);
        }

        queue.Add("c", isUrgent: true);
        queue.Postpone("b");
        queue.Release();
        queue.Wake();
        var taken = new List<string?>();
        for (var i = 0; i < 3; i++)
        {
            taken.Add(await queue.NextAsync(CancellationToken.None));
        }

        queue.Wake();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var woken = queue.NextAsync(limit.Token);
        queue.Wake();

        Assert.Equal(["c", "a", "b"], taken);
        Assert.Null(await woken);
    }
}
