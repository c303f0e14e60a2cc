using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Tests.Nodes;

public sealed class NodeReaderTests
{
    [Fact]
    public void An_empty_node_offers_what_is_allocatable_in_the_order_of_mesos() => Assert.Equal(
        """
        [{"name":"ports","type":"RANGES","ranges":{"range":[{"begin":31000,"end":32000}]}},
        {"name":"cpus","type":"SCALAR","scalar":{"value":3.92}},
        {"name":"mem","type":"SCALAR","scalar":{"value":7859.0}},
        {"name":"disk","type":"SCALAR","scalar":{"value":94383.0}}]
        """,
        Text(Read(Node())));

    [Fact]
    public void Pods_of_others_are_counted_as_the_scheduler_of_kubernetes_counts_them()
    {
        var agent = Read(Node(), Pod("""
            {"spec":{
              "initContainers":[{"name":"i","resources":{"requests":{"cpu":"1500m"} } },{"name":"side","restartPolicy":"Always","resources":{"requests":{"cpu":"200m"}}}],
              "containers":[{"name":"a","resources":{"requests":{"cpu":"300m","memory":"100Mi"}},"ports":[{"containerPort":80,"hostPort":31005}]},
                            {"name":"b","resources":{"requests":{"cpu":"0.4","ephemeral-storage":"1Gi"}}}],
              "overhead":{"cpu":"10m"}},
             "status":{"phase":"Running"}}
            """));

        Assert.Equal(
            """
            [{"name":"ports","type":"RANGES","ranges":{"range":[{"begin":31000,"end":31004},{"begin":31006,"end":32000}]}},
            {"name":"cpus","type":"SCALAR","scalar":{"value":2.41}},
            {"name":"mem","type":"SCALAR","scalar":{"value":7759.0}},
            {"name":"disk","type":"SCALAR","scalar":{"value":93359.0}}]
            """,
            Text(agent));
    }

    [Fact]
    public void A_pod_that_asks_for_more_than_can_be_counted_leaves_nothing()
    {
        var agent = Read(Node(), Pod("""
            {"spec":{"containers":[{"name":"a","resources":{"requests":{"cpu":"9E","memory":"9E","ephemeral-storage":"9E"}}},
                                   {"name":"b","resources":{"requests":{"cpu":"9E","memory":"9E","ephemeral-storage":"9E"}}}]},
             "status":{"phase":"Pending"}}
            """));

        Assert.Equal(["ports"], agent.Total.Select(resource => resource.Name));
    }

    [Theory]
    [InlineData("Succeeded", 3.92)]
    [InlineData("Failed", 3.92)]
    [InlineData("Pending", 2.92)]
    [InlineData("Running", 2.92)]
    public void Only_pods_that_are_not_over_count(string phase, double cpus) => Assert.Equal(
        cpus,
        Scalar(Read(Node(), Pod($$$$"""{"spec":{"containers":[{"name":"a","resources":{"requests":{"cpu":"1"}}}]},"status":{"phase":"{{{{phase}}}}"}}""")), "cpus"));

    [Theory]
    [InlineData("left", 2.92)]
    [InlineData("right", 1.92)]
    public void A_task_that_ended_while_its_group_runs_on_is_still_held_by_the_kubelet_and_the_executor_is_the_masters(string ended, double cpus) =>
        Assert.Equal(cpus, Scalar(Read(Node(), Group(ended)), "cpus"));

    [Fact]
    public void A_container_that_is_no_task_counts_beside_the_tasks() =>
        Assert.Equal(3.42, Scalar(Read(Node(), Group("nobody", """,{"name":"sidecar","resources":{"requests":{"cpu":"500m"}}}""")), "cpus"));

    [Fact]
    public void Headroom_is_kept_and_nothing_goes_below_zero()
    {
        var settings = new NodeSettings { HeadroomMilliCpus = 100, HeadroomMem = 8000, HeadroomDisk = 4 };

        var agent = NodeReader.Read(Node(), [], PodTasks.IsOurs, settings);

        Assert.Equal((3.82, 0, 94379), (Scalar(agent, "cpus"), Scalar(agent, "mem"), Scalar(agent, "disk")));
        Assert.DoesNotContain(agent.Total, resource => resource.Name == "mem");
    }

