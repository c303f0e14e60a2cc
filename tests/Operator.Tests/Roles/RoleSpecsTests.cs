using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Roles;

namespace MesosK8sBridge.Operator.Tests.Roles;

public sealed class RoleSpecsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData("""{}""", null)]
    [InlineData("""{"role":"*","weight":0.25}""", null)]
    [InlineData("""{"role":"a/b","weight":3}""", null)]
    [InlineData("""{"quota":{"guarantees":{"cpus":2,"gpus":0},"limits":{"cpus":2,"mem":1024}}}""", null)]
    [InlineData("""{"weight":0}""", "Invalid weight '0': Weights must be positive")]
    [InlineData("""{"weight":-1.5}""", "Invalid weight '-1.5': Weights must be positive")]
    [InlineData("""{"role":"a b"}""", "Invalid role 'a b': Role component 'a b' is invalid because it contains backspace or whitespace")]
    [InlineData("""{"role":"a//b"}""", "Invalid role 'a//b': Role 'a//b' cannot contain two adjacent slashes")]
    [InlineData("""{"role":"a/b","quota":{"limits":{"cpus":1}}}""", "Updating quota on nested role 'a/b' is not supported yet")]
    [InlineData("""{"role":"a/b","quota":{}}""", null)]
    [InlineData(
        """{"quota":{"guarantees":{"cpus":3,"mem":1},"limits":{"cpus":2}}}""",
        "Invalid QuotaConfig: 'QuotaConfig.guarantees' { cpus: 3, mem: 1 } is not contained within the 'QuotaConfig.limits' { cpus: 2 }")]
    [InlineData("""{"quota":{"limits":{"cpus":-1}}}""", "Invalid QuotaConfig: Invalid limit configuration {'cpus': -1}: Negative values not supported")]
    [InlineData(
        """{"quota":{"limits":{"mem":1099511627777}}}""",
        "Invalid QuotaConfig: Invalid 'QuotaConfig.limits': {'mem': 1099511627777} is invalid: values greater than 1 exabyte (1099511627776) are not supported")]
    [InlineData(
        """{"quota":{"guarantees":{"cpus":1000000000001}}}""",
        "Invalid QuotaConfig: Invalid 'QuotaConfig.guarantees': {'cpus': 1000000000001} is invalid: values greater than 1 trillion (1000000000000) are not supported")]
    public void What_mesos_refuses_is_refused_in_its_words(string spec, string? problem) => Assert.Equal(problem, RoleSpecs.Problem(Role("web", spec)));

    [Fact]
    public void Each_sound_resource_is_one_rule_and_of_two_for_one_role_the_older_counts()
    {
        var older = Role("z", """{"role":"web","weight":2,"quota":{"guarantees":{"cpus":1},"limits":{"mem":64}}}""", "2026-01-01T00:00:00Z");
        var younger = Role("web", """{"weight":3}""", "2026-01-02T00:00:00Z");
        var broken = Role("broken", """{"weight":0}""");
        var nested = Role("nested", """{"role":"web/prod"}""");

        var policies = RoleSpecs.Policies([younger, older, broken, nested]);

        Assert.Equal(["web 2", "web/prod 1"], policies.Select(policy => $"{policy.Role} {policy.Weight}"));
        Assert.Equal(["cpus 1"], policies[0].Guarantees.Select(amount => $"{amount.Key} {amount.Value}"));
        Assert.Equal(["mem 64"], policies[0].Limits.Select(amount => $"{amount.Key} {amount.Value}"));
        Assert.Same(older, RoleSpecs.Precedence(younger, [younger, older]));
        Assert.Null(RoleSpecs.Precedence(older, [younger, older]));
    }

    [Fact]
    public void Of_the_resources_for_other_roles_nothing_but_the_role_is_looked_at()
    {
        var other = Role("other", "{}");
        other.Spec.Quota = new V1Alpha1RoleQuota { Guarantees = new Unreadable() };

        Assert.Null(RoleSpecs.Precedence(Role("web", "{}"), [other]));
    }

    [Fact]
    public void A_broken_resource_takes_precedence_over_nobody()
    {
        var broken = Role("a", """{"role":"web","weight":0}""", "2026-01-01T00:00:00Z");
        var sound = Role("web", "{}", "2026-01-02T00:00:00Z");

        Assert.Equal(["web"], RoleSpecs.Policies([broken, sound]).Select(policy => policy.Role));
        Assert.Null(RoleSpecs.Precedence(sound, [broken, sound]));
    }

    [Fact]
    public void The_younger_of_two_is_told_which_one_counts()
    {
        var (older, younger) = (Role("z", """{"role":"web"}""", "2026-01-01T00:00:00Z"), Role("web", """{"weight":3}""", "2026-01-02T00:00:00Z"));

        var status = RoleStatuses.Of(younger, RoleSpecs.Precedence(younger, [older, younger]), RoleFigures.None, Now);

        var accepted = Assert.Single(status.Conditions!);
        Assert.Equal(("Accepted", "False", "Duplicate"), (accepted.Type, accepted.Status, accepted.Reason));
        Assert.Equal("z is for the same role, 'web', and is older", accepted.Message);
        Assert.Null(status.Weight);
    }

    [Fact]
    public void Amounts_are_summed_up_as_mesos_writes_them()
    {
        var role = Role("web", """{"weight":1.5,"quota":{"guarantees":{"mem":1024,"cpus":0.5},"limits":{"tokens":7,"cpus":8,"gpus":1,"disk":10}}}""");

        var summary = RoleStatuses.Of(role, null, RoleFigures.None, Now).Summary!;

        Assert.Equal(("cpus:0.5;mem:1024", "cpus:8;disk:10;gpus:1;tokens:7", null), (summary.Guaranteed, summary.Limit, summary.Allocated));
    }

    private static V1Alpha1MesosRole Role(string name, string spec, string created = "2026-01-01T00:00:00Z") =>
        CustomResources.Json.Deserialize<V1Alpha1MesosRole>(
            $$"""{"metadata":{"name":"{{name}}","uid":"{{name}}","creationTimestamp":"{{created}}"},"spec":{{spec}}}""");

    private sealed class Unreadable : Dictionary<string, double>, IEnumerable<KeyValuePair<string, double>>
    {
        IEnumerator<KeyValuePair<string, double>> IEnumerable<KeyValuePair<string, double>>.GetEnumerator() => throw new InvalidOperationException("It was read.");
    }
}
