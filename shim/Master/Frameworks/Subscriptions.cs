using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Offers;
using MesosK8sBridge.Shim.Master.Tasks;
using MesosK8sBridge.Shim.Master.Timing;
using MesosK8sBridge.Shim.Master.Validation;

namespace MesosK8sBridge.Shim.Master.Frameworks;

/// <summary>SUBSCRIBE and what keeps a subscription alive.</summary>
/// <remarks>Mesos: src/master/master.cpp, Master::subscribe and Master::_subscribe; src/common/heartbeater.hpp.</remarks>
internal sealed class Subscriptions(
    Turn turn,
    Deadlines deadlines,
    Outbox outbox,
    FrameworkTable table,
    Admittance admittance,
    Presence presence,
    IAllocator allocator,
    OfferBook offers,
    InverseOfferBook inverseOffers,
    StatusUpdates updates,
    RecoveredTasks recovered,
    MasterInfo master,
    MasterOptions options)
{
    private int _nextId;

    public void Subscribe(MasterInput.Subscribe input)
    {
        var info = input.Call.FrameworkInfo.Clone();
        if (input.Principal is { } principal && !info.HasPrincipal)
        {
            info.Principal = principal;
        }

        if (Check(info, input.Call, out var policy, out var constraints) is { } error)
        {
            outbox.Refuse(input.Stream, error);
            return;
        }

        var known = string.IsNullOrEmpty(info.Id?.Value) ? null : table.Find(new FrameworkId(info.Id.Value));
        var framework = known is null ? Register(info) : Reconnect(known, info);
        framework.Policy = policy;
        framework.Constraints = constraints;
        framework.Admitted = true;
        Welcome(framework, input.Stream, input.Call.SuppressedRoles);
    }

    /// <summary>Everything that may be wrong, in Mesos' order; all of it ends in an ERROR event.</summary>
    private string? Check(FrameworkInfo info, Call.Types.Subscribe call, out FrameworkPolicy? policy, out AgentConstraints constraints)
    {
        policy = null;
        constraints = AgentConstraints.None;
        if (FrameworkInfoRules.Check(info) is { } error)
        {
            return error;
        }

        var id = new FrameworkId(info.Id?.Value ?? "");
        if (table.IsCompleted(id))
        {
            return "Framework has been removed";
        }

        var traits = new FrameworkTraits(info);
        error = FrameworkInfoRules.CheckSuppressed(traits, call.SuppressedRoles)
            ?? AgentConstraints.Parse(call.OfferConstraints, traits, out constraints);
        if (error is not null)
        {
            return error;
        }

        (policy, error) = admittance.Judge(info.Name, info.HasPrincipal ? info.Principal : null, traits);
        return error ?? (table.Find(id) is { } known ? FrameworkInfoRules.CheckPrincipalKept(known.Info, info) : null);
    }

    private Framework Register(FrameworkInfo info)
    {
        if (string.IsNullOrEmpty(info.Id?.Value))
        {
            info.Id = new FrameworkID { Value = NewId() };
        }

        var framework = new Framework(info, FrameworkPhase.Recovered, turn.Now);
        table.Add(framework);
        allocator.AddFramework(framework);
        recovered.HandTo(framework);
        return framework;
    }

    /// <summary>The newest stream wins. Offers of the one before end without a RESCIND: their holder is gone.</summary>
    private Framework Reconnect(Framework framework, FrameworkInfo info)
    {
        if (framework.Stream is { } old)
        {
            outbox.Refuse(old, "Framework failed over");
            deadlines.Cancel(framework.Heartbeat);
            table.Release(framework);
        }

        offers.TakeBackAll(framework);
        inverseOffers.Withdraw(framework);
        presence.StopWaiting(framework);
        info.User = framework.Info.User;
        info.Checkpoint = framework.Info.Checkpoint;
        framework.Update(info);
        return framework;
    }

    private void Welcome(Framework framework, StreamId stream, IReadOnlyCollection<string> suppressed)
    {
        var wasHere = framework.Connected;
        framework.ReregisteredAt = turn.Now;
        table.Attach(framework, stream);
        presence.Record(framework);
        outbox.Send(framework, Subscribed(framework));
        Beat(framework);
        updates.Resume(framework);
        inverseOffers.Look(framework);
        allocator.UpdateFramework(framework, suppressed);
        if (!wasHere)
        {
            allocator.Activate(framework);
        }
    }

    private void Beat(Framework framework)
    {
        outbox.Heartbeat(framework);
        framework.Heartbeat = deadlines.Set(turn.Now + options.HeartbeatInterval, () => Beat(framework));
    }

    private Event Subscribed(Framework framework) => new()
    {
        Type = Event.Types.Type.Subscribed,
        Subscribed = new Event.Types.Subscribed
        {
            FrameworkId = new FrameworkID { Value = framework.Id.Value },
            HeartbeatIntervalSeconds = options.HeartbeatInterval.TotalSeconds,
            MasterInfo = master,
        },
    };

    private string NewId()
    {
        string id;
        do
        {
            id = $"{master.Id}-{_nextId++:D4}";
        }
        while (table.Find(new FrameworkId(id)) is not null || table.IsCompleted(new FrameworkId(id)));

        return id;
    }
}