    [Theory]
    [InlineData("""{}""", true)]
    [InlineData("""{"spec":{"unschedulable":true}}""", false)]
    [InlineData("""{"spec":{"taints":[{"key":"a","effect":"NoSchedule"}]}}""", false)]
    [InlineData("""{"spec":{"taints":[{"key":"a","effect":"NoExecute"}]}}""", false)]
    [InlineData("""{"spec":{"taints":[{"key":"a","effect":"PreferNoSchedule"}]}}""", true)]
    [InlineData("""{"spec":{"taints":[{"key":"ours","value":"yes","effect":"NoSchedule"}]}}""", true)]
    [InlineData("""{"spec":{"taints":[{"key":"ours","value":"no","effect":"NoSchedule"}]}}""", false)]
    [InlineData("""{"status":{"conditions":[{"type":"Ready","status":"False"}]}}""", false)]
    [InlineData("""{"status":{"conditions":[{"type":"Ready","status":"Unknown"}]}}""", false)]
    [InlineData("""{"status":{"conditions":[]}}""", false)]
    [InlineData("""{"metadata":{"deletionTimestamp":"2026-01-01T00:00:00Z"}}""", false)]
    [InlineData("""{"status":{"allocatable":{"cpu":"1","pods":"0"}}}""", false)]
    [InlineData("""{"spec":{"taints":[{"key":"ToBeDeletedByClusterAutoscaler","value":"1767323000","effect":"NoSchedule"}]}}""", false)]
    [InlineData("""{"spec":{"taints":[{"key":"DeletionCandidateOfClusterAutoscaler","value":"1767323000","effect":"PreferNoSchedule"}]}}""", false)]
    public void Nothing_is_offered_of_a_node_that_takes_no_new_pods(string change, bool schedulable)
    {
        var settings = new NodeSettings { Tolerations = [new V1Toleration { Key = "ours", OperatorProperty = "Equal", Value = "yes" }] };

        var agent = NodeReader.Read(Node(change), [], PodTasks.IsOurs, settings);

        Assert.Equal(schedulable, agent.Schedulable && agent.Barriers.IsEmpty);
    }

    [Theory]
    [InlineData("""{"key":"a","operator":"Exists"}""", true)]
    [InlineData("""{"operator":"Exists"}""", true)]
    [InlineData("""{"key":"a","operator":"Equal","value":"b","effect":"NoSchedule"}""", true)]
    [InlineData("""{"key":"a","value":"b"}""", true)]
    [InlineData("""{"key":"a"}""", false)]
    [InlineData("""{"key":"a","operator":"Exists","effect":"NoExecute"}""", false)]
    [InlineData("""{"key":"c","operator":"Exists"}""", false)]
    [InlineData("""{"key":"a","operator":"Gt","value":"b"}""", false)]
    public void A_taint_is_a_barrier_that_a_frameworks_own_toleration_leads_past(string toleration, bool passes)
    {
        var agent = Read(Node("""{"spec":{"taints":[{"key":"a","value":"b","effect":"NoSchedule"},{"key":"d","effect":"PreferNoSchedule"}]}}"""));

        var pass = NodeTaints.PassOf(CustomResources.Json.Deserialize<V1Toleration>(toleration));

        Assert.Equal(new AgentBarrier("a", "b", "NoSchedule"), Assert.Single(agent.Barriers));
        Assert.True(agent.Schedulable);
        Assert.Equal(passes, pass?.Opens(agent.Barriers[0]) is true);
    }

    [Fact]
    public void A_pod_that_tolerates_what_evicts_others_does_not_have_to_leave()
    {
        var node = Node("""{"spec":{"taints":[{"key":"a","effect":"NoExecute"}]}}""");
        var tolerant = Pod("""{"spec":{"tolerations":[{"key":"a","operator":"Exists"}]}}""");

        Assert.NotNull(NodeReader.DrainOf(node, new NodeSettings()));
        Assert.NotNull(NodeReader.DrainOf(node, new NodeSettings(), Pod("""{"spec":{}}""")));
        Assert.Null(NodeReader.DrainOf(node, new NodeSettings(), tolerant));
    }

