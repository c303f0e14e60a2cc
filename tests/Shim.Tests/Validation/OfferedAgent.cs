using System.Collections.Immutable;
using System.Text;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Tests.Master;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;

namespace MesosK8sBridge.Shim.Tests.Validation;

/// <summary>A master with one agent, all of which is offered to one framework.</summary>
internal sealed class OfferedAgent
{
    private readonly MesosMaster _master =
        new(new MasterOptions { Admission = Admission.Open }, Given.MasterInfo, new Random(1));

    private readonly FrameworkID _framework;
    private DateTimeOffset _now = Given.T0;
    private ImmutableArray<OfferID> _offers = [];

    public OfferedAgent(FrameworkInfo framework, IEnumerable<Resource> resources)
    {
        Send(new MasterInput.RecoveryCompleted());
        Send(new MasterInput.AgentObserved(Given.Agent() with { Total = [.. resources] }));
        var events = Send(new MasterInput.Subscribe(Given.Stream("s"), new Call.Types.Subscribe { FrameworkInfo = framework }, null));
        _framework = events.First(e => e.Subscribed is not null).Subscribed.FrameworkId;
    }

    /// <summary>Accepts all that is offered.</summary>
    /// <returns>What the framework is told about its tasks and operations.</returns>
    public IReadOnlyList<string> Accept(params IEnumerable<Operation> operations)
    {
        var accept = new Call.Types.Accept { OfferIds = { _offers }, Filters = new Filters { RefuseSeconds = 0 } };
        accept.Operations.AddRange(operations);
        var events = Call(new Call { Type = Protocol.V1.Scheduler.Call.Types.Type.Accept, Accept = accept });
        Pass(TimeSpan.FromSeconds(1));
        return [.. events.Select(Told).OfType<string>()];
    }

    public void Make(AgentId unreachable) => Send(new MasterInput.AgentUnreachable(unreachable, _now));

    /// <summary>Another agent, a2, which is offered.</summary>
    public void MeetAnother()
    {
        Send(new MasterInput.AgentObserved(Given.Agent("a2")));
        Pass(TimeSpan.FromSeconds(1));
    }

    private static string? Told(Event @event) => @event switch
    {
        { Update.Status: { } task } => $"{MesosName(task.State)} {MesosName(task.Reason)} {task.Message}",
        { UpdateOperationStatus.Status: { } operation } => $"{MesosName(operation.State)} {operation.Message}",
        _ => null,
    };

    private static string MesosName<T>(T value)
        where T : struct, Enum =>
        string.Concat(value.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? "_" + c : char.ToUpperInvariant(c).ToString()));

    private List<Event> Call(Call call)
    {
        call.FrameworkId = _framework;
        return Send(new MasterInput.SchedulerCall(new RequestId(1), call, Given.Stream("s").ToString(), null));
    }

    private void Pass(TimeSpan time)
    {
        _now += time;
        Send(new MasterInput.Tick());
    }

    private List<Event> Send(MasterInput input)
    {
        var events = _master.Handle(input, _now).OfType<MasterEffect.Send>().Select(s => s.Event).ToList();
        foreach (var offers in events.Where(e => e.Offers is not null))
        {
            _offers = [.. offers.Offers.Offers_.Select(o => o.Id)];
        }

        return events;
    }

    public static FrameworkInfo Framework(string json) => MesosJson.Parse<FrameworkInfo>(Encoding.UTF8.GetBytes(json));
}
