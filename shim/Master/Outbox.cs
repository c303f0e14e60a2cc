using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master.Frameworks;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Shim.Master;

/// <summary>Events for frameworks. What is sent to one that is away is lost, as in Mesos.</summary>
internal sealed class Outbox(Turn turn)
{
    public void Send(Framework framework, Event @event)
    {
        if (framework.Stream is { } stream)
        {
            turn.Add(new MasterEffect.Send(stream, @event));
        }
    }

    public void Update(Framework framework, TaskStatus status) =>
        Send(framework, new Event { Type = Event.Types.Type.Update, Update = new Event.Types.Update { Status = status } });

    public void Rescind(Framework framework, OfferId offer) =>
        Send(framework, new Event
        {
            Type = Event.Types.Type.Rescind,
            Rescind = new Event.Types.Rescind { OfferId = new OfferID { Value = offer.Value } },
        });

    public void RescindInverse(Framework framework, OfferId inverseOffer) =>
        Send(framework, new Event
        {
            Type = Event.Types.Type.RescindInverseOffer,
            RescindInverseOffer = new Event.Types.RescindInverseOffer { InverseOfferId = new OfferID { Value = inverseOffer.Value } },
        });

    public void AgentFailed(Framework framework, AgentId agent) =>
        Send(framework, new Event
        {
            Type = Event.Types.Type.Failure,
            Failure = new Event.Types.Failure { AgentId = new AgentID { Value = agent.Value } },
        });

    /// <param name="status">The executor's wait status.</param>
    public void ExecutorExited(Framework framework, AgentId agent, ExecutorID executor, int status) =>
        Send(framework, new Event
        {
            Type = Event.Types.Type.Failure,
            Failure = new Event.Types.Failure { AgentId = new AgentID { Value = agent.Value }, ExecutorId = executor, Status = status },
        });

    public void Operation(Framework framework, OperationStatus status) =>
        Send(framework, new Event
        {
            Type = Event.Types.Type.UpdateOperationStatus,
            UpdateOperationStatus = new Event.Types.UpdateOperationStatus { Status = status },
        });

    public void Heartbeat(Framework framework) => Send(framework, new Event { Type = Event.Types.Type.Heartbeat });

    /// <summary>Says why, then ends the stream: nothing may follow an ERROR.</summary>
    public void Refuse(StreamId stream, string message)
    {
        turn.Add(new MasterEffect.Send(stream, new Event
        {
            Type = Event.Types.Type.Error,
            Error = new Event.Types.Error { Message = message },
        }));
        turn.Add(new MasterEffect.CloseStream(stream));
    }
}
