using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Offers;
using MesosK8sBridge.Shim.Master.Tasks;
using MesosK8sBridge.Shim.Master.Timing;

namespace MesosK8sBridge.Shim.Master.Frameworks;

/// <summary>A framework that goes away: for a while, or for good.</summary>
/// <remarks>Mesos: src/master/master.cpp, Master::exited, Master::frameworkFailoverTimeout and Master::removeFramework.</remarks>
internal sealed class Presence(
    Turn turn,
    Deadlines deadlines,
    FrameworkTable table,
    IAllocator allocator,
    OfferBook offers,
    InverseOfferBook inverseOffers,
    Orphans orphans,
    MasterOptions options)
{
    /// <summary>The stream is gone; the framework has its failover timeout to come back.</summary>
    public void Disconnect(Framework framework)
    {
        Withdraw(framework, FrameworkOccasion.StreamLost);
        Await(framework, turn.Now + FailoverTimeout(framework));
    }

    /// <summary>No rule admits it: it is kept away for as long as that is so, and its tasks go on.</summary>
    public void Ban(Framework framework)
    {
        if (framework.Connected)
        {
            Withdraw(framework, FrameworkOccasion.Banned);
        }

        framework.Admitted = false;
        framework.Policy = null;
        StopWaiting(framework);
        Record(framework);
    }

    /// <summary>Rules admit it again. Since it was not away by its own will, it has at least as long as after a master's failover.</summary>
    public void Readmit(Framework framework)
    {
        framework.Admitted = true;
        if (!framework.Connected)
        {
            Await(framework, turn.Now + Longer(FailoverTimeout(framework), options.ReregistrationTimeout));
        }
    }

    /// <summary>
    /// After a restart of the master. A deadline that is still to come holds; otherwise nobody can tell yet whether the framework
    /// is gone, and it has at least as long as Mesos gives agents.
    /// </summary>
    public void AwaitRecovered(Framework framework)
    {
        if (framework.FailoverDeadline is not { } recorded || recorded <= turn.Now)
        {
            Await(framework, turn.Now + Longer(FailoverTimeout(framework), options.ReregistrationTimeout));
            return;
        }

        SetTimer(framework, recorded);
    }

    public void StopWaiting(Framework framework)
    {
        deadlines.Cancel(framework.Failover);
        framework.Failover = null;
        framework.FailoverDeadline = null;
        framework.Changed();
    }

    /// <summary>For good: its tasks are ended, its id is not accepted again.</summary>
    public void Remove(Framework framework, FrameworkOccasion occasion)
    {
        var stream = framework.Stream;
        StopWaiting(framework);
        deadlines.Cancel(framework.Heartbeat);
        offers.TakeBackAll(framework);
        inverseOffers.Forget(framework);
        allocator.RemoveFramework(framework);
        table.Release(framework);
        framework.Complete(occasion);
        table.Retire(framework);
        if (stream is { } open)
        {
            turn.Add(new MasterEffect.CloseStream(open));
        }

        orphans.Adopt(framework);
        Record(framework);
    }

    public void Record(Framework framework) => turn.Add(new MasterEffect.RecordFramework(framework.Registration));

    private void Withdraw(Framework framework, FrameworkOccasion occasion)
    {
        deadlines.Cancel(framework.Heartbeat);
        table.Release(framework);
        framework.Detach(occasion);
        offers.TakeBackAll(framework);
        inverseOffers.Withdraw(framework);
        allocator.Deactivate(framework);
    }

    private void Await(Framework framework, DateTimeOffset deadline)
    {
        SetTimer(framework, deadline);
        Record(framework);
    }

    private void SetTimer(Framework framework, DateTimeOffset deadline)
    {
        deadlines.Cancel(framework.Failover);
        framework.FailoverDeadline = deadline;
        framework.Failover = deadlines.Set(deadline, () => Remove(framework, FrameworkOccasion.TimedOut));
        framework.Changed();
    }

    /// <summary>At most 292 years, which no clock here can overflow; a negative one is none.</summary>
    private static TimeSpan FailoverTimeout(Framework framework) =>
        TimeSpan.FromSeconds(Math.Clamp(framework.Info.FailoverTimeout, 0, 9_223_372_036));

    private static TimeSpan Longer(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
