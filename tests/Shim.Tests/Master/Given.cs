using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master;
using Attribute = MesosK8sBridge.Protocol.V1.Attribute;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Shim.Tests.Master;

/// <summary>Short ways to write down what masters are told.</summary>
internal static class Given
{
    public static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static MasterInfo MasterInfo => new()
    {
        Id = "M",
        Ip = 16777343,
        Port = 5050,
        Pid = "master@127.0.0.1:5050",
        Hostname = "127.0.0.1",
        Version = "1.12.0",
    };

    /// <param name="text">As in <c>cpus:2;mem:4096;ports:31000-32000</c>; <c>name(role):n</c> is a static reservation.</param>
    public static ImmutableArray<Resource> Resources(string text) =>
        [.. text.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(Resource)];

    public static Resource Resource(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = text[..colon];
        var value = text[(colon + 1)..];
        var resource = new Resource();
        if (name.IndexOf('(', StringComparison.Ordinal) is var open and > 0)
        {
            resource.Reservations.Add(new Resource.Types.ReservationInfo
            {
                Type = Protocol.V1.Resource.Types.ReservationInfo.Types.Type.Static,
                Role = name[(open + 1)..^1],
            });
            name = name[..open];
        }

        resource.Name = name;
        if (name == "ports")
        {
            resource.Type = Value.Types.Type.Ranges;
            resource.Ranges = new Value.Types.Ranges();
            foreach (var range in value.Split(','))
            {
                var ends = range.Split('-').Select(ulong.Parse).ToArray();
                resource.Ranges.Range.Add(new Value.Types.Range { Begin = ends[0], End = ends[^1] });
            }
        }
        else
        {
            resource.Type = Value.Types.Type.Scalar;
            resource.Scalar = new Value.Types.Scalar { Value = double.Parse(value, CultureInfo.InvariantCulture) };
        }

        return resource;
    }

    public static Agent Agent(
        string id = "a1",
        string resources = "ports:31000-32000;cpus:2;mem:4096;disk:4096",
        bool schedulable = true,
        string? rack = null,
        string? label = null,
        string? region = null) => new(
            new AgentId(id),
            $"{id}.example",
            "10.0.0.1",
            5051,
            Resources(resources),
            rack is null ? [] : [new Attribute { Name = "rack", Type = Value.Types.Type.Text, Text = new Value.Types.Text { Value = rack } }],
            region is null ? null : Domain(region),
            label is null ? ImmutableSortedDictionary<string, string>.Empty : ImmutableSortedDictionary<string, string>.Empty.Add("pool", label),
            schedulable);

    public static DomainInfo Domain(string region) => new()
    {
        FaultDomain = new DomainInfo.Types.FaultDomain
        {
            Region = new DomainInfo.Types.FaultDomain.Types.RegionInfo { Name = region },
            Zone = new DomainInfo.Types.FaultDomain.Types.ZoneInfo { Name = "z" },
        },
    };

    public static FrameworkInfo Framework(string name = "web", params string[] capabilities)
    {
        var info = new FrameworkInfo { User = "root", Name = name };
        foreach (var capability in capabilities)
        {
            info.Capabilities.Add(new FrameworkInfo.Types.Capability
            {
                Type = Enum.Parse<FrameworkInfo.Types.Capability.Types.Type>(Pascal(capability)),
            });
        }

        return info;
    }

    public static TaskInfo Task(string id, string resources = "cpus:1;mem:128", string agent = "a1")
    {
        var task = new TaskInfo
        {
            Name = id,
            TaskId = new TaskID { Value = id },
            AgentId = new AgentID { Value = agent },
            Command = new CommandInfo { Value = "sleep 1" },
        };
        task.Resources.AddRange(Resources(resources));
        return task;
    }

    /// <param name="text"><c>RUNNING:u1</c>: the state and a short name for the uuid.</param>
    public static TaskStatus Status(string text)
    {
        var parts = text.Split(':');
        return new TaskStatus
        {
            TaskId = new TaskID { Value = "?" },
            State = Enum.Parse<TaskState>(Pascal("TASK_" + parts[0])),
            Source = TaskStatus.Types.Source.Executor,
            Uuid = Uuid(parts[1]),
        };
    }

    public static ByteString Uuid(string name) => ByteString.CopyFrom(Encoding.ASCII.GetBytes(name.PadRight(16, '.')));

    public static StreamId Stream(string name) => new(new Guid(Encoding.ASCII.GetBytes(name.PadRight(16, '.')), bigEndian: true));

    /// <returns>The short name under which a stream was made.</returns>
    public static string NameOf(StreamId stream) => Encoding.ASCII.GetString(stream.Value.ToByteArray(bigEndian: true)).TrimEnd('.');

    public static string Pascal(string upper) =>
        string.Concat(upper.Split('_').Select(word => word[..1] + word[1..].ToLowerInvariant()));
}
