using System.Globalization;
using Google.Protobuf;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Operator.Tests.Execute;

/// <summary>What a master says, in few words.</summary>
internal static class Story
{
    public static readonly DateTimeOffset T0 = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public static Event Subscribed(string id = "f-1") => new()
    {
        Type = Event.Types.Type.Subscribed,
        Subscribed = new() { FrameworkId = new() { Value = id }, HeartbeatIntervalSeconds = 15 },
    };

    public static Event Heartbeat() => new() { Type = Event.Types.Type.Heartbeat };

    public static Event Error(string message) => new() { Type = Event.Types.Type.Error, Error = new() { Message = message } };

    /// <summary>Offers like <c>"o1 agent-1 cpus:2;mem:512"</c>.</summary>
    public static Event Offers(params string[] offers) => new()
    {
        Type = Event.Types.Type.Offers,
        Offers = new() { Offers_ = { offers.Select(Offer) } },
    };

    public static Offer Offer(string text)
    {
        var words = text.Split(' ');
        return new Offer
        {
            Id = new() { Value = words[0] },
            FrameworkId = new() { Value = "f-1" },
            AgentId = new() { Value = words[1] },
            Hostname = $"{words[1]}.example",
            Resources = { Resources.Parse(words[2]).ToProtobuf() },
        };
    }

    /// <param name="number">Makes the uuid; 0: none, as in answers and updates of the master itself.</param>
    public static Event Update(string task, TaskState state, int number = 0, TaskStatus.Types.Reason? reason = null)
    {
        var status = new TaskStatus { TaskId = new() { Value = task }, AgentId = new() { Value = "agent-1" }, State = state };
        if (number > 0)
        {
            status.Uuid = Uuid(number);
        }

        if (reason is not null)
        {
            status.Reason = reason.Value;
        }

        return new() { Type = Event.Types.Type.Update, Update = new() { Status = status } };
    }

    public static ByteString Uuid(int number) => ByteString.CopyFrom([.. Enumerable.Repeat((byte)number, 16)]);

    public static Workload Command(string id, string resources = "cpus:1;mem:128", TimeSpan? killAfter = null) =>
        new([Task(id, resources)], Executor: null, killAfter);

    public static TaskInfo Task(string id, string resources) => new()
    {
        Name = id,
        TaskId = new() { Value = id },
        Resources = { Resources.Parse(resources).ToProtobuf() },
        Command = new() { Value = "true" },
    };

    public static string Show(Resource resource) => resource.Ranges is null
        ? string.Create(CultureInfo.InvariantCulture, $"{resource.Name}:{resource.Scalar.Value}")
        : $"{resource.Name}:[{string.Join(",", resource.Ranges.Range.Select(range => $"{range.Begin}-{range.End}"))}]";
}
