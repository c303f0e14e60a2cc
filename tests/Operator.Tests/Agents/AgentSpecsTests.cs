using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Agents;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Protocol;

namespace MesosK8sBridge.Operator.Tests.Agents;

public sealed class AgentSpecsTests
{
    private static readonly V1Node Node = CustomResources.Json.Deserialize<V1Node>("""{"metadata":{"name":"n","uid":"u"}}""");

    [Theory]
    [InlineData("""{}""", null)]
    [InlineData("""{"headroom":{"cpus":0.5,"mem":0},"exclude":true}""", null)]
    [InlineData("""{"headroom":{"cpus":-1}}""", "spec.headroom.cpus: -1 is not from 0 to 1000000")]
    [InlineData("""{"attributes":{"set":[{"name":"a","text":"x"},{"name":"b","scalar":1},{"name":"c","ranges":[{"begin":1,"end":1}]},{"name":"d","set":["x","y"]}]}}""", null)]
    [InlineData("""{"ports":[{"begin":33000,"end":33999},{"begin":1,"end":1}]}""", null)]
    [InlineData("""{"ports":[]}""", null)]
    [InlineData("""{"ports":[{"begin":0,"end":10}]}""", "spec.ports: a range does not go from one port to another, 1 to 65535")]
    [InlineData("""{"ports":[{"begin":10,"end":9}]}""", "spec.ports: a range does not go from one port to another, 1 to 65535")]
    [InlineData("""{"ports":[{"begin":10}]}""", "spec.ports: a range does not go from one port to another, 1 to 65535")]
    [InlineData("""{"ports":[{"begin":10,"end":65536}]}""", "spec.ports: a range does not go from one port to another, 1 to 65535")]
    [InlineData("""{"attributes":{"set":[{"name":"a"}]}}""", "spec.attributes.set: 'a' has exactly one of text, scalar, ranges and set")]
    [InlineData("""{"attributes":{"set":[{"name":"a","text":"x","scalar":1}]}}""", "spec.attributes.set: 'a' has exactly one of text, scalar, ranges and set")]
    [InlineData("""{"attributes":{"set":[{"text":"x"}]}}""", "spec.attributes.set: an attribute has a name")]
    [InlineData("""{"attributes":{"set":[{"name":"a","text":"x"},{"name":"a","text":"y"}]}}""", "spec.attributes.set: 'a' is there twice")]
    [InlineData("""{"attributes":{"set":[{"name":"a","ranges":[{"begin":2,"end":1}]}]}}""", "spec.attributes.set: a range of 'a' does not begin at or before its end")]
    [InlineData("""{"attributes":{"set":[{"name":"a","ranges":[{"begin":2}]}]}}""", "spec.attributes.set: a range of 'a' does not begin at or before its end")]
    [InlineData("""{"maintenance":{"start":"2026-05-01T20:00:00Z","duration":"2h30m"}}""", null)]
    [InlineData("""{"maintenance":{"duration":"2h"}}""", "spec.maintenance: '' is not a time with its zone, e.g. 2026-05-01T20:00:00Z")]
    [InlineData("""{"maintenance":{"start":"2026-05-01T20:00:00Z","duration":"soon"}}""", "spec.maintenance: 'soon' is not a duration, e.g. 2h30m")]
    public void What_makes_no_sense_is_named_and_not_acted_upon(string spec, string? problem)
    {
        var agent = Agent(spec);

        Assert.Equal(problem, AgentSpecs.Problem(agent.Spec));
        if (problem is not null)
        {
            Assert.Equal(NodeOverrides.None, AgentSpecs.Overrides(agent, Node));
        }
    }

    [Fact]
    public void A_spec_is_what_it_says()
    {
        var overrides = AgentSpecs.Overrides(
            Agent("""
                {"headroom":{"cpus":0.5,"mem":1024},"exclude":true,
                 "attributes":{"set":[{"name":"rack","text":"r7"},{"name":"level","scalar":10},{"name":"p","ranges":[{"begin":1,"end":5},{"begin":7,"end":7}]}],"remove":["x"]},
                 "maintenance":{"start":"2026-05-01T20:00:00+02:00","duration":"90m"}}
                """),
            Node);

        Assert.Equal((500, 1024, null), (overrides.HeadroomMilliCpus, overrides.HeadroomMem, overrides.HeadroomDisk));
        Assert.True(overrides.Exclude);
        Assert.Equal(
            """
            {"name":"rack","type":"TEXT","text":{"value":"r7"}}
            {"name":"level","type":"SCALAR","scalar":{"value":10.0}}
            {"name":"p","type":"RANGES","ranges":{"range":[{"begin":1,"end":5},{"begin":7,"end":7}]}}
            """,
            string.Join('\n', overrides.Attributes.Select(MesosJson.ToText)));
        Assert.Equal(["x"], overrides.WithoutAttributes);
        Assert.Equal("""{"start":{"nanoseconds":1777658400000000000},"duration":{"nanoseconds":5400000000000}}""", MesosJson.ToText(overrides.Maintenance!));
    }

    [Theory]
    [InlineData("u", true)]
    [InlineData("an older one", false)]
    [InlineData(null, true)]
    public void What_was_said_of_an_earlier_node_of_the_same_name_is_not_said_of_this_one(string? owner, bool holds)
    {
        var agent = Agent("""{"exclude":true}""");
        agent.Metadata.OwnerReferences = owner is null ? null : [new V1OwnerReference { ApiVersion = "v1", Kind = "Node", Name = "n", Uid = owner }];

        Assert.Equal(holds, AgentSpecs.Overrides(agent, Node).Exclude);
    }

    [Theory]
    [InlineData("2026-05-01T20:00:00Z", """{"start":{"nanoseconds":1777665600000000000}}""")]
    [InlineData("2026-05-01T22:00:00+02:00/2h", """{"start":{"nanoseconds":1777665600000000000},"duration":{"nanoseconds":7200000000000}}""")]
    [InlineData("2026-05-01T20:00:00.5Z", """{"start":{"nanoseconds":1777665600500000000}}""")]
    [InlineData("2026-05-01T20:00:00", "'2026-05-01T20:00:00' is not a time with its zone, e.g. 2026-05-01T20:00:00Z")]
    [InlineData("2026-05-01", "'2026-05-01' is not a time with its zone, e.g. 2026-05-01T20:00:00Z")]
    [InlineData("tomorrow/2h", "'tomorrow' is not a time with its zone, e.g. 2026-05-01T20:00:00Z")]
    [InlineData("9999-05-01T20:00:00Z", "'9999-05-01T20:00:00Z' is not a time with its zone, e.g. 2026-05-01T20:00:00Z")]
    [InlineData("2026-05-01T20:00:00Z/", "'' is not a duration, e.g. 2h30m")]
    [InlineData("2026-05-01T20:00:00Z/0s", "'0s' is not a duration, e.g. 2h30m")]
    [InlineData("2026-05-01T20:00:00Z/PT2H", "'PT2H' is not a duration, e.g. 2h30m")]
    public void A_maintenance_window_is_written_as_start_and_duration(string text, string read)
    {
        var good = MaintenanceText.TryParse(text, out var window, out var problem);

        Assert.Equal(read, good ? MesosJson.ToText(window!) : problem);
    }

    private static V1Alpha1MesosAgent Agent(string spec) =>
        CustomResources.Json.Deserialize<V1Alpha1MesosAgent>($$"""{"metadata":{"name":"n","uid":"a"},"spec":{{spec}}}""");
}
