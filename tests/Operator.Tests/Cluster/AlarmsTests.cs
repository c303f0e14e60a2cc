using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Operator.Cluster;

namespace MesosK8sBridge.Operator.Tests.Cluster;

public sealed class AlarmsTests
{
    private readonly SightingBook _book = new();

    [Fact]
    public async Task What_is_looked_at_a_thousand_times_a_day_has_one_alarm_and_it_rings_when_the_last_was_due()
    {
        var alarms = new Alarms(_book, TimeProvider.System);
        for (var i = 0; i < 1000; i++)
        {
            alarms.Set("a", alarms.Now + TimeSpan.FromDays(1), book => book.NoteNode("late"));
            alarms.Set("a", alarms.Now + TimeSpan.FromHours(1), book => book.NoteNode("soon"));
        }

        Assert.Equal(1, alarms.Count);
        alarms.Set("b", alarms.Now, book => book.NoteNode("b"));
        alarms.Set("a", alarms.Now, book => book.NoteNode("a"));
        await alarms.WaitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token);

        Assert.Equal(["a", "b"], _book.Take().Nodes.Order());
        Assert.Equal(0, alarms.Count);
    }

    [Fact]
    public async Task What_is_not_to_be_looked_at_any_more_does_not_ring()
    {
        var alarms = new Alarms(_book, TimeProvider.System);
        alarms.Set(new ObjectKey("ns", "a"), alarms.Now, book => book.NotePod(new ObjectKey("ns", "a")));
        alarms.Set(new ObjectKey("ns", "b"), alarms.Now, book => book.NotePod(new ObjectKey("ns", "b")));

        alarms.Unset(new ObjectKey("ns", "a"));
        await alarms.WaitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token);

        Assert.Equal([new ObjectKey("ns", "b")], _book.Take().Pods);
    }
}
