using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Nodes;

namespace MesosK8sBridge.Operator.Tests.Nodes;

/// <summary>Cases after those of Kubernetes' own resource helpers.</summary>
public sealed class PodRequestsTests
{
    private const string A = """{"name":"a","resources":{"requests":{"cpu":"2","memory":"100"}}}""";
    private const string B = """{"name":"b","resources":{"requests":{"cpu":"1","example.com/fpga":"1"}}}""";
    private const string Sidecar1 = """{"name":"s1","restartPolicy":"Always","resources":{"requests":{"cpu":"3"}}}""";
    private const string Sidecar2 = """{"name":"s2","restartPolicy":"Always","resources":{"requests":{"cpu":"4"}}}""";
    private const string Init = """{"name":"i","resources":{"requests":{"cpu":"5","memory":"50","example.com/fpga":"2"}}}""";

    [Theory]
    [InlineData($$"""{"containers":[{{A}},{{B}}]}""", "cpu 3, memory 100, fpgas 1")]
    [InlineData($$"""{"initContainers":[{{Init}}],"containers":[{{A}}]}""", "cpu 5, memory 100, fpgas 2")]
    [InlineData($$"""{"initContainers":[{{Sidecar1}}],"containers":[{{A}}]}""", "cpu 5, memory 100, fpgas 0")]
    [InlineData($$"""{"initContainers":[{{Sidecar1}},{{Init}}],"containers":[{{A}}]}""", "cpu 8, memory 100, fpgas 2")]
    [InlineData($$"""{"initContainers":[{{Init}},{{Sidecar1}}],"containers":[{{A}}]}""", "cpu 5, memory 100, fpgas 2")]
    [InlineData($$"""{"initContainers":[{{Sidecar1}},{{Init}},{{Sidecar2}}],"containers":[{{A}}]}""", "cpu 9, memory 100, fpgas 2")]
    [InlineData($$"""{"initContainers":[{{Sidecar1}},{{Sidecar2}},{{Init}}],"containers":[{{A}}]}""", "cpu 12, memory 100, fpgas 2")]
    [InlineData($$"""{"containers":[{{A}}],"overhead":{"cpu":"250m","memory":"7"} }""", "cpu 2.25, memory 107, fpgas 0")]
    [InlineData($$"""{"containers":[{{A}},{{B}}],"resources":{"requests":{"cpu":"10"} } }""", "cpu 10, memory 100, fpgas 1")]
    [InlineData($$"""{"containers":[{{A}},{{B}}],"resources":{"requests":{"cpu":"10","memory":"1","example.com/fpga":"9"} },"overhead":{"cpu":"1"} }""", "cpu 11, memory 1, fpgas 1")]
    [InlineData($$"""{"containers":[{{A}}],"resources":{"limits":{"cpu":"10"} } }""", "cpu 2, memory 100, fpgas 0")]
    [InlineData("""{"containers":[{"name":"a"}]}""", "cpu 0, memory 0, fpgas 0")]
    [InlineData("{}", "cpu 0, memory 0, fpgas 0")]
    public void A_pod_asks_for_what_it_needs_at_its_greediest(string spec, string expected) => Assert.Equal(expected, Show($$"""{"spec":{{spec}} }"""));

    [Theory]
    [InlineData("""{"containerStatuses":[{"name":"a","allocatedResources":{"cpu":"5"}}]}""", "cpu 5, memory 100, fpgas 0")]
    [InlineData("""{"containerStatuses":[{"name":"a","allocatedResources":{"cpu":"1"},"resources":{"requests":{"cpu":"4","memory":"700"}}}]}""", "cpu 4, memory 700, fpgas 0")]
    [InlineData("""{"containerStatuses":[{"name":"a","resources":{"limits":{"cpu":"4"}}}]}""", "cpu 2, memory 100, fpgas 0")]
    [InlineData("""{"containerStatuses":[{"name":"a","allocatedResources":{"cpu":"1","memory":"60"}}],"conditions":[{"type":"PodResizePending","status":"True","reason":"Infeasible"}]}""", "cpu 1, memory 60, fpgas 0")]
    [InlineData("""{"containerStatuses":[{"name":"a","allocatedResources":{"cpu":"1","memory":"60"}}],"conditions":[{"type":"PodResizePending","status":"True","reason":"Deferred"}]}""", "cpu 2, memory 100, fpgas 0")]
    [InlineData("""{"containerStatuses":[{"name":"a","allocatedResources":{"cpu":"1","memory":"60"}}],"resize":"Infeasible"}""", "cpu 1, memory 60, fpgas 0")]
    [InlineData("""{"containerStatuses":[{"name":"other","allocatedResources":{"cpu":"9"}}]}""", "cpu 2, memory 100, fpgas 0")]
    public void A_pod_that_is_being_resized_takes_the_most_of_what_it_wants_may_and_has(string status, string expected) =>
        Assert.Equal(expected, Show($$$"""{"spec":{"containers":[{{{A}}}]},"status":{{{status}}} }"""));

    [Theory]
    [InlineData("""{"containers":[{"name":"a","ports":[{"containerPort":80,"hostPort":31000},{"containerPort":81}]}]}""", "31000/TCP@0.0.0.0")]
    [InlineData("""{"containers":[{"name":"a","ports":[{"containerPort":53,"hostPort":53,"protocol":"UDP","hostIP":"10.0.0.1"}]}]}""", "53/UDP@10.0.0.1")]
    [InlineData("""{"hostNetwork":true,"containers":[{"name":"a","ports":[{"containerPort":80},{"containerPort":81,"hostPort":81}]}]}""", "80/TCP@0.0.0.0 81/TCP@0.0.0.0")]
    [InlineData("""{"initContainers":[{"name":"i","ports":[{"containerPort":1,"hostPort":1}]},{"name":"s","restartPolicy":"Always","ports":[{"containerPort":2,"hostPort":2}]}],"containers":[]}""", "2/TCP@0.0.0.0")]
    public void A_pod_holds_the_ports_that_the_kubelet_says_it_holds(string spec, string expected) =>
        Assert.Equal(expected, string.Join(' ', HeldPort.Of(Pod($$"""{"spec":{{spec}} }""")).Select(port => $"{port}@{port.Ip}")));

    [Theory]
    [InlineData("0.0.0.0", "TCP", 80, "0.0.0.0", "TCP", 80, true)]
    [InlineData("0.0.0.0", "TCP", 80, "10.0.0.1", "TCP", 80, true)]
    [InlineData("10.0.0.2", "TCP", 80, "10.0.0.1", "TCP", 80, false)]
    [InlineData("10.0.0.1", "TCP", 80, "10.0.0.1", "UDP", 80, false)]
    [InlineData("0.0.0.0", "TCP", 80, "0.0.0.0", "TCP", 81, false)]
    public void Ports_clash_by_address_protocol_and_number(string ip, string protocol, int port, string otherIp, string otherProtocol, int otherPort, bool clash)
    {
        var (one, other) = (new HeldPort(ip, protocol, port), new HeldPort(otherIp, otherProtocol, otherPort));

        Assert.Equal((clash, clash), (one.Clashes(other), other.Clashes(one)));
    }

    private static string Show(string pod)
    {
        var requests = PodRequests.Of(Pod(pod), ExtendedResources.Default.With("fpgas", "example.com/fpga"));
        return FormattableString.Invariant($"cpu {requests.Cpu:0.##}, memory {requests.Memory:0}, fpgas {requests.Devices[1]:0}");
    }

    private static V1Pod Pod(string json) => CustomResources.Json.Deserialize<V1Pod>(json);
}
