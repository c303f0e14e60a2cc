using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Simulation.Time;

namespace MesosK8sBridge.Simulation.Bridges;

/// <summary>
/// In place of the HTTP endpoint: streams and calls with the time they take. What a killed process had not handed to the network
/// is lost.
/// </summary>
internal sealed class FrontEnd(World world, VirtualProcess process, Func<bool> isRecovered, Action<MasterInput> post, Random random) : IEffectPerformer
{
    private readonly Dictionary<StreamId, Connection> _streams = [];
    private readonly Dictionary<RequestId, Action<SchedulerAnswer?>> _requests = [];
    private long _requested;

    /// <summary>Calls that the master has not answered.</summary>
    public int Unanswered => _requests.Count;

    /// <summary>Opens a stream; <paramref name="opened"/> hears null if there is nobody, or the status of a refusal.</summary>
    public void Subscribe(Call call, Action<Connection?, int> opened, Connection connection)
    {
        world.After(Latency(), () =>
        {
            if (process.IsDead || process.IsStopped)
            {
                world.After(process.IsStopped ? TimeSpan.FromSeconds(10) : Latency(), () => opened(null, 0));
                return;
            }

            if (!isRecovered())
            {
                world.After(Latency(), () => opened(null, 503));
                return;
            }

            _streams.Add(connection.Stream, connection);
            world.After(Latency(), () => opened(connection, 200));
            process.Run(() => post(new MasterInput.Subscribe(connection.Stream, call.Subscribe, Principal: null)));
        });
    }

    /// <param name="answered">Null if nobody answers.</param>
    public void Send(Call call, string? stream, DateTimeOffset notBefore, Action<SchedulerAnswer?> answered)
    {
        world.At(notBefore, () =>
        {
            if (process.IsDead || process.IsStopped)
            {
                world.After(Latency(), () => answered(null));
                return;
            }

            if (!isRecovered())
            {
                world.After(Latency(), () => answered(SchedulerAnswer.Unavailable("Master has not finished recovery")));
                return;
            }

            var request = new RequestId(++_requested);
            _requests.Add(request, answered);
            process.Run(() => post(new MasterInput.SchedulerCall(request, call, stream, Principal: null)));
        });
    }

    /// <summary>The framework has closed a stream, or its machine has gone.</summary>
    public void ClosedByPeer(Connection connection, TimeSpan noticedAfter) =>
        world.After(noticedAfter, () =>
        {
            if (_streams.Remove(connection.Stream))
            {
                process.Run(() => post(new MasterInput.StreamClosed(connection.Stream)));
            }
        });

    public void Perform(MasterEffect effect)
    {
        switch (effect)
        {
            case MasterEffect.Answer answer when _requests.Remove(answer.Request, out var answered):
                world.After(Latency(), () => answered(process.IsDead ? null : answer.Value));
                break;
            case MasterEffect.Send send when _streams.TryGetValue(send.Stream, out var connection):
                connection.Carry(send.Event);
                break;
            case MasterEffect.CloseStream close when _streams.Remove(close.Stream, out var closing):
                closing.Carry(null);
                break;
        }
    }

    /// <summary>The process is dead: connections break, and what was still in its buffers goes with them.</summary>
    public void Die()
    {
        foreach (var connection in _streams.Values)
        {
            connection.Break();
        }

        foreach (var answered in _requests.Values)
        {
            world.After(Latency(), () => answered(null));
        }

        _streams.Clear();
        _requests.Clear();
    }

    private TimeSpan Latency() => random.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(20));
}

/// <summary>One event stream: events arrive in order, each a moment after it was sent.</summary>
internal sealed class Connection(World world, StreamId stream, Random random, Action<Event> received, Action closed)
{
    private DateTimeOffset _last = world.Now;
    private int _carried;
    private int _arrived;
    private int _cutAfter = int.MaxValue;
    private bool _isClosed;

    public StreamId Stream { get; } = stream;

    /// <summary>The end of the stream, for null.</summary>
    public void Carry(Event? @event)
    {
        _carried++;
        var due = world.Now + random.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(30));
        _last = due = due > _last ? due : _last;
        world.At(due, () => Arrive(@event));
    }

    public void Break()
    {
        _cutAfter = _arrived + random.Next(_carried - _arrived + 1);
        world.After(random.Between(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(100)), Close);
    }

    /// <summary>Nothing more is heard.</summary>
    public void Abandon() => _isClosed = true;

    private void Arrive(Event? @event)
    {
        if (_isClosed || _arrived >= _cutAfter)
        {
            return;
        }

        _arrived++;
        if (@event is null)
        {
            Close();
        }
        else
        {
            received(@event);
        }
    }

    private void Close()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            closed();
        }
    }
}