    [Fact]
    public void Labels_of_administrators_become_attributes_of_a_type_that_no_value_changes()
    {
        var node = Node("""
            {"metadata":{"labels":{"rack":"7","attributes.mesosbridge.io/zone":"west","level":"10","example.com/x":"",
              "kubernetes.io/os":"linux","node-role.kubernetes.io/worker":"","beta.kubernetes.io/arch":"amd64"}}}
            """);

        var agent = NodeReader.Read(node, [], PodTasks.IsOurs, new NodeSettings { Attributes = [new("level", Type: Protocol.V1.Value.Types.Type.Scalar), .. AttributeRule.Defaults] });

        Assert.Equal(
            """
            [{"name":"example.com/x","type":"TEXT","text":{"value":""}},
            {"name":"kubernetes.io/os","type":"TEXT","text":{"value":"linux"}},
            {"name":"level","type":"SCALAR","scalar":{"value":10.0}},
            {"name":"rack","type":"TEXT","text":{"value":"7"}},
            {"name":"zone","type":"TEXT","text":{"value":"west"}}]
            """,
            $"[{string.Join(",\n", agent.Attributes.Select(MesosJson.ToText))}]");
        Assert.Equal("7", agent.Labels["rack"]);
    }

    [Theory]
    [InlineData(true, """{"topology.kubernetes.io/region":"r","topology.kubernetes.io/zone":"z"}""", """{"fault_domain":{"region":{"name":"r"},"zone":{"name":"z"}}}""")]
    [InlineData(true, """{"topology.kubernetes.io/zone":"z"}""", null)]
    [InlineData(false, """{"topology.kubernetes.io/region":"r","topology.kubernetes.io/zone":"z"}""", null)]
    public void A_fault_domain_is_told_whole_and_only_when_asked_for(bool asked, string labels, string? domain)
    {
        var agent = NodeReader.Read(Node($$$"""{"metadata":{"labels":{{{labels}}}}}"""), [], PodTasks.IsOurs, new NodeSettings { FaultDomains = asked });

        Assert.Equal(domain, agent.Domain is null ? null : MesosJson.ToText(agent.Domain));
    }

    [Fact]
    public void A_fault_domain_may_be_in_labels_of_ones_own()
    {
        var settings = new NodeSettings { FaultDomains = true, RegionLabel = "site", ZoneLabel = "hall" };

        var agent = NodeReader.Read(Node("""{"metadata":{"labels":{"site":"s1","hall":"h2"}}}"""), [], PodTasks.IsOurs, settings);

        Assert.Equal("""{"fault_domain":{"region":{"name":"s1"},"zone":{"name":"h2"}}}""", MesosJson.ToText(agent.Domain!));
    }

    [Theory]
    [InlineData(null, null, "[31000-31004, 31006-32000]")]
    [InlineData("33000-33001,31005-31006", null, "[31006-31006, 33000-33001]")]
    [InlineData("33000-33001", "[40000-40000]", "[40000-40000]")]
    [InlineData(null, "[]", null)]
    [InlineData("many", null, "[31000-31004, 31006-32000]")]
    public void Ports_are_those_of_the_node_less_those_that_pods_hold(string? annotation, string? administrator, string? offered)
    {
        var node = Node(annotation is null ? "{}" : $$$"""{"metadata":{"annotations":{"mesosbridge.io/ports":"{{{annotation}}}"} } }""");
        var overrides = new NodeOverrides { Ports = administrator is null ? null : administrator == "[]" ? RangeSet.Empty : RangeSet.Of(40_000, 40_000) };
        var pod = Pod("""{"spec":{"containers":[{"name":"a","ports":[{"containerPort":53,"hostPort":31005,"protocol":"UDP"}]}]}}""");

        var agent = NodeReader.Read(node, NodeUsage.Of([PodUsage.Of(pod, isAccounted: false, ExtendedResources.Default)]), new NodeSettings(), overrides);

        var ports = agent.Total.FirstOrDefault(resource => resource.Name == "ports")?.Ranges.Range;
        Assert.Equal(offered, ports is null ? null : RangeSet.Of([.. ports.Select(range => (range.Begin, range.End))]).ToString());
    }

