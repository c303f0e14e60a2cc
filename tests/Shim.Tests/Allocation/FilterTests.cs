using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Tests.Master;
using Quantities = MesosK8sBridge.Protocol.V1.OfferFilters.Types.ResourceQuantities;

namespace MesosK8sBridge.Shim.Tests.Allocation;

/// <summary>When resources that were refused are offered again, and what is not offered at all.</summary>
/// <remarks>Mesos: src/master/allocator/mesos/hierarchical.cpp, recoverResources.</remarks>
public sealed class FilterTests
{
    private readonly Session _session = new();

    public FilterTests()
    {
        Do("recovered");
        Do("agent a1");
        Do("subscribe s1 name=web caps=MULTI_ROLE roles=a");
    }

    /// <summary>Rounds come at 1 s, 2 s, …; a filter that ends at the moment of a round still holds in it.</summary>
    [Theory]
    [InlineData("0", 1)]
    [InlineData("0.2", 2)]
    [InlineData("1", 2)]
    [InlineData("1.5", 2)]
    [InlineData("3", 4)]
    [InlineData("5", 6)]
    [InlineData("-1", 6)]
    [InlineData("NaN", 6)]
    [InlineData("-Infinity", 6)]
    [InlineData("20.5", 21)]
    public void Refused_resources_are_offered_again_in_the_first_round_after_the_filter(string refuse, int second)
    {
        Do($"decline s1 O0 refuse={refuse}");

        Assert.Equal(second, SecondOfNextOffer(within: 30));
    }

    [Theory]
    [InlineData("31535999", 31_536_000)]
    [InlineData("31536000", 31_536_001)]
    [InlineData("31536001", 31_536_001)]
    [InlineData("1e300", 31_536_001)]
    [InlineData("Infinity", 31_536_001)]
    public void No_filter_lasts_longer_than_a_year(string refuse, int second)
    {
        Do($"decline s1 O0 refuse={refuse}");

        Assert.Equal(second, SecondOfNextOffer(within: 31_536_002));
    }

    [Fact]
    public void Without_a_word_about_filters_it_is_five_seconds()
    {
        Do("decline s1 O0");

        Assert.Equal(6, SecondOfNextOffer(within: 30));
    }

    [Fact]
    public void What_an_accept_leaves_over_is_refused_as_it_says()
    {
        Do("accept s1 O0 launch t1 refuse=7");

        Assert.Equal(8, SecondOfNextOffer(within: 30));
    }

