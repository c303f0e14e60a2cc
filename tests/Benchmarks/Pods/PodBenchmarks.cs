using System.Collections.Immutable;
using System.Text.Json.Nodes;
using BenchmarkDotNet.Attributes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Benchmarks.Pods;

/// <summary>From a launch to a Pod, and from a Pod to updates.</summary>
[MemoryDiagnoser]
public class PodBenchmarks
{
    private static readonly PodSettings Settings = new() { Namespace = "apps", DefaultImage = "registry.example/tools:1" };

    private static readonly PodSettings Overlaid = Settings with
    {
        Overlay = new PodOverlay((JsonObject)JsonNode.Parse("""{"containers":[{"name":"task","env":[{"name":"HTTP_PROXY","value":"http://proxy"}]}]}""")!),
    };

    private MasterEffect.Launch _plain = null!;
    private MasterEffect.Launch _marathon = null!;
    private V1Pod _pod = null!;
    private PodTasks _tasks = null!;

    [GlobalSetup]
    public void Prepare()
    {
        _plain = Launch(new TaskInfo { Command = new CommandInfo { Value = "sleep 100" } });
        _marathon = Launch(Marathon());
        _pod = ((PodPlan.Made)PodBuilder.Plan(_marathon, "node-1", Settings)).Pod;
        _pod.Metadata.Uid = "0f0e0d0c-0b0a-4908-8706-050403020100";
        var started = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        _pod.Status = new V1PodStatus
        {
            Phase = "Running",
            StartTime = started,
            HostIP = "10.0.0.1",
            PodIP = "10.244.0.7",
            ContainerStatuses = [new V1ContainerStatus { Name = "task", Ready = true, State = new() { Running = new() { StartedAt = started } } }],
        };
        if (!PodTasks.TryRead(_pod, out _tasks!))
        {
            throw new InvalidOperationException("The Pod cannot be read.");
        }
    }

    [Benchmark]
    public PodPlan BuildPlain() => PodBuilder.Plan(_plain, "node-1", Settings);

    [Benchmark]
    public PodPlan BuildLikeMarathon() => PodBuilder.Plan(_marathon, "node-1", Settings);

    [Benchmark]
    public PodPlan BuildWithOverlay() => PodBuilder.Plan(_marathon, "node-1", Overlaid);

    [Benchmark]
    public PodReading Read() => PodReader.Read(_pod, _tasks, new PodPatience(), DateTimeOffset.UnixEpoch);

    private static MasterEffect.Launch Launch(TaskInfo task)
    {
        task.Name = "web.shop";
        task.TaskId = new TaskID { Value = "shop_web.instance-0b1c.c1" };
        task.AgentId = new AgentID { Value = "6b1f7ab2-1d35-4a0c-8f55-3a5f2b1f0c11-S0" };
        task.Resources.Add(Scalar("cpus", 0.5));
        task.Resources.Add(Scalar("mem", 256));
        return new MasterEffect.Launch(
            new FrameworkInfo { User = "root", Name = "marathon", Id = new FrameworkID { Value = "m-0001" }, Checkpoint = true },
            new Agent(
                new AgentId(task.AgentId.Value), "node-1.example", "10.0.0.1", 5051, [], [], null, ImmutableSortedDictionary<string, string>.Empty, Schedulable: true),
            [task],
            Executor: null);
    }

    private static TaskInfo Marathon()
    {
        var task = new TaskInfo
        {
            Command = new CommandInfo { Shell = false, Environment = new() },
            Container = new ContainerInfo
            {
                Type = ContainerInfo.Types.Type.Docker,
                Docker = new()
                {
                    Image = "registry.example/app:2",
                    Network = ContainerInfo.Types.DockerInfo.Types.Network.Bridge,
                    PortMappings = { new ContainerInfo.Types.DockerInfo.Types.PortMapping { HostPort = 31005, ContainerPort = 8080, Protocol = "tcp" } },
                },
            },
            HealthCheck = new HealthCheck { Type = HealthCheck.Types.Type.Http, Http = new() { Port = 8080, Path = "/ping" } },
            Labels = new Labels { Labels_ = { new Label { Key = "HAPROXY_GROUP", Value = "external" } } },
        };
        task.Command.Environment.Variables.Add(Enumerable.Range(0, 12).Select(i => new Protocol.V1.Environment.Types.Variable { Name = $"PORT_{i}", Value = "31005" }));
        task.Resources.Add(new Resource
        {
            Name = "ports",
            Type = Value.Types.Type.Ranges,
            Ranges = new() { Range = { new Value.Types.Range { Begin = 31005, End = 31005 } } },
            AllocationInfo = new() { Role = "*" },
        });
        return task;
    }

    private static Resource Scalar(string name, double amount) => new()
    {
        Name = name, Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = amount }, AllocationInfo = new() { Role = "*" },
    };
}