    [Fact]
    public void What_of_a_node_cannot_be_read_is_named()
    {
        var node = Node("""{"metadata":{"labels":{"level":"x"},"annotations":{"mesosbridge.io/ports":"many","mesosbridge.io/maintenance":"soon"}}}""");

        var problems = NodeReader.Problems(node, new NodeSettings { Attributes = [new("level", Type: Protocol.V1.Value.Types.Type.Scalar)] }, NodeOverrides.None);

        Assert.Equal(
            """
            InvalidMaintenance: Annotation mesosbridge.io/maintenance is ignored: 'soon' is not a time with its zone, e.g. 2026-05-01T20:00:00Z
            InvalidPorts: Annotation mesosbridge.io/ports is ignored: 'many' is not FIRST-LAST[,…] with ports from 1 to 65535, e.g. 31000-32000
            InvalidAttribute: Label level is no attribute: 'x' is no number
            """,
            string.Join('\n', problems.Select(problem => $"{problem.Reason}: {problem.Message}")));
    }

    [Fact]
    public void Extended_resources_are_offered_by_their_names_in_mesos_less_what_pods_have()
    {
        var node = Node("""{"status":{"allocatable":{"cpu":"1","example.com/fpga":"4","nvidia.com/gpu":"2"}}}""");
        var settings = new NodeSettings { Extended = ExtendedResources.Default.With("fpgas", "example.com/fpga") };
        var pod = Pod("""{"spec":{"containers":[{"name":"a","resources":{"requests":{"example.com/fpga":"3"}}}]}}""");

        var agent = NodeReader.Read(node, [pod], PodTasks.IsOurs, settings);

        Assert.Equal(["ports", "cpus", "gpus", "fpgas"], agent.Total.Select(resource => resource.Name));
        Assert.Equal((2, 1), (Scalar(agent, "gpus"), Scalar(agent, "fpgas")));
    }

    [Theory]
    [InlineData("nobody", "[31000-31003, 31005-32000]")]
    [InlineData("left", "[31001-31003, 31005-32000]")]
    public void The_ports_of_a_task_that_ended_and_of_what_is_no_task_stay_taken_while_the_group_runs_on(string ended, string offered)
    {
        var pod = Group(ended, """,{"name":"sidecar","ports":[{"containerPort":1,"hostPort":31004}]}""");
        pod.Spec!.Containers![0].Ports = [new V1ContainerPort { ContainerPort = 1, HostPort = 31_000 }];
        pod.Spec.Containers[1].Ports = [new V1ContainerPort { ContainerPort = 2, HostPort = 31_002 }];

        var ports = Read(Node(), pod).Total[0].Ranges.Range;

        Assert.Equal(offered, RangeSet.Of([.. ports.Select(range => (range.Begin, range.End))]).ToString());
    }

    [Fact]
    public void An_agent_is_known_by_the_uid_of_its_node_and_found_at_its_addresses()
    {
        var agent = Read(Node());

        Assert.Equal(("3f2b-S0", "node-1.example", "10.0.0.1", 5051), (agent.Id.Value, agent.Hostname, agent.Ip, agent.Port));
        Assert.Equal("node-1", Read(Node("""{"status":{"addresses":[]}}""")).Hostname);
    }

    [Fact]
    public void Nodes_that_the_autoscaler_may_give_back_are_offered_where_that_is_wanted()
    {
        var node = Node("""{"spec":{"taints":[{"key":"DeletionCandidateOfClusterAutoscaler","value":"1767323000","effect":"PreferNoSchedule"}]}}""");

        Assert.True(NodeReader.Read(node, [], PodTasks.IsOurs, new NodeSettings { OfferDeletionCandidates = true }).Schedulable);
    }

