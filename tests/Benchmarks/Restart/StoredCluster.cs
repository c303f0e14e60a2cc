using System.Collections.Immutable;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Benchmarks.Framework;
using MesosK8sBridge.Benchmarks.Launch;
using MesosK8sBridge.Benchmarks.Memory;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;
using Roles = MesosK8sBridge.Benchmarks.Memory.Roles;
using Environment = MesosK8sBridge.Protocol.V1.Environment;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Benchmarks.Restart;

/// <summary>A <see cref="Child"/>: an API server with what a bridge has left that had many tasks running. Its greeting is the address.</summary>
internal static class StoredCluster
{
    public const int Frameworks = 20;

    private static readonly PodSettings Settings = new() { Namespace = "default", DefaultImage = "busybox" };

    public static async Task RunAsync(int tasks, int nodes)
    {
        await using var server = await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { Random = new Random(1), HistoryLimit = 3 * nodes });
        server.Load(Enumerable.Range(1, nodes).Select(number => LargeNode.Named($"node-{number}")));
        using var client = new KubernetesClient(new KubernetesClientConfiguration { Server = server.Uri });
        var agents = (await client.ListAllAsync<V1Node>()).Items
            .Select(node => (Name: node.Name(), Agent: NodeReader.Read(node, [], _ => false, new NodeSettings())))
            .ToImmutableArray();
        server.Load(Enumerable.Range(0, tasks).Select(number => Running(number, agents[number % agents.Length])));
        await foreach (var _ in client.ListPagesAsync<V1Pod>())
        {
            // Whatever the server makes once for each object, it makes now.
        }

        await Roles.ServeAsync(server.Uri.AbsoluteUri);
    }

    public static FrameworkInfo Framework(int number) => new()
    {
        Id = new FrameworkID { Value = $"e0f1992e-c955-4411-a8ba-c49a7a38ca8a-{number:0000}" },
        User = "bench",
        Name = $"bench-{number}",
        Roles = { "bench" },
        FailoverTimeout = 600,
        Capabilities =
        {
            new FrameworkInfo.Types.Capability { Type = FrameworkInfo.Types.Capability.Types.Type.MultiRole },
            new FrameworkInfo.Types.Capability { Type = FrameworkInfo.Types.Capability.Types.Type.ReservationRefinement },
        },
    };

    private static V1Pod Running(int number, (string Node, Agent Agent) place)
    {
        var launch = new MasterEffect.Launch(Framework(number % Frameworks), place.Agent, [TaskOf(number, place.Agent.Id)], Executor: null);
        var pod = ((PodPlan.Made)PodBuilder.Plan(launch, place.Node, Settings)).Pod;
        var now = Time.Clock.GetUtcNow();
        pod.Status = new V1PodStatus
        {
            Phase = "Running",
            StartTime = now,
            HostIP = "127.0.0.1",
            PodIP = "10.0.0.7",
            Conditions = [.. new[] { "Initialized", "Ready", "ContainersReady", "PodScheduled" }.Select(type => new V1PodCondition { Type = type, Status = "True", LastTransitionTime = now })],
            ContainerStatuses =
            [
                new V1ContainerStatus
                {
                    Name = PodNames.SingleContainer,
                    Image = "busybox",
                    ImageID = "docker.io/library/busybox@sha256:e0f1992ec9554411a8bac49a7a38ca8ae0f1992ec9554411a8bac49a7a38ca8a",
                    ContainerID = $"containerd://{number:x64}",
                    Ready = true,
                    State = new V1ContainerState { Running = new V1ContainerStateRunning { StartedAt = now } },
                },
            ],
        };
        return pod;
    }

    /// <summary>Of the size that Marathon makes them.</summary>
    private static TaskInfo TaskOf(int number, AgentId agent) => new()
    {
        Name = "web.team.example",
        TaskId = new TaskID { Value = $"team_web.{number:x8}-c955-4411-a8ba-c49a7a38ca8a" },
        AgentId = new AgentID { Value = agent.Value },
        Command = new CommandInfo
        {
            Value = "exec python3 -m http.server $PORT0",
            Environment = new Environment { Variables = { Variables.Select(name => new Environment.Types.Variable { Name = name, Value = "something or other" }) } },
        },
        Resources = { Resources.Parse($"cpus:0.1;mem:128;ports:[{31000 + (number % 100)}-{31000 + (number % 100)}]").Allocate("bench").ToProtobuf() },
        Labels = new Labels { Labels_ = { new Label { Key = "team", Value = "web" } } },
    };

    private static readonly string[] Variables =
        ["MARATHON_APP_VERSION", "HOST", "MARATHON_APP_ID", "MARATHON_APP_DOCKER_IMAGE", "PORT_10000", "MESOS_TASK_ID", "PORT", "MARATHON_APP_RESOURCE_CPUS", "PORTS", "PORT0"];
}
