using System.Collections.Immutable;
using Google.Protobuf;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Master.Snapshots;
using CallType = MesosK8sBridge.Protocol.V1.Scheduler.Call.Types.Type;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;

namespace MesosK8sBridge.Shim.Tests.Master;

/// <summary>A conversation with Apache Mesos 1.12.0 about a maintenance schedule, said again: same calls, same events, same sizes.</summary>
public sealed class MaintenanceTests
{
    private const string MasterId = "044e8175-0606-4349-81ae-955a0ca00477";
    private const string AgentName = MasterId + "-S0";
    private const string FrameworkName = MasterId + "-0000";

    private static readonly Unavailability Window = new()
    {
        Start = new TimeInfo { Nanoseconds = 1_795_303_121_000_000_000 },
        Duration = new DurationInfo { Nanoseconds = 3_600_000_000_000 },
    };

    private readonly MesosMaster _master = new(new MasterOptions { Admission = Admission.Open }, Info(), new Random(1));
    private DateTimeOffset _now = Given.T0;
    private long _request;

    [Fact]
    public void Inverse_offers_and_offers_with_unavailability_are_those_of_mesos_to_the_byte()
    {
        Subscribe();
        Call(CallType.Accept, call =>
        {
            var task = new TaskInfo
            {
                Name = "Sleeper Agent 0",
                TaskId = new TaskID { Value = "0" },
                AgentId = new AgentID { Value = AgentName },
                Command = new CommandInfo { Value = "while [ true ]; do echo ZZZzzz...; sleep 5; done" },
            };
            task.Resources.AddRange(Given.Resources("cpus:0.2;mem:32"));
            var launch = new Operation { Type = Operation.Types.Type.Launch, Launch = new Operation.Types.Launch() };
            launch.Launch.TaskInfos.Add(task);
            call.Accept = new Call.Types.Accept();
            call.Accept.OfferIds.Add(new OfferID { Value = MasterId + "-O0" });
            call.Accept.Operations.Add(launch);
        });

        Pass(TimeSpan.FromSeconds(4.5));
        var asked = Assert.Single(Events(Tell(new MasterInput.AgentObserved(Machine(Window)))));
        var accepted = Call(CallType.AcceptInverseOffers, call =>
        {
            call.AcceptInverseOffers = new Call.Types.AcceptInverseOffers();
            call.AcceptInverseOffers.InverseOfferIds.Add(new OfferID { Value = MasterId + "-O1" });
        });
        var offered = Assert.Single(Pass(TimeSpan.FromSeconds(4.5)));
        Call(CallType.Decline, call =>
        {
            call.Decline = new Call.Types.Decline { Filters = new Filters { RefuseSeconds = 600 } };
            call.Decline.OfferIds.Add(new OfferID { Value = MasterId + "-O2" });
        });
        var askedAgain = Assert.Single(Pass(TimeSpan.FromSeconds(1)));

        Assert.Equal(InverseOffer("O1"), asked);
        Assert.Equal(208, asked.CalculateSize());
        Assert.Empty(Events(accepted));
        Assert.Equal(Event.Types.Type.Offers, offered.Type);
        Assert.Equal(Window, offered.Offers.Offers_[0].Unavailability);
        Assert.Equal(304, offered.CalculateSize());
        Assert.Equal(InverseOffer("O3"), askedAgain);
        var said = Assert.Single(_master.Snapshot.Agents[0].Maintenance);
        Assert.Equal((FrameworkName, MaintenanceAnswer.Accepted), (said.Framework.Value, said.Answer));
        Assert.Equal(TimeSpan.FromSeconds(4.5), said.At - Given.T0);
    }

    private static Event InverseOffer(string id)
    {
        var offer = new InverseOffer
        {
            Id = new OfferID { Value = $"{MasterId}-{id}" },
            Url = new URL
            {
                Scheme = "http",
                Address = new Address { Hostname = "127.0.0.1", Ip = "127.0.0.1", Port = 5051 },
                Path = "/slave(1)",
            },
            FrameworkId = new FrameworkID { Value = FrameworkName },
            AgentId = new AgentID { Value = AgentName },
            Unavailability = Window,
        };
        var @event = new Event { Type = Event.Types.Type.InverseOffers, InverseOffers = new Event.Types.InverseOffers() };
        @event.InverseOffers.InverseOffers_.Add(offer);
        return @event;
    }

    private static MasterInfo Info()
    {
        var info = Given.MasterInfo;
        info.Id = MasterId;
        return info;
    }

    private static Agent Machine(Unavailability? window) =>
        Given.Agent(AgentName) with { Hostname = "127.0.0.1", Ip = "127.0.0.1", Unavailability = window };

    private void Subscribe()
    {
        Tell(new MasterInput.RecoveryCompleted());
        Tell(new MasterInput.AgentObserved(Machine(window: null)));
        var info = Given.Framework("Inverse Offer Framework (C++)", "RESERVATION_REFINEMENT");
        Tell(new MasterInput.Subscribe(Given.Stream("s"), new Call.Types.Subscribe { FrameworkInfo = info }, Principal: null));
    }

    private IReadOnlyList<MasterEffect> Call(CallType type, Action<Call> fill)
    {
        var call = new Call { Type = type, FrameworkId = new FrameworkID { Value = FrameworkName } };
        fill(call);
        return Tell(new MasterInput.SchedulerCall(new RequestId(++_request), call, Given.Stream("s").ToString(), Principal: null));
    }

    private ImmutableArray<Event> Pass(TimeSpan time)
    {
        var events = ImmutableArray.CreateBuilder<Event>();
        var until = _now + time;
        while (_master.NextDeadline is { } due && due <= until)
        {
            _now = due > _now ? due : _now;
            events.AddRange(Events(Tell(new MasterInput.Tick())));
        }

        _now = until;
        return events.ToImmutable();
    }

    private IReadOnlyList<MasterEffect> Tell(MasterInput input) => _master.Handle(input, _now);

    private static IEnumerable<Event> Events(IEnumerable<MasterEffect> effects) =>
        effects.OfType<MasterEffect.Send>().Select(s => s.Event).Where(e => e.Type != Event.Types.Type.Heartbeat);
}
