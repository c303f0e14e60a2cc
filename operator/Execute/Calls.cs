using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Operator.Execute;

/// <summary>The scheduler calls of one framework.</summary>
internal static class Calls
{
    public static Call Subscribe(FrameworkInfo framework)
    {
        var call = new Call { Type = Call.Types.Type.Subscribe, Subscribe = new() { FrameworkInfo = framework.Clone() } };
        if (framework.Id is not null)
        {
            call.FrameworkId = framework.Id.Clone();
        }

        return call;
    }

    public static Call Accept(FrameworkID framework, Offer offer, IEnumerable<Offer.Types.Operation> operations) => new()
    {
        FrameworkId = framework,
        Type = Call.Types.Type.Accept,
        Accept = new() { OfferIds = { offer.Id }, Operations = { operations } },
    };

    public static Call Decline(FrameworkID framework, IEnumerable<OfferID> offers, TimeSpan refuse) => new()
    {
        FrameworkId = framework,
        Type = Call.Types.Type.Decline,
        Decline = new() { OfferIds = { offers }, Filters = new() { RefuseSeconds = refuse.TotalSeconds } },
    };

    public static Call Revive(FrameworkID framework) => new() { FrameworkId = framework, Type = Call.Types.Type.Revive };

    public static Call Suppress(FrameworkID framework) => new() { FrameworkId = framework, Type = Call.Types.Type.Suppress };

    public static Call Teardown(FrameworkID framework) => new() { FrameworkId = framework, Type = Call.Types.Type.Teardown };

    public static Call Acknowledge(FrameworkID framework, TaskStatus status) => new()
    {
        FrameworkId = framework,
        Type = Call.Types.Type.Acknowledge,
        Acknowledge = new() { AgentId = status.AgentId, TaskId = status.TaskId, Uuid = status.Uuid },
    };

    public static Call Kill(FrameworkID framework, TrackedTask task)
    {
        var call = new Call { FrameworkId = framework, Type = Call.Types.Type.Kill, Kill = new() { TaskId = task.Template.TaskId } };
        if (task.Agent is not null)
        {
            call.Kill.AgentId = task.Agent;
        }

        return call;
    }

    public static Call Reconcile(FrameworkID framework, IEnumerable<TrackedTask> tasks) => new()
    {
        FrameworkId = framework,
        Type = Call.Types.Type.Reconcile,
        Reconcile = new()
        {
            Tasks = { tasks.Select(task => new Call.Types.Reconcile.Types.Task { TaskId = task.Template.TaskId, AgentId = task.Agent }) },
        },
    };
}
