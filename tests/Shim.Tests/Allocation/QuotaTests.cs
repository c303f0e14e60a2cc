using System.Collections.Immutable;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Tests.Master;

namespace MesosK8sBridge.Shim.Tests.Allocation;

/// <summary>Guarantees, limits and weights, as frameworks see them.</summary>
public sealed class QuotaTests
{
    private readonly Session _session = new();

    public QuotaTests() => Do("recovered");

    [Fact]
    public void No_offer_goes_beyond_a_limit_and_what_is_not_limited_is_offered_whole()
    {
        Do("role web limit=cpus:3");
        Agents(2);

        Assert.Equal(["cpus:2 mem:4096 disk:4096", "cpus:1 mem:4096 disk:4096"], Scalars(Subscribe("s1", "web")).OrderDescending());
    }

    [Fact]
    public void Ports_have_no_quota_but_alone_are_not_worth_an_offer()
    {
        Do("role web limit=cpus:0;mem:0;disk:0");
        Agents(1);

        Assert.Empty(Offers(Subscribe("s1", "web")));
    }

    [Fact]
    public void The_limit_of_a_role_holds_for_all_below_it_together()
    {
        Do("role eng limit=cpus:3");
        Agents(3);
        Do("subscribe s1 name=x role=eng/x");
        Do("subscribe s2 name=y role=eng/y");
        Do("decline s1 O0 refuse=0");
        Do("+5s");

        Assert.Equal(3, Offered("cpus"));
    }

    [Fact]
    public void A_reservation_counts_for_its_role_whether_it_is_used_or_not()
    {
        Do("role eng limit=cpus:4");
        Do("agent a1 res=cpus:2;mem:1000;cpus(eng/deep):3");
        Do("agent a2 res=cpus:2;mem:1000");

        Subscribe("s1", "eng");

        // 3 are reserved for eng/deep, so of all that is free there is 1 left.
        Assert.Equal(1, Offered("cpus"));
    }

    [Fact]
    public void What_a_role_has_in_use_counts_and_more_is_offered_when_it_is_freed()
    {
        Do("role web limit=cpus:2");
        Do("agent a1 res=cpus:4;mem:4096");
        Subscribe("s1", "web");
        Assert.Equal(2, Offered("cpus"));
        Do("accept s1 O0 launch t1:cpus:2;mem:32 refuse=0");
        Do("+10s");
        Assert.Equal(0, Offered("cpus"));

        Do("observed s1 t1 FINISHED:u1");
        Do("+1s");

        Assert.Equal(2, Offered("cpus"));
    }

    [Fact]
    public void A_guarantee_is_kept_free_for_a_role_that_nobody_has_yet()
    {
        Do("role vip guarantee=cpus:3;mem:100");
        Agents(2);
        Subscribe("s1", "web");
        Do("+5s");
        Assert.Equal(1, Offered("cpus"));

        Subscribe("s2", "vip");

        Assert.Equal(4, Offered("cpus"));
    }

    [Fact]
    public void A_guarantee_does_not_bind_what_it_does_not_name()
    {
        Do("role vip guarantee=cpus:2");
        Agents(1);

        Assert.Equal(["mem:4096 disk:4096"], Scalars(Subscribe("s1", "web")));
    }

    [Fact]
    public void An_agent_on_which_nothing_is_started_keeps_no_guarantee()
    {
        Do("role vip guarantee=cpus:2");
        Agents(2);
        Do("agent a2 schedulable=no");
        Subscribe("s1", "web");
        Assert.Equal(0, Offered("cpus"));

        Do("agent a2");
        Do("+1s");

        Assert.Equal(2, Offered("cpus"));
    }

    [Fact]
    public void Those_below_a_role_are_given_its_guarantee()
    {
        Do("role eng guarantee=cpus:2");
        Agents(1);

        Assert.Equal(["cpus:2 mem:4096 disk:4096"], Scalars(Subscribe("s1", "eng/x")));
    }

    [Fact]
    public void A_role_that_lacks_its_guarantee_comes_before_one_that_deserves_more()
    {
        Do("role vip guarantee=cpus:4");
        Do("agent a1");
        Subscribe("s1", "vip");
        Do("accept s1 O0 launch t1:cpus:1;mem:4000");
        Subscribe("s2", "web");
        Do("agent a2");

        Assert.Contains(_session.Master.Snapshot.Frameworks, f => f.Info.Name == "vip" && f.Offered.Any(r => r.Name == "cpus" && r.Scalar.Value == 2));
    }

    [Fact]
    public void Two_guarantees_that_cannot_both_be_kept_are_each_kept_as_far_as_it_goes()
    {
        Do("role a guarantee=cpus:3");
        Do("role b guarantee=cpus:3");
        Agents(2);
        Subscribe("s1", "a");
        Subscribe("s2", "b");
        Do("+1s");

        Assert.Equal(4, Offered("cpus"));
    }

    [Fact]
    public void Both_stages_make_one_offer_of_an_agent()
    {
        Do("role vip guarantee=cpus:1");
        Do("agent a1 res=cpus:4;mem:100;cpus(vip):1");

        var offers = Offers(Subscribe("s1", "vip")).ToArray();

        // One of the two is the reservation, which old frameworks see by its role.
        Assert.Equal("s1 OFFERS M-O0[a1: cpus:1 cpus:4 mem:100]", Assert.Single(offers));
    }

    [Fact]
    public void A_weight_of_an_active_role_that_changes_rescinds_all_offers()
    {
        Agents(2);
        Subscribe("s1", "web");

        Assert.Empty(_session.Do("role ops weight=2"));
        Assert.Equal(["s1 RESCIND M-O0", "s1 RESCIND M-O1"], _session.Do("role web weight=2").Order());
        Assert.Empty(_session.Do("role web weight=2"));
    }

