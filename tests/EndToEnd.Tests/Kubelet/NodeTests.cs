using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Testing;
using static MesosK8sBridge.EndToEnd.Tests.Kubelet.NodeFramework;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.EndToEnd.Tests.Kubelet;

/// <summary>What becomes of tasks when others use their node, drain it, or lose its kubelet.</summary>
[Collection(nameof(NodeAlone))]
public sealed class NodeTests(RealNode node)
{
    private const string Port = """[{"containerPort": 80, "hostPort": 31600}]""";

    private const string Orderly = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done";

    [Fact]
    public async Task A_task_on_a_node_that_is_drained_is_killed_for_that_and_the_node_is_offered_again_later()
    {
        await using var framework = await SubscribeAsync(node);
        await framework.LaunchAsync(Shell("drained", Orderly));
        await framework.ReadyAsync("drained");

        try
        {
            var draining = node.KubectlAsync($"drain {RealNode.Name} --force --delete-emptydir-data --timeout=50s --pod-selector=mesosbridge.io/framework-id={framework.Id.Value}");
            await framework.EndAsync("drained");
            await draining;
        }
        finally
        {
            await node.KubectlAsync($"uncordon {RealNode.Name}");
        }

        Assert.Equal(["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING AGENT_DRAINING"], framework.Told("drained")[..^1]);
        Assert.StartsWith("TASK_KILLED AGENT_DRAINING: Command exited with status 0: Pod default/drained-", framework.Told("drained")[^1], StringComparison.Ordinal);
        Assert.Equal("TASK_FINISHED: Command exited with status 0", (await framework.RunAsync(Shell("afterwards", "true")))[^1]);
    }

    [Fact]
    public async Task Tasks_of_a_node_without_its_kubelet_are_out_of_reach_and_come_back_with_it()
    {
        await using var aware = await SubscribeAsync(node);
        await using var simple = await SubscribeAsync(node, NewName(), []);
        await aware.LaunchAsync(Shell("steady", Orderly), Watched("watched"), Shell("ending", "sleep 15; exit 3"));
        await simple.LaunchAsync(Shell("simple", Orderly));
        await aware.UntilAsync("steady", TaskState.TaskRunning);
        await aware.UntilAsync("ending", TaskState.TaskRunning);
        await aware.UntilAsync("watched", update => update.Healthy);
        await simple.UntilAsync("simple", TaskState.TaskRunning);

        try
        {
            await node.StopKubeletAsync();
            await aware.UntilAsync("steady", TaskState.TaskUnreachable);
            await aware.UntilAsync("ending", TaskState.TaskUnreachable);
            await simple.UntilAsync("simple", TaskState.TaskLost);
        }
        finally
        {
            await node.StartKubeletAsync();
        }

        await aware.UntilAsync("steady", update => update is { State: TaskState.TaskRunning, Reason: Reason.AgentReregistered });
        await aware.UntilAsync("watched", update => update is { State: TaskState.TaskRunning, Reason: Reason.AgentReregistered });
        await simple.UntilAsync("simple", update => update is { State: TaskState.TaskRunning, Reason: Reason.AgentReregistered });
        await aware.UntilAsync("ending", update => update is { State: TaskState.TaskFailed, Message: "Command exited with status 3" });
        await aware.KillAsync("watched");
        await aware.EndAsync("watched");
        Assert.Equal("TASK_KILLED: Command exited with status 0", aware.Told("watched")[^1]);
    }

    /// <summary>Until it has checked for itself, a kubelet that was started again calls every container with a probe not ready.</summary>
    [Fact]
    public async Task A_kubelet_that_is_started_again_costs_no_task_its_life()
    {
        await using var framework = await SubscribeAsync(node);
        string[] ids = [.. Enumerable.Range(1, 5).Select(i => $"watched-{i}")];
        string[] grouped = ["grouped-1", "grouped-2"];
        await framework.LaunchGroupAsync([.. grouped.Select(Watched)]);
        await framework.LaunchAsync([.. ids.Select(Watched)]);
        foreach (var id in ids.Concat(grouped))
        {
            await framework.UntilAsync(id, update => update.Healthy);
        }

        // By then they would have had to be healthy for the first time.
        await framework.RunAsync(Shell("clock", "sleep 6"));
        await node.StopKubeletAsync();
        await node.StartKubeletAsync();
        foreach (var id in ids)
        {
            await framework.UntilAsync(
                id, _ => framework.UpdatesOf(id) is var told && told.Count(update => update.Healthy) > 1 && told[^1].State == TaskState.TaskRunning);
        }

        Assert.All(ids.Concat(grouped), id => Assert.DoesNotContain("TASK_KILLING", framework.Told(id)));
        await framework.KillAsync(grouped[0]);
        await framework.EndAsync(grouped);
        Assert.All(grouped, id => Assert.Equal("TASK_KILLED: Command exited with status 0", framework.Told(id)[^1]));
    }

