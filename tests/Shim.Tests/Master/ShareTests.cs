using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Allocation;

namespace MesosK8sBridge.Shim.Tests.Master;

public sealed class ShareTests
{
    private readonly ClusterTotals _totals = new();

    public ShareTests() => _totals.Change(Resources.Empty, Amount("cpus:100;mem:1000"));

    [Fact]
    public void The_smallest_dominant_share_comes_first()
    {
        var tree = Tree(hierarchical: false, "a", "b", "c");
        tree.Charge("a", Amount("cpus:10;mem:10"));
        tree.Charge("b", Amount("cpus:1;mem:200"));
        tree.Charge("c", Amount("cpus:5;mem:50"));

        Assert.Equal(["c", "a", "b"], Order(tree));
    }

    [Fact]
    public void Of_equal_shares_the_one_charged_less_often_comes_first_and_then_the_name()
    {
        var tree = Tree(hierarchical: false, "c", "b", "a");
        tree.Charge("a", Amount("cpus:1"));
        tree.Charge("a", Amount("cpus:1"));
        tree.Charge("b", Amount("cpus:2"));
        tree.Charge("c", Amount("cpus:2"));

        Assert.Equal(["b", "c", "a"], Order(tree));
    }

    [Fact]
    public void Refunds_make_a_client_deserving_again()
    {
        var tree = Tree(hierarchical: false, "a", "b");
        tree.Charge("a", Amount("cpus:2"));
        tree.Charge("b", Amount("cpus:1"));
        Assert.Equal(["b", "a"], Order(tree));

        tree.Refund("a", Amount("cpus:2"));

        Assert.Equal(["a", "b"], Order(tree));
    }

    [Fact]
    public void What_the_cluster_has_less_of_weighs_more()
    {
        var tree = Tree(hierarchical: false, "a", "b");
        tree.Charge("a", Amount("cpus:10"));
        tree.Charge("b", Amount("mem:90"));
        Assert.Equal(["b", "a"], Order(tree));

        _totals.Change(Amount("mem:500"), Resources.Empty);

        Assert.Equal(["a", "b"], Order(tree));
    }

    [Fact]
    public void Siblings_are_compared_inside_their_parent()
    {
        var tree = Tree(hierarchical: true, "eng/a", "eng/b", "ops");
        tree.Charge("eng/a", Amount("cpus:3"));
        tree.Charge("ops", Amount("cpus:2"));

        // eng as a whole has more than ops, although eng/b has nothing.
        Assert.Equal(["ops", "eng/b", "eng/a"], Order(tree));
    }

    [Fact]
    public void A_role_and_its_subroles_are_siblings()
    {
        var tree = Tree(hierarchical: true, "eng", "eng/a");
        tree.Charge("eng", Amount("cpus:1"));

        Assert.Equal(["eng/a", "eng"], Order(tree));
    }

    [Fact]
    public void Who_wants_nothing_is_left_out_and_forgotten_once_nothing_is_charged()
    {
        var tree = Tree(hierarchical: true, "a", "b");
        tree.Charge("a", Amount("cpus:1"));
        tree.SetActive("a", active: false);
        tree.SetActive("b", active: false);
        tree.RemoveIfIdle("a");
        tree.RemoveIfIdle("b");
        Assert.Empty(Order(tree));
        Assert.False(tree.IsEmpty);

        tree.Refund("a", Amount("cpus:1"));
        tree.RemoveIfIdle("a");

        Assert.True(tree.IsEmpty);
    }

    private static Resources Amount(string text) => Resources.From(Given.Resources(text));

    private static List<string> Order(ShareTree tree)
    {
        var order = new List<string>();
        tree.Order(order);
        return order;
    }

    private ShareTree Tree(bool hierarchical, params string[] clients)
    {
        var tree = new ShareTree(_totals, hierarchical);
        foreach (var client in clients)
        {
            tree.Add(client);
            tree.SetActive(client, active: true);
        }

        return tree;
    }
}