    [Fact]
    public void A_limit_below_what_is_offered_rescinds_the_newest_offers_and_no_more_than_needed()
    {
        Agents(3);
        Subscribe("s1", "web");
        Do("subscribe s2 name=other role=other");
        Assert.Empty(_session.Do("role web limit=cpus:6"));

        Assert.Equal(["s1 RESCIND M-O2"], _session.Do("role web limit=cpus:5"));
        Do("+1s");

        Assert.Equal(6, Offered("cpus"));
        Assert.Equal(4, Offered("cpus", "web"));
    }

    [Fact]
    public void Tasks_above_a_new_limit_go_on()
    {
        Agents(1);
        Subscribe("s1", "web");
        Do("accept s1 O0 launch t1:cpus:2;mem:32");

        Assert.Empty(_session.Do("role web limit=cpus:1"));
        Assert.Empty(_session.Do("+5s"));
    }

    [Fact]
    public void A_guarantee_that_lacks_something_rescinds_offers_agent_by_agent()
    {
        Agents(3);
        Subscribe("s1", "web");

        Assert.Equal(2, _session.Do("role vip guarantee=cpus:3").Count(l => l.Contains("RESCIND", StringComparison.Ordinal)));
        Assert.Empty(_session.Do("role vip guarantee=cpus:3"));
        Do("+1s");

        Assert.Equal(3, Offered("cpus"));
    }

    [Fact]
    public void What_was_held_back_is_offered_once_the_quota_is_gone()
    {
        Do("role vip guarantee=cpus:2;mem:5000");
        Agents(2);
        Subscribe("s1", "web");
        Assert.Equal(2, Offered("cpus"));

        Do("role vip");
        Do("+1s");

        Assert.Equal(4, Offered("cpus"));
    }

    [Fact]
    public void Quotas_set_while_recovering_count_from_the_first_offer_on()
    {
        var session = new Session();
        session.Do("role web limit=cpus:3");
        session.Do("framework-recovered F1 name=web role=web");
        session.Do("task-recovered F1 t1 RUNNING:u1 agent=a1 res=cpus:2;mem:32");
        session.Do("agent a1 res=cpus:4;mem:4096");
        session.Do("recovered");

        Assert.Equal(["cpus:1 mem:4064"], Scalars(session.Do("subscribe s1 name=web role=web id=F1")));
    }

    [Fact]
    public void Settings_that_make_no_sense_count_for_nothing()
    {
        var settings = RoleSettings.Of([
            Policy("ok", 2, "cpus:1", "cpus:2"),
            Policy("ok", 9, "", ""),
            Policy("not//ok", 2, "", ""),
            Policy("", 2, "", ""),
            Policy("zero", 0, "", ""),
            Policy("negative", -1, "", ""),
            Policy("nan", double.NaN, "", ""),
            Policy("infinite", double.PositiveInfinity, "", ""),
            Policy("nested/role", 3, "cpus:1", "cpus:1"),
            Policy("*", 4, "cpus:1", ""),
            Policy("above", 1, "cpus:5;mem:0", "cpus:2"),
            Policy("wrong", 1, "cpus:-1;mem:NaN;disk:1e300", "cpus:-1;mem:NaN;disk:Infinity"),
        ]);

        Assert.Equal(["*", "above", "nested/role", "ok", "wrong"], settings.Weights.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(2, settings.WeightOf("ok"));
        Assert.Equal(1, settings.WeightOf("zero"));
        Assert.Equal(["above", "ok"], settings.Quotas.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([KeyValuePair.Create("cpus", 2_000L)], settings.Quotas["above"].Guarantees);
    }

    private static RolePolicy Policy(string role, double weight, string guarantees, string limits) =>
        new(role, weight, Amounts(guarantees), Amounts(limits));

    private static ImmutableSortedDictionary<string, double> Amounts(string text) => text
        .Split(';', StringSplitOptions.RemoveEmptyEntries)
        .Select(a => a.Split(':'))
        .ToImmutableSortedDictionary(a => a[0], a => double.Parse(a[1], System.Globalization.CultureInfo.InvariantCulture), StringComparer.Ordinal);

    private void Do(string command) => _session.Do(command);

    /// <summary>Of 2 cpus, 4096 MB, 4096 MB of disk and ports each.</summary>
    private void Agents(int count)
    {
        for (var i = 1; i <= count; i++)
        {
            Do($"agent a{i}");
        }
    }

    private IReadOnlyList<string> Subscribe(string stream, string role) => _session.Do($"subscribe {stream} name={role} role={role}");

    private static IEnumerable<string> Offers(IReadOnlyList<string> lines) => lines.Where(l => l.Contains("OFFERS", StringComparison.Ordinal));

    /// <returns>For each offer its resources but ports.</returns>
    private static IEnumerable<string> Scalars(IReadOnlyList<string> lines) => Offers(lines)
        .SelectMany(l => l.Split(" M-O").Skip(1))
        .Select(o => o[(o.IndexOf(": ", StringComparison.Ordinal) + 2)..^1].Replace("ports:[31000-32000] ", "", StringComparison.Ordinal));

    private double Offered(string name, string? framework = null) => _session.Master.Snapshot.Frameworks
        .Where(f => framework is null || f.Info.Name == framework)
        .SelectMany(f => f.Offered)
        .Where(r => r.Name == name)
        .Sum(r => r.Scalar.Value);
}
