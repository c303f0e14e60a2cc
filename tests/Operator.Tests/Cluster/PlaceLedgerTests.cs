using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Nodes;

namespace MesosK8sBridge.Operator.Tests.Cluster;

public sealed class PlaceLedgerTests
{
    private readonly SetClock _clock = new();
    private readonly PlaceLedger _ledger;

    public PlaceLedgerTests() => _ledger = new PlaceLedger(_clock);

    [Theory]
    [InlineData("TCP", "", "TCP", "", false)]
    [InlineData("UDP", "", "TCP", "", true)]
    [InlineData("TCP", "10.0.0.1", "TCP", "10.0.0.2", true)]
    [InlineData("TCP", "10.0.0.1", "TCP", "", false)]
    public void A_launch_is_refused_the_port_that_another_pod_holds_by_address_and_protocol(string held, string heldIp, string wanted, string wantedIp, bool isTaken)
    {
        See(Pod("other", "u1", 31_000, held, heldIp));

        var problem = Take(Pod("mine", null, 31_000, wanted, wantedIp));

        Assert.Equal(isTaken ? null : "NodePorts: port 31000/TCP of node 'n' is taken", problem);
    }

    [Fact]
    public void Two_launches_under_way_do_not_get_the_same_port()
    {
        Assert.Null(Take(Pod("a", null, 31_000)));
        Assert.NotNull(Take(Pod("b", null, 31_000)));
        _ledger.Drop(new ObjectKey("ns", "a"));
        Assert.Null(Take(Pod("b", null, 31_000)));
    }

    [Fact]
    public void A_launch_that_is_tried_again_does_not_stand_in_its_own_way()
    {
        Assert.Null(Take(Pod("a", null, 31_000)));
        Assert.Null(Take(Pod("a", null, 31_000)));
        Assert.Equal(1, _ledger.Count);
    }

    [Fact]
    public void A_node_takes_as_many_pods_as_it_says_those_under_way_included()
    {
        See(Pod("other", "u1"));
        See(Pod("over", "u2", phase: "Succeeded"));

        Assert.Null(Take(Pod("a", null), places: 2));
        Assert.Equal("OutOfpods: node 'n' takes no more Pods", Take(Pod("b", null), places: 2));
        Assert.NotNull(Take(Pod("c", null, node: "empty"), places: 0));
        Assert.Null(Take(Pod("c", null), places: null));
    }

    [Fact]
    public void What_is_seen_of_an_earlier_pod_of_its_name_does_not_free_what_a_launch_holds()
    {
        Take(Pod("a", null, 31_000));
        See(Pod("a", "earlier", 31_001, phase: "Failed"));
        _ledger.See(new ObjectKey("ns", "a"), null);
        _ledger.Made(Pod("a", "u1", 31_000));
        See(Pod("a", "earlier", 31_001, phase: "Failed"));
        Assert.NotNull(Take(Pod("b", null, 31_000)));

        See(Pod("a", "u1", 31_000, phase: "Failed"));
        Assert.Null(Take(Pod("b", null, 31_000)));
    }

    [Fact]
    public void A_pod_that_was_made_and_never_seen_holds_nothing_for_ever()
    {
        Take(Pod("a", null, 31_000));
        _ledger.Made(Pod("a", "u1", 31_000));
        _clock.Now += TimeSpan.FromMinutes(1);
        Assert.NotNull(Take(Pod("b", null, 31_000)));

        _clock.Now += TimeSpan.FromMinutes(2);
        Assert.Null(Take(Pod("b", null, 31_000)));
    }

    /// <summary>Against a ledger that goes through all Pods each time.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void However_pods_come_and_go_a_launch_is_refused_if_and_only_if_the_kubelet_would(int seed)
    {
        var random = new Random(seed);
        var there = new Dictionary<string, V1Pod>();
        for (var step = 0; step < 4_000; step++)
        {
            var pod = RandomPod(random, step);
            var name = pod.Metadata.Name!;
            switch (random.Next(5))
            {
                case 0:
                    there.Remove(name);
                    _ledger.See(new ObjectKey("ns", name), null);
                    break;
                case 1 when there.TryGetValue(name, out var ends):
                    there[name] = Pod(name, ends.Metadata.Uid, phase: "Succeeded", node: ends.Spec!.NodeName!);
                    See(there[name]);
                    break;
                case 2:
                    there[name] = pod;
                    See(pod);
                    break;
                default:
                    var key = $"launch-{step}";
                    pod.Metadata.Name = key;
                    var refused = Take(pod, places: 6) is not null;
                    Assert.Equal(Refuses(there.Values, pod, places: 6), refused);
                    if (!refused)
                    {
                        EndLaunch(random, there, pod, key);
                    }

                    break;
            }
        }

        foreach (var name in there.Keys.ToList())
        {
            _ledger.See(new ObjectKey("ns", name), null);
        }

        Assert.Equal(0, _ledger.Count);
    }

    /// <summary>It fails; or its Pod is made, and seen.</summary>
    private void EndLaunch(Random random, Dictionary<string, V1Pod> there, V1Pod pod, string name)
    {
        if (random.Next(2) == 0)
        {
            _ledger.Drop(new ObjectKey("ns", name));
            return;
        }

        _ledger.Made(pod);
        See(pod);
        there[name] = pod;
        if (random.Next(3) > 0)
        {
            there.Remove(name);
            _ledger.See(new ObjectKey("ns", name), null);
        }
    }

    private static bool Refuses(IEnumerable<V1Pod> there, V1Pod pod, int places)
    {
        var others = there.Where(other => other.Spec!.NodeName == pod.Spec!.NodeName && other.Status?.Phase is not ("Succeeded" or "Failed")).ToList();
        return others.Count >= places || HeldPort.Of(pod).Any(port => others.SelectMany(HeldPort.Of).Any(port.Clashes));
    }

    private static V1Pod RandomPod(Random random, int step) => Pod(
        $"p{random.Next(12)}",
        $"u{step}",
        random.Next(31_000, 31_004),
        random.Next(2) == 0 ? "TCP" : "UDP",
        random.Next(3) switch { 0 => "10.0.0.1", 1 => "10.0.0.2", _ => "" },
        node: $"n{random.Next(2)}");

    private void See(V1Pod pod) => _ledger.See(ObjectKey.Of(pod), pod);

    private string? Take(V1Pod pod, long? places = 110) => _ledger.Take(ObjectKey.Of(pod), pod, places);

    private static V1Pod Pod(string name, string? uid, int port = 0, string protocol = "TCP", string ip = "", string phase = "Running", string node = "n") =>
        CustomResources.Json.Deserialize<V1Pod>($$$"""
            {"metadata":{"namespace":"ns","name":"{{{name}}}","uid":"{{{uid}}}"},
             "spec":{"nodeName":"{{{node}}}","containers":[{"name":"c","ports":[{"containerPort":80,"hostPort":{{{port}}},"protocol":"{{{protocol}}}","hostIP":"{{{ip}}}"}]}]},
             "status":{"phase":"{{{phase}}}"}}
            """);

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
