using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Simulation.Bridges;
using MesosK8sBridge.Simulation.Time;

namespace MesosK8sBridge.Simulation.Audit;

/// <summary>
/// Keeps account of processors by what passes in and out of the master alone, and not by what it says of itself: what is offered
/// must be there, and must not be in another offer or in use.
/// </summary>
internal sealed class OfferLedger(World world, Chronicle chronicle)
{
    /// <summary>What has just shrunk may have been in an offer that was already under way.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, AgentAccount> _agents = [];
    private readonly Dictionary<string, (string Agent, double Cpus, StreamId Stream)> _offers = [];
    private readonly Dictionary<TaskKey, (string Agent, double Cpus)> _tasks = [];
    private readonly Dictionary<StreamId, string> _frameworks = [];

    /// <summary>Should one of these turn up again, as by an event that comes late, the master ends it and charges nobody for it.</summary>
    private readonly HashSet<TaskKey> _ended = [];

    private SimBridge? _bridge;

    public void Heard(SimBridge bridge, MasterInput input)
    {
        if (!IsOfLeader(bridge))
        {
            return;
        }

        switch (input)
        {
            case MasterInput.AgentObserved observed:
                AccountOf(observed.Agent.Id.Value).Set(Cpus(observed.Agent.Total), world.Now);
                break;
            case MasterInput.TaskRecovered recovered when !recovered.Statuses.Any(s => Work.RankOf(s.State) == 4) && !_ended.Contains(KeyOf(recovered)):
                Use(KeyOf(recovered), recovered.AgentId.Value, Cpus(recovered.Task.Resources));
                break;
            case MasterInput.TaskObserved observed when observed.Statuses.Any(s => Work.RankOf(s.State) == 4):
                End(observed.Task);
                break;
            case MasterInput.TaskVanished vanished:
                End(vanished.Task);
                break;
            case MasterInput.LaunchRefused refused:
                End(refused.Task);
                break;
            case MasterInput.AgentRemoved removed:
                _agents.Remove(removed.Agent.Value);
                break;
            case MasterInput.SchedulerCall { Call: { } call }:
                foreach (var id in (call.Accept?.OfferIds ?? []).Concat(call.Decline?.OfferIds ?? []))
                {
                    EndOffer(id.Value);
                }

                break;
            case MasterInput.StreamClosed closed:
                EndOffers(stream => stream == closed.Stream);
                break;
        }
    }

    public void Done(SimBridge bridge, MasterEffect effect)
    {
        if (!IsOfLeader(bridge))
        {
            return;
        }

        switch (effect)
        {
            case MasterEffect.Launch launch:
                foreach (var task in launch.Tasks)
                {
                    Use(new TaskKey(launch.FrameworkId, new TaskId(task.TaskId.Value)), launch.Agent.Id.Value, Cpus(task.Resources));
                }

                break;
            case MasterEffect.Send { Event.Rescind: { } rescind }:
                EndOffer(rescind.OfferId.Value);
                break;
            case MasterEffect.Send { Event.Subscribed: { } subscribed } send:
                var id = subscribed.FrameworkId.Value;
                EndOffers(stream => _frameworks.GetValueOrDefault(stream) == id);
                _frameworks[send.Stream] = id;
                break;
            case MasterEffect.CloseStream closed:
                EndOffers(stream => stream == closed.Stream);
                _frameworks.Remove(closed.Stream);
                break;
            case MasterEffect.Send { Event.Offers: { } offers } send:
                Made(send.Stream, offers);
                break;
        }
    }

    private void Made(StreamId stream, Event.Types.Offers offers)
    {
        foreach (var offer in offers.Offers_)
        {
            var (account, cpus) = (AccountOf(offer.AgentId.Value), Cpus(offer.Resources));
            _offers[offer.Id.Value] = (offer.AgentId.Value, cpus, stream);
            account.Offered += cpus;
            if (cpus > 0 && account.Offered + account.Used > account.MostLately(world.Now, Settling) + 0.001)
            {
                chronicle.Violated(
                    "no resource is offered twice",
                    $"agent {offer.AgentId.Value}: {account.Offered:0.###} cpus offered and {account.Used:0.###} in use, of {account.Total}",
                    offer.AgentId.Value);
            }
        }
    }

    /// <summary>A new bridge begins with an empty book.</summary>
    private bool IsOfLeader(SimBridge bridge)
    {
        if (_bridge is null || bridge.Number > _bridge.Number)
        {
            _bridge = bridge;
            _agents.Clear();
            _offers.Clear();
            _tasks.Clear();
            _frameworks.Clear();
            _ended.Clear();
        }

        return bridge == _bridge;
    }

    private AgentAccount AccountOf(string agent)
    {
        if (!_agents.TryGetValue(agent, out var account))
        {
            _agents.Add(agent, account = new AgentAccount());
        }

        return account;
    }

    private static TaskKey KeyOf(MasterInput.TaskRecovered recovered) => new(recovered.Framework, new TaskId(recovered.Task.TaskId.Value));

    private void Use(TaskKey task, string agent, double cpus)
    {
        Free(task);
        _ended.Remove(task);
        _tasks[task] = (agent, cpus);
        AccountOf(agent).Used += cpus;
    }

    private void End(TaskKey task)
    {
        Free(task);
        _ended.Add(task);
    }

    private void Free(TaskKey task)
    {
        if (_tasks.Remove(task, out var held) && _agents.TryGetValue(held.Agent, out var account))
        {
            account.Used -= held.Cpus;
        }
    }

    private void EndOffer(string id)
    {
        if (_offers.Remove(id, out var offer) && _agents.TryGetValue(offer.Agent, out var account))
        {
            account.Offered -= offer.Cpus;
        }
    }

    private void EndOffers(Func<StreamId, bool> of)
    {
        foreach (var (id, _) in _offers.Where(offer => of(offer.Value.Stream)).ToList())
        {
            EndOffer(id);
        }
    }

    private static double Cpus(IEnumerable<Resource> resources) => resources.Where(r => r.Name == "cpus").Sum(r => r.Scalar.Value);

    private sealed class AgentAccount
    {
        private double _before;
        private DateTimeOffset _changed;

        public double Total { get; private set; }

        public double Offered { get; set; }

        public double Used { get; set; }

        public void Set(double total, DateTimeOffset now)
        {
            if (total != Total)
            {
                (_before, Total, _changed) = (Total, total, now);
            }
        }

        public double MostLately(DateTimeOffset now, TimeSpan lately) => now - _changed <= lately ? Math.Max(_before, Total) : Total;
    }
}