    [Fact]
    public void Others_are_asked_before_a_short_filter_ends()
    {
        Do("suppress s1");
        Do("subscribe s2 name=other caps=MULTI_ROLE roles=b");
        Do("revive s1");
        Do("decline s1 O0 refuse=0.1");

        Assert.Contains("(+1s) s2 OFFERS", Offers("+1s"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("agent a1 rack=r2", true)]
    [InlineData("agent a1 res=cpus:3;mem:4096", true)]
    [InlineData("agent a1 res=cpus:2;mem:4000", false)]
    [InlineData("agent a1 pool=p", false)]
    [InlineData("agent a1 schedulable=no", false)]
    [InlineData("revive s1 a", true)]
    [InlineData("revive s1", true)]
    [InlineData("revive s1 b", false)]
    [InlineData("suppress s1 a", false)]
    [InlineData("update-framework s1 name=web caps=MULTI_ROLE roles=a", false)]
    public void A_filter_is_forgotten_when_what_it_was_about_has_changed(string change, bool offered)
    {
        Do("decline s1 O0 refuse=1000");
        Do(change);

        Assert.Equal(offered, SecondOfNextOffer(within: 900) is not null || _session.Master.Snapshot.Frameworks[0].OffersOutstanding > 0);
    }

    [Theory]
    [InlineData("agent-unreachable a1", "agent a1")]
    [InlineData("agent-removed a1", "agent a1")]
    [InlineData("closed s1", "subscribe s2 id=M-0000 name=web caps=MULTI_ROLE roles=a")]
    [InlineData("suppress s1", "revive s1")]
    [InlineData("update-framework s1 name=web caps=MULTI_ROLE roles=b suppress=b", "update-framework s1 name=web caps=MULTI_ROLE roles=a")]
    [InlineData("update-framework s1 name=web caps=MULTI_ROLE roles=a suppress=a", "update-framework s1 name=web caps=MULTI_ROLE roles=a")]
    public void A_filter_does_not_outlive_its_agent_or_its_framework(string away, string back)
    {
        _session.Do("teardown s1");
        Do("subscribe s1 name=web caps=MULTI_ROLE roles=a timeout=600");
        back = back.Replace("M-0000", "M-0001", StringComparison.Ordinal);
        Do("decline s1 O1 refuse=1000");
        Do(away);
        Assert.Equal(0, _session.Master.Snapshot.Frameworks[0].OffersOutstanding);

        Do(back);

        Assert.True(SecondOfNextOffer(within: 5) is not null || _session.Master.Snapshot.Frameworks[0].OffersOutstanding > 0);
    }

    [Fact]
    public void A_connection_that_is_replaced_keeps_its_filters()
    {
        Do("decline s1 O0 refuse=1000");
        Do("subscribe s2 id=M-0000 name=web caps=MULTI_ROLE roles=a");

        Assert.Null(SecondOfNextOffer(within: 900));
    }

    [Fact]
    public void Less_than_was_refused_is_not_offered_and_more_is()
    {
        Do("accept s1 O0 launch t1:cpus:1;mem:1000 refuse=1000");
        Assert.Null(SecondOfNextOffer(within: 60));

        Do("observed s1 t1 FINISHED:u1");

        Assert.Contains("cpus(allocated: a):2", Offers("+1s"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_refusal_holds_beside_the_first()
    {
        Do("decline s1 O0 refuse=10");
        Do("agent a1 res=cpus:4;mem:8192");
        Do("decline s1 O1 refuse=3");
        Do("agent a1 res=cpus:1;mem:1024");
        Assert.Equal(11, SecondOfNextOffer(within: 60));
    }

    [Fact]
    public void A_filter_of_one_role_says_nothing_about_another()
    {
        Do("update-framework s1 name=web caps=MULTI_ROLE roles=a,b");
        Do("decline s1 O0 refuse=1000");
        Assert.Contains("O1[a1 for b", Offers("+1s"), StringComparison.Ordinal);
        Do("decline s1 O1 refuse=1000");

        Assert.Contains("O2[a1 for b", string.Join('\n', _session.Do("revive s1 b")), StringComparison.Ordinal);
    }

    [Fact]
    public void Filters_that_are_over_leave_nothing_behind()
    {
        Do("decline s1 O0 refuse=2");
        _session.Do("+10s");
        Do("suppress s1");
        Do("decline s1 O1 refuse=1");
        _session.Do("+5s");

        // Nothing is left to happen but the next heartbeat, at 30 s.
        Assert.Equal(Given.T0.AddSeconds(30), _session.Master.NextDeadline);
    }

    public static TheoryData<string?, string, bool> Minima => new()
    {
        { null, "cpus:0.01", true },
        { null, "cpus:0.009;mem:31;disk:9999", false },
        { null, "mem:32", true },
        { "", "disk:1", true },
        { "cpus:1;mem:100", "cpus:1;mem:100", true },
        { "cpus:1;mem:100", "cpus:8;mem:99", false },
        { "cpus:1|mem:100", "mem:100", true },
        { "ports:3", "ports:1-2,5-5", true },
        { "ports:4", "ports:1-2,5-5", false },
        { "gpus:1", "cpus:1;mem:100", false },
        { "cpus:0", "disk:1", true },
    };

    [Theory]
    [MemberData(nameof(Minima))]
    public void Too_little_is_not_worth_an_offer_and_what_is_too_little_a_framework_may_say(string? minimum, string resources, bool worthwhile)
    {
        var info = Given.Framework();
        info.Id = new FrameworkID { Value = "f" };
        if (minimum is not null)
        {
            var filters = new OfferFilters { MinAllocatableResources = new() };
            foreach (var alternative in minimum.Split('|', StringSplitOptions.RemoveEmptyEntries))
            {
                var quantities = new Quantities();
                foreach (var resource in alternative.Split(';'))
                {
                    var parts = resource.Split(':');
                    quantities.Quantities.Add(parts[0], new Value.Types.Scalar { Value = double.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) });
                }

                filters.MinAllocatableResources.Quantities.Add(quantities);
            }

            info.OfferFilters.Add("*", filters);
        }

        var framework = new Framework(info, FrameworkPhase.Recovered, Given.T0);

        Assert.Equal(worthwhile, Eligibility.IsWorthwhile(framework, "*", Protocol.Resources.From(Given.Resources(resources))));
    }

    private void Do(string command) => _session.Do(command);

    private string Offers(string command) => string.Join('\n', _session.Do(command).Where(l => l.Contains("OFFERS", StringComparison.Ordinal)));

    /// <returns>Null if there is none.</returns>
    private int? SecondOfNextOffer(int within)
    {
        var start = (_session.Now - Given.T0).TotalSeconds;
        var line = _session.Do($"+{within}s").FirstOrDefault(l => l.Contains("OFFERS", StringComparison.Ordinal));
        return line is null ? null : int.Parse(line[2..line.IndexOf('s', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture) - (int)start;
    }
}
