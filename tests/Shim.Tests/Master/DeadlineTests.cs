using MesosK8sBridge.Shim.Master.Timing;

namespace MesosK8sBridge.Shim.Tests.Master;

public sealed class DeadlineTests
{
    private readonly Deadlines _deadlines = new();
    private readonly List<string> _happened = [];

    [Fact]
    public void What_is_due_happens_by_time_and_then_in_the_order_it_was_set()
    {
        Set(2, "c");
        Set(1, "a");
        Set(1, "b");
        Set(3, "d");

        _deadlines.Run(At(2));

        Assert.Equal(["a", "b", "c"], _happened);
        Assert.Equal(At(3), _deadlines.Next);
    }

    [Fact]
    public void What_is_cancelled_does_not_happen_and_is_not_waited_for()
    {
        _deadlines.Cancel(Set(1, "a"));
        Set(2, "b");

        Assert.Equal(At(2), _deadlines.Next);
        _deadlines.Run(At(5));
        Assert.Equal(["b"], _happened);
        Assert.Null(_deadlines.Next);
    }

    [Fact]
    public void What_becomes_due_by_what_happens_happens_too()
    {
        _deadlines.Set(At(1), () => Set(1, "child"));

        _deadlines.Run(At(1));

        Assert.Equal(["child"], _happened);
    }

    [Fact]
    public void Cancelled_deadlines_of_a_far_future_do_not_pile_up()
    {
        Set(1, "kept");
        for (var i = 0; i < 100_000; i++)
        {
            _deadlines.Cancel(Set(1_000_000, "never"));
        }

        Assert.Equal(1, _deadlines.Count);
        Assert.InRange(_deadlines.Kept, 1, 1_000);
        _deadlines.Run(At(1));
        Assert.Equal(["kept"], _happened);
    }

    [Fact]
    public void Cancelling_what_has_happened_means_nothing()
    {
        var spent = Set(1, "a");
        _deadlines.Run(At(1));
        _deadlines.Cancel(spent);
        Set(2, "b");

        Assert.Equal(1, _deadlines.Count);
    }

    private static DateTimeOffset At(double seconds) => Given.T0 + TimeSpan.FromSeconds(seconds);

    private Deadline Set(double seconds, string what) => _deadlines.Set(At(seconds), () => _happened.Add(what));
}
