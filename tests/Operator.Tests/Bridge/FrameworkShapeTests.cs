using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Operator.Tests.Golden;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Testing;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Task = System.Threading.Tasks.Task;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Operator.Tests.Bridge;

public sealed class EmbeddedFrameworkShapeTests(EmbeddedTestCluster cluster) : FrameworkShapeTests(cluster), IClassFixture<EmbeddedTestCluster>;

[Collection(nameof(RealTestCluster))]
public sealed class RealFrameworkShapeTests(RealTestCluster cluster) : FrameworkShapeTests(cluster);

/// <summary>The launches of <c>Golden/Build/like-…</c>, as frameworks build them, over HTTP: accepted, run, and told of as those frameworks need.</summary>
public abstract class FrameworkShapeTests(TestCluster cluster) : BridgeTest(cluster)
{
    public static TheoryData<string> Shapes => [.. GoldenCase.NamesIn("Build").Where(name => name.StartsWith("like-", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(Shapes))]
    public async Task A_launch_as_a_framework_builds_it_runs_and_finishes(string shape)
    {
        var given = (JsonObject)JsonNode.Parse(GoldenCase.Of("Build", shape).Read("launch.json"))!;
        var bridge = await StartAsync(change: options => options with { Fetcher = FetcherSettings.OfImage("bridge:test") });
        await DeclareAsync(given["spec"]!);
        await using var scheduler = await SubscribeAsync(bridge, FrameworkOf(given));
        var offer = await scheduler.OfferAsync();
        TaskInfo[] tasks = [.. given["tasks"]!.AsArray().Select(task => TaskOf((JsonObject)task!, offer))];

        await LaunchAsync(scheduler, offer, tasks, given["executor"]);
        var pod = await Kubelet.PodAsync();
        await Kubelet.ReadyAsync(pod);
        var updates = await CollectAsync(scheduler, tasks, told => told.Any(IsLastWordOfARunningTask));
        await Kubelet.FinishAsync(pod);
        var ends = await CollectAsync(scheduler, tasks, told => told.Any(status => status.State == TaskState.TaskFinished));

        foreach (var task in tasks)
        {
            var told = updates[task.TaskId.Value];
            Assert.Equal([TaskState.TaskStarting, TaskState.TaskRunning], told.Take(2).Select(status => status.State));
            Assert.All(told.Skip(1), running => Assert.Equal(AddressOf(task, given), Assert.Single(running.ContainerStatus.NetworkInfos).IpAddresses[0].IpAddress));
            Assert.Equal(task.HealthCheck is not null, told.Any(status => status is { HasHealthy: true, Healthy: true, Reason: Reason.TaskHealthCheckStatusUpdated }));
            Assert.Equal(task.Check is not null, told.Any(status => status is { CheckStatus.Command: { HasExitCode: true, ExitCode: 0 }, Reason: Reason.TaskCheckStatusUpdated }));
            Assert.Equal($"{(task.Container is { Type: ContainerInfo.Types.Type.Docker } ? "Container" : "Command")} exited with status 0", ends[task.TaskId.Value][^1].Message);
        }

        bool IsLastWordOfARunningTask(TaskStatus status) =>
            status.State == TaskState.TaskRunning
            && (tasks.Single(task => task.TaskId.Equals(status.TaskId)) is { HealthCheck: null, Check: null } || status.HasReason);
    }

    /// <summary>Of the node where the task is to be found by its ports, else of its Pod.</summary>
    private static string AddressOf(TaskInfo task, JsonObject given) =>
        PodPorts.IsHostNetwork(task, given["executor"] is { } executor ? Parse<ExecutorInfo>(executor) : null) ? "10.1.2.3" : "10.244.0.9";

    private static async Task LaunchAsync(TestScheduler scheduler, Offer offer, TaskInfo[] tasks, JsonNode? executor)
    {
        if (executor is null)
        {
            await scheduler.LaunchAsync(offer, tasks);
            return;
        }

        var info = Parse<ExecutorInfo>(executor);
        info.FrameworkId = scheduler.Id;
        await scheduler.SendAsync(Calls.Accept(
            scheduler.Id,
            offer,
            [
                new Offer.Types.Operation
                {
                    Type = Offer.Types.Operation.Types.Type.LaunchGroup, LaunchGroup = new() { Executor = info, TaskGroup = new TaskGroupInfo { Tasks = { tasks } } },
                },
            ]));
    }

    /// <summary>Updates by task, each acknowledged, until all tasks have been told enough.</summary>
    private static async Task<Dictionary<string, List<TaskStatus>>> CollectAsync(TestScheduler scheduler, TaskInfo[] tasks, Func<List<TaskStatus>, bool> isEnough)
    {
        var told = tasks.ToDictionary(task => task.TaskId.Value, _ => new List<TaskStatus>());
        while (!told.Values.All(isEnough))
        {
            var status = await scheduler.AcknowledgedAsync();
            Assert.True(status.State is TaskState.TaskStarting or TaskState.TaskRunning or TaskState.TaskFinished, status.ToString());
            told[status.TaskId.Value].Add(status);
        }

        return told;
    }

    private FrameworkInfo FrameworkOf(JsonObject given)
    {
        var framework = given["framework"] is { } info ? Parse<FrameworkInfo>(info) : Framework;
        (framework.Id, framework.Name) = (null, Name);
        return framework;
    }

    private static TaskInfo TaskOf(JsonObject given, Offer offer)
    {
        var json = (JsonObject)given.DeepClone();
        json["agent_id"] = new JsonObject { ["value"] = offer.AgentId.Value };
        return Parse<TaskInfo>(json);
    }

    private Task DeclareAsync(JsonNode spec) => Kubernetes.CreateAsync(
        new V1Alpha1MesosFramework
        {
            Metadata = new V1ObjectMeta { Name = Name, NamespaceProperty = Name },
            Spec = CustomResources.Json.Deserialize<V1Alpha1MesosFramework>($$"""{"spec":{{spec.ToJsonString()}}}""").Spec,
        },
        Deadline);

    private static T Parse<T>(JsonNode json)
        where T : class, IMessage<T>, new() =>
        MesosJson.Parse<T>(Encoding.UTF8.GetBytes(json.ToJsonString()));
}
