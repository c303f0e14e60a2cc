using Google.Protobuf;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using Environment = MesosK8sBridge.Protocol.V1.Environment;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Benchmarks.Codecs;

/// <summary>Messages of the size that real frameworks exchange.</summary>
internal static class Samples
{
    private const string MasterId = "e0f1992e-c955-4411-a8ba-c49a7a38ca8a";

    public static Event Offers(int count) => new()
    {
        Type = Event.Types.Type.Offers,
        Offers = new Event.Types.Offers { Offers_ = { Enumerable.Range(0, count).Select(OfferFrom) } },
    };

    public static Call Accept(int tasks) => new()
    {
        Type = Call.Types.Type.Accept,
        FrameworkId = Framework,
        Accept = new Call.Types.Accept
        {
            OfferIds = { new OfferID { Value = $"{MasterId}-O17" } },
            Operations =
            {
                new Offer.Types.Operation
                {
                    Type = Offer.Types.Operation.Types.Type.Launch,
                    Launch = new Offer.Types.Operation.Types.Launch { TaskInfos = { Enumerable.Range(0, tasks).Select(TaskOf) } },
                },
            },
            Filters = new Filters { RefuseSeconds = 5 },
        },
    };

    public static Event Update() => new()
    {
        Type = Event.Types.Type.Update,
        Update = new Event.Types.Update
        {
            Status = new TaskStatus
            {
                TaskId = new TaskID { Value = "web.0" },
                State = TaskState.TaskRunning,
                Source = TaskStatus.Types.Source.Executor,
                AgentId = Agent(3),
                ExecutorId = new ExecutorID { Value = "web.0" },
                Timestamp = 1795302957.659618,
                Uuid = ByteString.CopyFrom(new byte[16]),
                ContainerStatus = new ContainerStatus
                {
                    ContainerId = new ContainerID { Value = MasterId },
                    NetworkInfos = { new NetworkInfo { IpAddresses = { new NetworkInfo.Types.IPAddress { IpAddress = "10.0.0.7" } } } },
                },
            },
        },
    };

    private static FrameworkID Framework => new() { Value = $"{MasterId}-0000" };

    private static AgentID Agent(int n) => new() { Value = $"{MasterId}-S{n}" };

    private static Offer OfferFrom(int n) => new()
    {
        Id = new OfferID { Value = $"{MasterId}-O{n}" },
        FrameworkId = Framework,
        AgentId = Agent(n),
        Hostname = $"node-{n}.example",
        Url = new URL
        {
            Scheme = "http",
            Address = new Address { Hostname = $"node-{n}.example", Ip = "10.0.0.7", Port = 5051 },
            Path = "/slave(1)",
        },
        Resources = { Resources.Parse("ports:[31000-32000];cpus:7.5;mem:30720;disk:102400").Allocate("web").ToProtobuf() },
        Attributes = { AttributeParser.Parse("rack:r1;zone:eu-1a;kernel:6.1") },
        AllocationInfo = new Resource.Types.AllocationInfo { Role = "web" },
    };

    private static TaskInfo TaskOf(int n) => new()
    {
        Name = "web",
        TaskId = new TaskID { Value = $"web.{n}" },
        AgentId = Agent(3),
        Resources = { Resources.Parse($"cpus:0.1;mem:64;ports:[{31000 + n}-{31000 + n}]").Allocate("web").ToProtobuf() },
        Command = new CommandInfo
        {
            Shell = true,
            Value = "exec python3 -m http.server $PORT0",
            Environment = new Environment { Variables = { new Environment.Types.Variable { Name = "PORT0", Value = $"{31000 + n}" } } },
        },
        Container = new ContainerInfo
        {
            Type = ContainerInfo.Types.Type.Docker,
            Docker = new ContainerInfo.Types.DockerInfo { Image = "python:3", Network = ContainerInfo.Types.DockerInfo.Types.Network.Host },
        },
        Labels = new Labels { Labels_ = { new Label { Key = "team", Value = "web" } } },
    };
}
