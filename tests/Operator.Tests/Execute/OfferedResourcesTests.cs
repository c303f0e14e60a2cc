using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol.V1;
using static MesosK8sBridge.Operator.Tests.Execute.Story;

namespace MesosK8sBridge.Operator.Tests.Execute;

public sealed class OfferedResourcesTests
{
    [Fact]
    public void Three_tenths_of_a_cpu_hold_exactly_three_tasks_of_one_tenth()
    {
        var offered = new OfferedResources(Offer("o1 agent-1 cpus:0.3"));
        var tenth = Task("a", "cpus:0.1").Resources;

        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => offered.TryTake(tenth, out var _)));
    }

    [Fact]
    public void What_does_not_fit_as_a_whole_takes_nothing()
    {
        var offered = new OfferedResources(Offer("o1 agent-1 cpus:1;mem:64"));

        Assert.False(offered.TryTake(Task("a", "cpus:1;mem:65").Resources, out _));
        Assert.True(offered.TryTake(Task("a", "cpus:1;mem:64").Resources, out _));
    }

    [Fact]
    public void Reserved_resources_are_used_up_before_unreserved_ones_and_keep_their_reservation()
    {
        var offer = Offer("o1 agent-1 cpus:2");
        var reserved = offer.Resources[0].Clone();
        reserved.Scalar.Value = 0.5;
        reserved.Reservations.Add(new Resource.Types.ReservationInfo { Role = "web", Type = Resource.Types.ReservationInfo.Types.Type.Static });
        offer.Resources.Add(reserved);

        Assert.True(new OfferedResources(offer).TryTake(Task("a", "cpus:1").Resources, out var taken));

        Assert.Equal(["cpus:0.5", "cpus:0.5"], taken.Select(Show));
        Assert.Equal([1, 0], taken.Select(resource => resource.Reservations.Count));
    }

    [Fact]
    public void A_range_is_cut_out_of_the_middle_once()
    {
        var offered = new OfferedResources(Offer("o1 agent-1 ports:[31000-32000]"));
        var wanted = Task("a", "ports:[31500-31501]").Resources;

        Assert.True(offered.TryTake(wanted, out var taken));
        Assert.Equal(["ports:[31500-31501]"], taken.Select(Show));
        Assert.False(offered.TryTake(wanted, out _));
        Assert.True(offered.TryTake(Task("b", "ports:[31000-31499,31502-32000]").Resources, out _));
    }
}