    [Theory]
    [InlineData("""{}""", null)]
    [InlineData("""{"metadata":{"annotations":{"mesosbridge.io/maintenance":"2026-05-01T20:00:00Z/2h"}}}""", """{"start":{"nanoseconds":1777665600000000000},"duration":{"nanoseconds":7200000000000}}""")]
    [InlineData("""{"metadata":{"annotations":{"mesosbridge.io/maintenance":"soon"}}}""", null)]
    [InlineData("""{"spec":{"taints":[{"key":"ToBeDeletedByClusterAutoscaler","value":"1767323000","effect":"NoSchedule"}]}}""", """{"start":{"nanoseconds":1767323000000000000}}""")]
    [InlineData("""{"spec":{"taints":[{"key":"karpenter.sh/disrupted","effect":"NoSchedule","timeAdded":"2026-05-01T20:00:00Z"}]}}""", """{"start":{"nanoseconds":1777665600000000000}}""")]
    [InlineData("""{"spec":{"taints":[{"key":"other","effect":"NoSchedule","timeAdded":"2026-05-01T20:00:00Z"}]}}""", null)]
    public void A_machine_on_its_way_out_says_from_when_it_is_not_there(string change, string? unavailability)
    {
        var agent = Read(Node(change));

        Assert.Equal(unavailability, agent.Unavailability is null ? null : MesosJson.ToText(agent.Unavailability));
    }