    [Fact]
    public async Task A_port_that_another_Pod_has_is_not_offered_and_a_task_that_takes_it_all_the_same_is_dropped()
    {
        await node.KubectlAsync("apply -f -", Foreign("taker", """{"requests": {"cpu": "10m"}}""", Port));
        try
        {
            await node.KubectlAsync("wait --for=condition=Ready pod/taker --timeout=50s");
            await using var framework = await SubscribeAsync(node);
            var offer = await framework.OfferAsync();
            Assert.DoesNotContain(
                offer.Resources.Single(resource => resource.Name == "ports").Ranges.Range, range => range.Begin <= 31600 && 31600 <= range.End);
            await framework.DeclineAsync(offer);
            var task = Shell("late", "true");
            task.Container = new ContainerInfo
            {
                Type = ContainerInfo.Types.Type.Mesos,
                NetworkInfos =
                {
                    new NetworkInfo { Name = "dcos", PortMappings = { new NetworkInfo.Types.PortMapping { HostPort = 31600, ContainerPort = 80 } } },
                },
            };

            var told = await framework.RunAsync(task);

            Assert.StartsWith("TASK_DROPPED AGENT INVALID_OFFERS: ", told.Single(), StringComparison.Ordinal);
        }
        finally
        {
            await node.KubectlAsync("delete pod taker --grace-period=0 --force");
        }
    }

    [Fact]
    public async Task A_Pod_bound_to_the_node_between_offer_and_launch_leaves_the_task_dropped()
    {
        await using var framework = await SubscribeAsync(node);
        var bridge = await node.BridgeAsync();
        var task = Shell("too-late", "true");
        task.Resources.Single(resource => resource.Name == "cpus").Scalar.Value = 1;
        var offer = await framework.OfferAsync();
        try
        {
            // The bridge sees neither what comes first.
            await bridge.SignalAsync("STOP");
            var accepted = framework.LaunchAsync(offer, task);
            await node.KubectlAsync("apply -f -", Foreign("intruder", """{"requests": {"cpu": "1500m"}}"""));
            await node.KubectlAsync("wait --for=condition=Ready pod/intruder --timeout=50s");
            await bridge.SignalAsync("CONT");
            await accepted;
            await framework.EndAsync("too-late");
        }
        finally
        {
            await bridge.SignalAsync("CONT");
            await node.KubectlAsync("delete pod intruder --grace-period=0 --force");
        }

        var end = framework.UpdatesOf("too-late").Single();
        Assert.Equal((TaskState.TaskDropped, Reason.InvalidOffers), (end.State, end.Reason));
    }

    /// <summary>For a Pod that only the kubelet knows of: nobody can tell the API server, as its namespace is not there.</summary>
    [Fact]
    public async Task A_task_for_which_the_kubelet_has_no_room_or_no_port_is_dropped_or_lost()
    {
        await using var aware = await SubscribeAsync(node);
        await using var simple = await SubscribeAsync(node, NewName(), []);
        var manifest = Path.Combine(node.Manifests, "secret-guest.json");
        await File.WriteAllTextAsync(
            manifest, Foreign("secret-guest", """{"requests": {"cpu": "1500m"}}""", Port, "nowhere"), TestContext.Current.CancellationToken);
        try
        {
            await node.UntilThereAsync("secret-guest", there: true);
            var (first, second) = (Shell("first", "true"), Shell("second", "true"));
            first.Resources[0].Scalar.Value = second.Resources[0].Scalar.Value = 1;
            var third = Shell("third", "true");
            third.Resources.Add(new Resource
            {
                Name = "ports", Type = Value.Types.Type.Ranges, Ranges = new() { Range = { new Value.Types.Range { Begin = 31600, End = 31600 } } },
            });

            var dropped = await aware.RunAsync(first);
            var lost = await simple.RunAsync(second);
            var portless = await aware.RunAsync(third);

            Assert.StartsWith("TASK_DROPPED AGENT INVALID_OFFERS: Task assumes outdated resource state: OutOfcpu: ", dropped.Single(), StringComparison.Ordinal);
            Assert.StartsWith("TASK_LOST AGENT INVALID_OFFERS: Task assumes outdated resource state: OutOfcpu: ", lost.Single(), StringComparison.Ordinal);
            Assert.StartsWith("TASK_DROPPED AGENT INVALID_OFFERS: Task assumes outdated resource state: NodePorts: ", portless.Single(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(manifest);
            await node.UntilThereAsync("secret-guest", there: false);
        }
    }

    private static TaskInfo Watched(string id)
    {
        var task = Shell(id, Orderly);
        task.HealthCheck = new HealthCheck
        {
            Type = HealthCheck.Types.Type.Command,
            Command = new CommandInfo { Value = "true" },
            DelaySeconds = 0,
            IntervalSeconds = 1,
            TimeoutSeconds = 1,
            GracePeriodSeconds = 0,
        };
        return task;
    }

    /// <summary>A Pod of nobody's, on the node.</summary>
    private static string Foreign(string name, string resources, string ports = "[]", string @namespace = "default") =>
        $$"""
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "{{name}}", "namespace": "{{@namespace}}"},
         "spec": { "nodeName": "{{RealNode.Name}}", "terminationGracePeriodSeconds": 0, "automountServiceAccountToken": false,
          "containers": [{"name": "main", "image": "busybox:local", "command": ["sleep", "1000"], "resources": {{resources}}, "ports": {{ports}} }] } }
        """;
}
