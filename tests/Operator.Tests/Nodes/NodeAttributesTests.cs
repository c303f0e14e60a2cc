using System.Collections.Immutable;
using System.Text.Json;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Cli;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Protocol;

namespace MesosK8sBridge.Operator.Tests.Nodes;

public sealed class NodeAttributesTests
{
    private const string Labels = """
        {"rack":"r7","level":"10","slots":"1000-1500_1501-1600_2000","disks":"ssd_nvme_ssd","example.com/pool":"blue","example.com/zone":"z9",
         "attributes.mesosbridge.io/row":"3","topology.kubernetes.io/zone":"z1","kubernetes.io/os":"linux","beta.kubernetes.io/arch":"amd64"}
        """;

    [Theory]
    [InlineData("rack", "rack=r7")]
    [InlineData("rack=where", "where=r7")]
    [InlineData("topology.kubernetes.io/zone=zone,rack", "rack=r7 zone=z1")]
    [InlineData("example.com/*=*", "pool=blue zone=z9")]
    [InlineData("example.com/*", "example.com/pool=blue example.com/zone=z9")]
    [InlineData("example.com/*=ex-*-label", "ex-pool-label=blue ex-zone-label=z9")]
    [InlineData("!example.com/zone,example.com/*=*", "pool=blue")]
    [InlineData("beta.kubernetes.io/arch=arch", "arch=amd64")]
    [InlineData("level:scalar", "level:10")]
    [InlineData("level=floor:scalar", "floor:10")]
    [InlineData("slots:ranges", "slots:[1000-1600, 2000-2000]")]
    [InlineData("disks:set", "disks:{ssd,nvme}")]
    [InlineData("*", "disks=ssd_nvme_ssd example.com/pool=blue example.com/zone=z9 kubernetes.io/os=linux level=10 rack=r7 row=3 slots=1000-1500_1501-1600_2000 topology.kubernetes.io/zone=z1")]
    [InlineData("!slots,!example.com/*,level:scalar,*", "disks=ssd_nvme_ssd kubernetes.io/os=linux level:10 rack=r7 row=3 topology.kubernetes.io/zone=z1")]
    [InlineData("nobody", "")]
    [InlineData("rack*=*", "")]
    public void Labels_become_what_the_first_rule_that_fits_says(string rules, string attributes)
    {
        var read = Of(Labels, rules);

        Assert.Equal(attributes, string.Join(' ', read.All.Select(Show)));
        Assert.Empty(read.Problems);
    }

    [Theory]
    [InlineData("""{"level":"high"}""", "level:scalar", "Label level is no attribute: 'high' is no number")]
    [InlineData("""{"level":"NaN"}""", "level:scalar", "Label level is no attribute: 'NaN' is no number")]
    [InlineData("""{"level":"1e999"}""", "level:scalar", "Label level is no attribute: '1e999' is no number")]
    [InlineData("""{"level":""}""", "level:scalar", "Label level is no attribute: '' is no number")]
    [InlineData("""{"slots":"5-1"}""", "slots:ranges", "Label slots is no attribute: '5-1' is no list of ranges such as 1000-1500_2000")]
    [InlineData("""{"slots":"1-2-3"}""", "slots:ranges", "Label slots is no attribute: '1-2-3' is no list of ranges such as 1000-1500_2000")]
    [InlineData("""{"slots":"1_"}""", "slots:ranges", "Label slots is no attribute: '1_' is no list of ranges such as 1000-1500_2000")]
    public void A_value_that_is_not_of_its_type_leaves_the_label_out_and_is_named(string labels, string rules, string problem)
    {
        var read = Of(labels, rules);

        Assert.Empty(read.All);
        Assert.Equal(new NodeProblem("InvalidAttribute", problem), Assert.Single(read.Problems));
    }

    [Fact]
    public void Of_two_labels_for_one_name_the_one_of_the_earlier_rule_counts_and_the_other_is_named()
    {
        var read = Of(Labels, "topology.kubernetes.io/zone=zone,example.com/*=*");

        Assert.Equal("pool=blue zone=z1", string.Join(' ', read.All.Select(Show)));
        Assert.Equal("Label example.com/zone is no attribute: another label is 'zone' already", Assert.Single(read.Problems).Message);
    }

    [Fact]
    public void Nothing_is_wrong_with_a_label_in_place_of_which_an_administrator_says_something()
    {
        var overrides = new NodeOverrides { Attributes = [new() { Name = "level", Type = Protocol.V1.Value.Types.Type.Text, Text = new() { Value = "top" } }] };

        var read = NodeAttributes.Of(Node("""{"level":"high"}"""), new NodeSettings { Attributes = Rules("level:scalar") }, overrides);

        Assert.Equal("level=top", Show(Assert.Single(read.All)));
        Assert.Empty(read.Problems);
    }

