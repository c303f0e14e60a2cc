using Google.Protobuf;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Simulation.Cluster;
using CallType = MesosK8sBridge.Protocol.V1.Scheduler.Call.Types.Type;
using Capability = MesosK8sBridge.Protocol.V1.FrameworkInfo.Types.Capability;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Simulation.Schedulers;

/// <summary>What a framework writes.</summary>
internal static class Messages
{
    public static FrameworkInfo Framework(string name, string? id, Manner manner)
    {
        var info = new FrameworkInfo { Name = name, User = "root", FailoverTimeout = manner.FailoverTimeout.TotalSeconds };
        if (id is not null)
        {
            info.Id = new FrameworkID { Value = id };
        }

        if (manner.PartitionAware)
        {
            info.Capabilities.Add(new Capability { Type = Capability.Types.Type.PartitionAware });
        }

        if (manner.TaskKillingState)
        {
            info.Capabilities.Add(new Capability { Type = Capability.Types.Type.TaskKillingState });
        }

        if (manner.MultiRole)
        {
            info.Capabilities.Add(new Capability { Type = Capability.Types.Type.MultiRole });
            info.Roles.AddRange([$"{name}-a", $"{name}-b"]);
        }
        else
        {
            info.Role = name;
        }

        return info;
    }

    public static Call Subscribe(FrameworkInfo info)
    {
        var call = new Call { Type = CallType.Subscribe, Subscribe = new Call.Types.Subscribe { FrameworkInfo = info } };
        if (info.Id is not null)
        {
            call.FrameworkId = info.Id.Clone();
        }

        return call;
    }

    public static Call Acknowledge(TaskStatus status, ByteString uuid) => new()
    {
        Type = CallType.Acknowledge,
        Acknowledge = new Call.Types.Acknowledge { AgentId = status.AgentId.Clone(), TaskId = status.TaskId.Clone(), Uuid = uuid },
    };

    public static Call Kill(string task, string? agent)
    {
        var call = new Call { Type = CallType.Kill, Kill = new Call.Types.Kill { TaskId = new TaskID { Value = task } } };
        if (agent is not null)
        {
            call.Kill.AgentId = new AgentID { Value = agent };
        }

        return call;
    }

    public static Call Reconcile(IEnumerable<(string Task, string? Agent)> tasks)
    {
        var call = new Call { Type = CallType.Reconcile, Reconcile = new Call.Types.Reconcile() };
        foreach (var (task, agent) in tasks)
        {
            var asked = new Call.Types.Reconcile.Types.Task { TaskId = new TaskID { Value = task } };
            if (agent is not null)
            {
                asked.AgentId = new AgentID { Value = agent };
            }

            call.Reconcile.Tasks.Add(asked);
        }

        return call;
    }

    public static Call Decline(IEnumerable<OfferID> offers, double seconds)
    {
        var call = new Call
        {
            Type = CallType.Decline,
            Decline = new Call.Types.Decline { Filters = new Filters { RefuseSeconds = seconds } },
        };
        call.Decline.OfferIds.AddRange(offers.Select(id => id.Clone()));
        return call;
    }

    public static Call Accept(OfferID offer, IEnumerable<Operation> operations, double seconds)
    {
        var call = new Call
        {
            Type = CallType.Accept,
            Accept = new Call.Types.Accept { Filters = new Filters { RefuseSeconds = seconds } },
        };
        call.Accept.OfferIds.Add(offer.Clone());
        call.Accept.Operations.AddRange(operations);
        return call;
    }

    public static Call Simple(CallType type) => new() { Type = type };

    public static TaskInfo Task(string id, AgentID agent, Conduct conduct, double cpus, double mem)
    {
        var task = new TaskInfo
        {
            Name = id,
            TaskId = new TaskID { Value = id },
            AgentId = agent.Clone(),
            Command = new CommandInfo { Value = conduct.Command },
        };
        task.Resources.AddRange([Scalar("cpus", cpus), Scalar("mem", mem)]);
        return task;
    }

    public static Operation Launch(TaskInfo task) => new()
    {
        Type = Operation.Types.Type.Launch,
        Launch = new Operation.Types.Launch { TaskInfos = { task } },
    };

    public static Operation LaunchGroup(string executor, string framework, IEnumerable<TaskInfo> tasks)
    {
        var info = new ExecutorInfo
        {
            Type = ExecutorInfo.Types.Type.Default,
            ExecutorId = new ExecutorID { Value = executor },
            FrameworkId = new FrameworkID { Value = framework },
        };
        info.Resources.AddRange([Scalar("cpus", 0.1), Scalar("mem", 32), Scalar("disk", 10)]);
        var group = new TaskGroupInfo();
        group.Tasks.AddRange(tasks);
        return new Operation
        {
            Type = Operation.Types.Type.LaunchGroup,
            LaunchGroup = new Operation.Types.LaunchGroup { Executor = info, TaskGroup = group },
        };
    }

    public static double Amount(Offer offer, string name) => offer.Resources.Where(r => r.Name == name).Sum(r => r.Scalar?.Value ?? 0);

    private static Resource Scalar(string name, double amount) => new()
    {
        Name = name, Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = amount },
    };
}