    [Theory]
    [InlineData("""{}""", null, null)]
    [InlineData("""{"spec":{"unschedulable":true}}""", "its node is cordoned", null)]
    [InlineData(
        """{"spec":{"unschedulable":true,"taints":[{"key":"node.kubernetes.io/unschedulable","effect":"NoSchedule","timeAdded":"2026-05-01T20:00:00Z"}]}}""",
        "its node is cordoned",
        "2026-05-01T20:00:00Z")]
    [InlineData("""{"spec":{"taints":[{"key":"a","effect":"NoSchedule"}]}}""", null, null)]
    [InlineData("""{"spec":{"taints":[{"key":"a","effect":"NoExecute","timeAdded":"2026-05-01T20:00:00Z"}]}}""", "its node has the taint a", "2026-05-01T20:00:00Z")]
    [InlineData("""{"spec":{"taints":[{"key":"node.kubernetes.io/unreachable","effect":"NoExecute"}]}}""", null, null)]
    [InlineData("""{"spec":{"taints":[{"key":"ours","value":"yes","effect":"NoExecute"}]}}""", null, null)]
    [InlineData(
        """{"spec":{"unschedulable":true,"taints":[{"key":"ToBeDeletedByClusterAutoscaler","value":"1777665600","effect":"NoSchedule"}]}}""",
        "its node is to be removed: ToBeDeletedByClusterAutoscaler",
        "2026-05-01T20:00:00Z")]
    public void A_node_that_is_to_get_empty_says_why(string change, string? why, string? since)
    {
        var settings = new NodeSettings { Tolerations = [new V1Toleration { Key = "ours", OperatorProperty = "Equal", Value = "yes" }] };

        var drain = NodeReader.DrainOf(Node(change), settings);

        Assert.Equal((why, since), (drain?.Why, drain?.Since?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'")));
    }

    [Fact]
    public void What_an_administrator_says_of_one_node_comes_before_what_is_said_of_all()
    {
        var node = Node("""{"metadata":{"labels":{"rack":"7","row":"1"},"annotations":{"mesosbridge.io/maintenance":"2026-05-01T20:00:00Z"}}}""");
        var overrides = new NodeOverrides
        {
            HeadroomMilliCpus = 920,
            Attributes = [new() { Name = "rack", Type = Protocol.V1.Value.Types.Type.Text, Text = new() { Value = "8" } }],
            WithoutAttributes = ["row"],
            Exclude = true,
            Maintenance = MaintenanceText.From(DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(1)),
        };

        var agent = NodeReader.Read(node, NodeUsage.Of([]), new NodeSettings { HeadroomMilliCpus = 100, HeadroomMem = 59 }, overrides);

        Assert.Equal((3, 7800), (Scalar(agent, "cpus"), Scalar(agent, "mem")));
        Assert.Equal("""{"name":"rack","type":"TEXT","text":{"value":"8"}}""", MesosJson.ToText(Assert.Single(agent.Attributes)));
        Assert.False(agent.Schedulable);
        Assert.Equal(1_000_000_000, agent.Unavailability!.Start.Nanoseconds);
    }

    [Fact]
    public void Silence_counts_from_when_the_node_was_last_ready()
    {
        Assert.Null(NodeReader.SilentSince(Node()));
        Assert.Equal(
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            NodeReader.SilentSince(Node("""{"status":{"conditions":[{"type":"Ready","status":"Unknown","lastTransitionTime":"2026-01-02T03:04:05Z"}]}}""")));
    }

    private static Agent Read(V1Node node, params V1Pod[] pods) => NodeReader.Read(node, pods, PodTasks.IsOurs, new NodeSettings());

    private static string Text(Agent agent) => $"[{string.Join(",\n", agent.Total.Select(MesosJson.ToText))}]";

    private static double Scalar(Agent agent, string name) => agent.Total.FirstOrDefault(resource => resource.Name == name)?.Scalar.Value ?? 0;

    private static V1Pod Pod(string json) => CustomResources.Json.Deserialize<V1Pod>(json);

    private static V1Node Node(string change = "{}")
    {
        var node = CustomResources.Json.Deserialize<V1Node>("""
            {"metadata":{"name":"node-1","uid":"3f2b"},
             "status":{
               "allocatable":{"cpu":"3920m","memory":"8047672Ki","ephemeral-storage":"98968744427","pods":"110"},
               "conditions":[{"type":"Ready","status":"True"}],
               "addresses":[{"type":"InternalIP","address":"10.0.0.1"},{"type":"Hostname","address":"node-1.example"}]}}
            """);
        var over = CustomResources.Json.Deserialize<V1Node>(change);
        node.Metadata.Labels = over.Metadata.Labels;
        node.Metadata.Annotations = over.Metadata.Annotations;
        node.Metadata.DeletionTimestamp = over.Metadata.DeletionTimestamp;
        node.Spec = over.Spec;
        node.Status!.Conditions = over.Status?.Conditions ?? node.Status.Conditions;
        node.Status.Addresses = over.Status?.Addresses ?? node.Status.Addresses;
        node.Status.Allocatable = over.Status?.Allocatable ?? node.Status.Allocatable;
        return node;
    }

    /// <summary>Tasks of 1 and 2 cores; 0.5 for their executor are asked for with the first.</summary>
    private static V1Pod Group(string ended, string more = "") => Pod($$$"""
        {"metadata":{"labels":{"app.kubernetes.io/managed-by":"mesos-bridge","mesosbridge.io/framework-id":"f","mesosbridge.io/agent-id":"a"},
          "annotations":{
            "mesosbridge.io/framework-info":"{\"user\":\"u\",\"name\":\"n\",\"id\":{\"value\":\"f\"}}",
            "mesosbridge.io/executor-info":"{\"executor_id\":{\"value\":\"e\"},\"resources\":[{\"name\":\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":0.5}}]}",
            "mesosbridge.io/task-group":"{\"tasks\":[{\"name\":\"l\",\"task_id\":{\"value\":\"left\"},\"agent_id\":{\"value\":\"a\"}},{\"name\":\"r\",\"task_id\":{\"value\":\"right\"},\"agent_id\":{\"value\":\"a\"}}]}"}},
         "spec":{"containers":[
            {"name":"{{{Container("left")}}}","resources":{"requests":{"cpu":"1500m"} } },{"name":"{{{Container("right")}}}","resources":{"requests":{"cpu":"2"} } }{{{more}}}]},
         "status":{"phase":"Running","containerStatuses":[{"name":"{{{Container(ended)}}}","state":{"terminated":{"exitCode":0} } }]}}
        """);

    private static string Container(string task) => PodNames.ContainerInGroup(new TaskId(task));
}