    [Theory]
    [InlineData("", "'': not a rule [!]LABEL[=NAME][:TYPE], in which LABEL is the key of a label, or its beginning and a '*'")]
    [InlineData("a*b", "'a*b': not a rule [!]LABEL[=NAME][:TYPE], in which LABEL is the key of a label, or its beginning and a '*'")]
    [InlineData("a b", "'a b': not a rule [!]LABEL[=NAME][:TYPE], in which LABEL is the key of a label, or its beginning and a '*'")]
    [InlineData("a:number", "'a:number': 'number' is none of text, scalar, ranges, set")]
    [InlineData("a:", "'a:': '' is none of text, scalar, ranges, set")]
    [InlineData("a=", "'a=': '' is no name of an attribute")]
    [InlineData("a=b;c", "'a=b;c': 'b;c' is no name of an attribute")]
    [InlineData("a/*=b", "'a/*=b': several labels cannot all be 'b': put a '*' in it")]
    [InlineData("a/*=*-*", "'a/*=*-*': '*-*' has more than one '*'")]
    [InlineData("a=*", "'a=*': 'a' has nothing for the '*' in '*'")]
    [InlineData("!a=b", "'!a=b': a rule that leaves labels out has neither name nor type")]
    [InlineData("!a:set", "'!a:set': a rule that leaves labels out has neither name nor type")]
    [InlineData("!", "'!': not a rule [!]LABEL[=NAME][:TYPE], in which LABEL is the key of a label, or its beginning and a '*'")]
    [InlineData("good,!", "'!': not a rule [!]LABEL[=NAME][:TYPE], in which LABEL is the key of a label, or its beginning and a '*'")]
    public void A_rule_that_makes_no_sense_is_refused_with_what_is_wrong(string text, string error) =>
        Assert.Equal(error, AttributeRuleText.Read([text]).Error);

    [Theory]
    [InlineData("fpgas=example.com/fpga", "gpus=nvidia.com/gpu fpgas=example.com/fpga")]
    [InlineData("gpus=amd.com/gpu", "gpus=amd.com/gpu")]
    [InlineData("b=x.org/b,a=x.org/a", "gpus=nvidia.com/gpu a=x.org/a b=x.org/b")]
    [InlineData("cpus=x.org/a", "!'cpus' is what every node has")]
    [InlineData("a=cpu", "!'a=cpu' is not NAME=DOMAIN/RESOURCE, e.g. fpgas=example.com/fpga")]
    [InlineData("a", "!'a' is not NAME=DOMAIN/RESOURCE, e.g. fpgas=example.com/fpga")]
    [InlineData("a=x.org/a,a=x.org/b", "!'a' is there twice")]
    [InlineData("a=nvidia.com/gpu", "!one resource cannot have two names")]
    public void Extended_resources_have_names_in_mesos(string text, string expected)
    {
        var reading = ExtendedResourceText.Read([text]);

        Assert.Equal(expected, reading.Error is { } error ? $"!{error}" : string.Join(' ', reading.Value!.Names.Select(name => $"{name}={reading.Value.DeviceOf(name)}")));
    }

    private static NodeAttributes Of(string labels, string rules) => NodeAttributes.Of(Node(labels), new NodeSettings { Attributes = Rules(rules) }, NodeOverrides.None);

    private static ImmutableArray<AttributeRule> Rules(string text)
    {
        var reading = AttributeRuleText.Read([text]);
        Assert.Null(reading.Error);
        return reading.Value;
    }

    private static V1Node Node(string labels) => new() { Metadata = new V1ObjectMeta { Labels = JsonSerializer.Deserialize<Dictionary<string, string>>(labels) } };

    private static string Show(Protocol.V1.Attribute attribute) => attribute.Type switch
    {
        Protocol.V1.Value.Types.Type.Text => $"{attribute.Name}={attribute.Text.Value}",
        Protocol.V1.Value.Types.Type.Scalar => $"{attribute.Name}:{attribute.Scalar.Value}",
        Protocol.V1.Value.Types.Type.Ranges => $"{attribute.Name}:{RangeSet.Of([.. attribute.Ranges.Range.Select(range => (range.Begin, range.End))])}",
        _ => $"{attribute.Name}:{{{string.Join(',', attribute.Set.Item)}}}",
    };
}
