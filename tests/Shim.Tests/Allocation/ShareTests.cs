using System.Collections.Immutable;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Timing;
using MesosK8sBridge.Shim.Tests.Master;

namespace MesosK8sBridge.Shim.Tests.Allocation;

public sealed class ShareTests
{
    private readonly FairShares _shares = new(new Deadlines());

    public ShareTests() => _shares.Resize(Resources.Empty, Amount("cpus:100;mem:1000"));

    [Fact]
    public void The_smallest_dominant_share_comes_first()
    {
        Want("a", "b", "c");
        Charge("a", "cpus:10;mem:10");
        Charge("b", "cpus:1;mem:200");
        Charge("c", "cpus:5;mem:50");

        Assert.Equal(["c", "a", "b"], Order());
    }

    [Fact]
    public void Of_equal_shares_the_one_charged_less_often_comes_first_and_then_the_name()
    {
        Want("c", "b", "a");
        Charge("a", "cpus:1");
        Charge("a", "cpus:1");
        Charge("b", "cpus:2");
        Charge("c", "cpus:2");

        Assert.Equal(["b", "c", "a"], Order());
    }

    [Fact]
    public void Refunds_make_a_role_deserving_again()
    {
        Want("a", "b");
        Charge("a", "cpus:2");
        Charge("b", "cpus:1");
        Assert.Equal(["b", "a"], Order());

        Refund("a", "cpus:2");

        Assert.Equal(["a", "b"], Order());
    }

    [Fact]
    public void What_the_cluster_has_less_of_weighs_more()
    {
        Want("a", "b");
        Charge("a", "cpus:10");
        Charge("b", "mem:90");
        Assert.Equal(["b", "a"], Order());

        _shares.Resize(Amount("mem:500"), Resources.Empty);

        Assert.Equal(["a", "b"], Order());
    }

    [Fact]
    public void A_share_is_divided_by_the_weight_of_its_role()
    {
        Want("a", "b");
        Charge("a", "cpus:10");
        Charge("b", "cpus:12");
        Weigh(("b", 1.2));
        Assert.Equal(["a", "b"], Order());

        Weigh(("b", 1.3));

        Assert.Equal(["b", "a"], Order());
    }

    [Fact]
    public void A_weight_holds_for_a_role_that_comes_later_and_is_one_again_when_it_is_taken_away()
    {
        Weigh(("b", 2));
        Want("a", "b");
        Charge("a", "cpus:3");
        Charge("b", "cpus:5");
        Assert.Equal(["b", "a"], Order());

        Weigh();

        Assert.Equal(["a", "b"], Order());
    }

    [Fact]
    public void Siblings_are_compared_inside_their_parent()
    {
        Want("eng/a", "eng/b", "ops");
        Charge("eng/a", "cpus:3");
        Charge("ops", "cpus:2");

        // eng as a whole has more than ops, although eng/b has nothing.
        Assert.Equal(["ops", "eng/b", "eng/a"], Order());
    }

    [Fact]
    public void The_weight_of_a_branch_is_not_that_of_the_roles_on_it()
    {
        Want("eng", "eng/a", "ops");
        Charge("eng", "cpus:3");
        Charge("eng/a", "cpus:2");
        Charge("ops", "cpus:3");
        Assert.Equal(["ops", "eng/a", "eng"], Order());

        // Twice as much for the whole of eng; inside of it nothing changes.
        Weigh(("eng", 2));

        Assert.Equal(["eng/a", "eng", "ops"], Order());
    }

    [Fact]
    public void Who_wants_nothing_is_left_out()
    {
        Want("a", "eng/b", "eng/c");
        WantNoMore("eng/b");
        Assert.Equal(["a", "eng/c"], Order());

        WantNoMore("eng/c");
        Assert.Equal(["a"], Order());

        WantNoMore("a");
        Assert.False(_shares.AnyWanting);
    }

    [Fact]
    public void A_claim_that_nobody_holds_is_forgotten_once_nothing_is_charged_to_it()
    {
        Charge("a", "cpus:1");
        _shares.Tidy(Claim("a"));
        Assert.Single(_shares.Roles.Children);

        Refund("a", "cpus:1");

        Assert.Empty(_shares.Roles.Children);
    }

    /// <summary>The ranking moves members one by one; sorting from scratch must come to the same.</summary>
    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 40)]
    [InlineData(3, 300)]
    public void The_order_that_is_kept_is_the_order_that_sorting_gives(int seed, int roles)
    {
        var random = new Random(seed);
        var names = Enumerable.Range(0, roles).Select(i => $"{(i % 3 == 0 ? "eng/" : "")}r{i}").ToArray();
        Want(names);
        for (var i = 0; i < 600; i++)
        {
            var name = names[random.Next(roles)];
            switch (random.Next(6))
            {
                case 0 when !Claim(name).Charged.IsZero: Refund(name, "cpus:0.001"); break;
                case 1: WantNoMore(name); break;
                case 2: Want(name); break;
                case 3 when i % 20 == 0: _shares.Resize(Resources.Empty, Amount($"cpus:{random.Next(1, 90)};mem:{random.Next(1, 900)}")); break;
                default: Charge(name, random.Next(2) == 0 ? $"cpus:{random.Next(1, 9)}" : $"mem:{random.Next(1, 90)};cpus:0.001"); break;
            }

            AssertSorted(_shares.Roles);
        }
    }

    private static void AssertSorted(RoleNode parent)
    {
        var kept = parent.Wanting.InOrder.ToArray();
        var sorted = kept.OrderBy(n => n.Share).ThenBy(n => n.Charges).ThenBy(n => n.Name, StringComparer.Ordinal).ToArray();
        Assert.Equal(sorted.Select(n => n.Name), kept.Select(n => n.Name));
        Assert.Equal(Enumerable.Range(0, kept.Length), kept.Select(n => n.Place));
        Assert.Equal(parent.Children.Values.Count(c => c.Place >= 0), kept.Length);
        foreach (var node in kept)
        {
            AssertSorted(node);
        }
    }

    private static Resources Amount(string text) => Resources.From(Given.Resources(text));

    private Claim Claim(string role) => _shares.FindOrAdd(new FrameworkId("f"), role);

    private void Want(params string[] roles)
    {
        foreach (var role in roles)
        {
            FairShares.SetWanting(Claim(role), wanting: true);
        }
    }

    private void WantNoMore(string role) => FairShares.SetWanting(Claim(role), wanting: false);

    private void Charge(string role, string amount) => _shares.Charge(Claim(role), Amount(amount));

    private void Refund(string role, string amount) => _shares.Refund(Claim(role), Amount(amount));

    private void Weigh(params (string Role, double Weight)[] weights) =>
        _shares.SetRoles(weights.ToDictionary(w => w.Role, w => w.Weight), ImmutableDictionary<string, Quota>.Empty);

    private List<string> Order()
    {
        var order = new List<string>();
        Visit(_shares.Roles, order);
        return order;
    }

    private static void Visit(RoleNode parent, List<string> into)
    {
        foreach (var node in parent.Wanting.InOrder)
        {
            if (node.Claims is { } role)
            {
                into.Add(role.Role);
            }
            else
            {
                Visit(node, into);
            }
        }
    }
}
