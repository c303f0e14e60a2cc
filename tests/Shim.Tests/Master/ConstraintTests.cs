using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;
using Predicate = MesosK8sBridge.Protocol.V1.Scheduler.AttributeConstraint.Types.Predicate;
using Pseudo = MesosK8sBridge.Protocol.V1.Scheduler.AttributeConstraint.Types.Selector.Types.PseudoattributeType;
using Selector = MesosK8sBridge.Protocol.V1.Scheduler.AttributeConstraint.Types.Selector;

namespace MesosK8sBridge.Shim.Tests.Master;

public sealed class ConstraintTests
{
    private static readonly Agent Rack1 = Given.Agent(rack: "r1", region: "north");
    private static readonly Agent NoRack = Given.Agent();

    public static TheoryData<string, Predicate, bool, bool> Predicates => new()
    {
        { "exists", new Predicate { Exists = new() }, true, false },
        { "not exists", new Predicate { NotExists = new() }, false, true },
        { "equals", new Predicate { TextEquals = new() { Value = "r1" } }, true, false },
        { "equals another", new Predicate { TextEquals = new() { Value = "r2" } }, false, false },
        { "not equals", new Predicate { TextNotEquals = new() { Value = "r1" } }, false, true },
        { "matches", new Predicate { TextMatches = new() { Regex = "r[0-9]" } }, true, false },
        { "matches a part only", new Predicate { TextMatches = new() { Regex = "r" } }, false, false },
        { "not matches", new Predicate { TextNotMatches = new() { Regex = "r.|x" } }, false, true },
    };

    [Theory]
    [MemberData(nameof(Predicates))]
    public void An_attribute_is_tested_as_Mesos_tests_it(string what, Predicate predicate, bool holdsWith, bool holdsWithout)
    {
        var constraints = Parse(Of(new Selector { AttributeName = "rack" }, predicate));

        Assert.True(holdsWith == constraints.Allow("*", Rack1), what);
        Assert.True(holdsWithout == constraints.Allow("*", NoRack), what);
        Assert.True(constraints.Allow("other", NoRack), "a role without constraints is free");
    }

    [Theory]
    [InlineData(Pseudo.Hostname, "a1.example", true)]
    [InlineData(Pseudo.Region, "north", true)]
    [InlineData(Pseudo.Zone, "z", true)]
    [InlineData(Pseudo.Zone, "y", false)]
    public void Host_and_domain_can_be_tested_like_attributes(Pseudo what, string value, bool holds)
    {
        var constraints = Parse(Of(new Selector { PseudoattributeType = what }, new Predicate { TextEquals = new() { Value = value } }));

        Assert.Equal(holds, constraints.Allow("*", Rack1));
    }

    [Fact]
    public void One_group_must_hold_in_all_its_parts()
    {
        var constraints = new OfferConstraints();
        var role = new OfferConstraints.Types.RoleConstraints();
        role.Groups.Add(Group(("rack", "r1"), ("rack", "r2")));
        role.Groups.Add(Group(("rack", "r9")));
        constraints.RoleConstraints.Add("*", role);
        Assert.False(Parse(constraints).Allow("*", Rack1));

        role.Groups.Add(Group(("rack", "r1")));

        Assert.True(Parse(constraints).Allow("*", Rack1));
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        var strange = new OfferConstraints();
        strange.RoleConstraints.Add("r", new OfferConstraints.Types.RoleConstraints());
        var empty = new OfferConstraints();
        empty.RoleConstraints.Add("*", new OfferConstraints.Types.RoleConstraints());

        Assert.Equal("Offer constraints specify `role_constraints` for a role 'r'not contained in the set of roles", Error(strange));
        Assert.Equal(
            "Offer constraints are not valid: 'OfferConstraints::role_constraints' has an empty 'RoleConstraints::groups' for role *",
            Error(empty));
        Assert.StartsWith(
            "Offer constraints are not valid: A role * has an invalid 'AttributeConstraint': ",
            Error(Of(new Selector { AttributeName = "rack" }, new Predicate { TextMatches = new() { Regex = "(" } })),
            StringComparison.Ordinal);
    }

    private static OfferConstraints.Types.RoleConstraints.Types.Group Group(params (string Name, string Value)[] parts)
    {
        var group = new OfferConstraints.Types.RoleConstraints.Types.Group();
        group.AttributeConstraints.AddRange(parts.Select(p => new AttributeConstraint
        {
            Selector = new Selector { AttributeName = p.Name },
            Predicate = new Predicate { TextEquals = new() { Value = p.Value } },
        }));
        return group;
    }

    private static OfferConstraints Of(Selector selector, Predicate predicate)
    {
        var group = new OfferConstraints.Types.RoleConstraints.Types.Group();
        group.AttributeConstraints.Add(new AttributeConstraint { Selector = selector, Predicate = predicate });
        var role = new OfferConstraints.Types.RoleConstraints();
        role.Groups.Add(group);
        var constraints = new OfferConstraints();
        constraints.RoleConstraints.Add("*", role);
        return constraints;
    }

    private static AgentConstraints Parse(OfferConstraints constraints)
    {
        Assert.Null(AgentConstraints.Parse(constraints, new FrameworkTraits(Given.Framework()), out var parsed));
        return parsed;
    }

    private static string? Error(OfferConstraints constraints) =>
        AgentConstraints.Parse(constraints, new FrameworkTraits(Given.Framework()), out _);
}
