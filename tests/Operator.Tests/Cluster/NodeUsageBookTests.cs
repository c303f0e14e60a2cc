using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;

namespace MesosK8sBridge.Operator.Tests.Cluster;

public sealed class NodeUsageBookTests
{
    private const string Ours = "\"app.kubernetes.io/managed-by\":\"mesos-bridge\",\"mesosbridge.io/framework-id\":\"f\"";

    [Fact]
    public void The_life_of_a_task_changes_its_node_when_it_comes_and_when_it_goes_and_not_in_between()
    {
        var book = new NodeUsageBook(PodTasks.IsOurs, ExtendedResources.Default);
        var changes = new[] { "Pending", "Running", "Running", "Succeeded" }
            .Select(phase => See(book, "a", Pod("n1", phase, Ours))).Append(See(book, "a", null)).ToList();

        Assert.Equal(["n1", "", "", "n1", ""], changes);
        Assert.Equal((0m, 0), (book.Of("n1").Requests.Cpu, book.Of("n1").Pods));
    }

    [Fact]
    public void However_pods_come_and_go_the_sum_is_that_of_those_that_are_there()
    {
        var random = new Random(7);
        var book = new NodeUsageBook(PodTasks.IsOurs, ExtendedResources.Default);
        var there = new Dictionary<string, V1Pod>();
        for (var step = 0; step < 5_000; step++)
        {
            var name = $"p{random.Next(40)}";
            V1Pod? pod = random.Next(4) == 0 ? null : Pod($"n{random.Next(3)}", random.Next(5) == 0 ? "Failed" : "Running", random.Next(3) == 0 ? Ours : "", random.Next(1, 9), random.Next(31_000, 31_004));
            See(book, name, pod);
            there.Remove(name);
            if (pod is not null)
            {
                there.Add(name, pod);
            }
        }

        foreach (var node in new[] { "n0", "n1", "n2" })
        {
            var expected = NodeUsage.Of(there.Values.Where(pod => pod.Spec!.NodeName == node).Select(pod => PodUsage.Of(pod, PodTasks.IsOurs(pod), ExtendedResources.Default)));
            var actual = book.Of(node);
            Assert.Equal(expected.Requests, actual.Requests);
            Assert.Equal(expected.Pods, actual.Pods);
            Assert.Equal(expected.HostPorts, actual.HostPorts);
        }
    }

    [Fact]
    public void A_pod_that_has_moved_counts_where_it_is()
    {
        var book = new NodeUsageBook(PodTasks.IsOurs, ExtendedResources.Default);
        See(book, "a", Pod("n1", "Running", ""));

        Assert.Equal("n1 n2", See(book, "a", Pod("n2", "Running", "")));
        Assert.Equal((0, 1), (book.Of("n1").Pods, book.Of("n2").Pods));
    }

    /// <returns>The nodes that have more or less free now.</returns>
    private static string See(NodeUsageBook book, string name, V1Pod? pod)
    {
        var changed = new SortedSet<string>(StringComparer.Ordinal);
        book.See(new ObjectKey("ns", name), pod, changed);
        return string.Join(' ', changed);
    }

    private static V1Pod Pod(string node, string phase, string labels, int cpus = 1, int port = 31_000) => CustomResources.Json.Deserialize<V1Pod>($$$"""
        {"metadata":{"labels":{ {{{labels}}} }},
         "spec":{"nodeName":"{{{node}}}","containers":[{"name":"c","resources":{"requests":{"cpu":"{{{cpus}}}00m"}},"ports":[{"containerPort":80,"hostPort":{{{port}}} }]}]},
         "status":{"phase":"{{{phase}}}"}}
        """);
}
