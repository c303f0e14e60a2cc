using Google.Protobuf;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Simulation.Audit;
using MesosK8sBridge.Simulation.Bridges;
using MesosK8sBridge.Simulation.Cluster;
using MesosK8sBridge.Simulation.Time;
using CallType = MesosK8sBridge.Protocol.V1.Scheduler.Call.Types.Type;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Simulation.Schedulers;

/// <summary>
/// One framework: it subscribes, works with what it is offered, acknowledges, reconciles, leaves and returns; as well-mannered as
/// its <see cref="Manner"/>. It remembers all of its tasks, whatever happens to the bridge.
/// </summary>
internal sealed class SimFramework
{
    private readonly World _world;
    private readonly Random _random;
    private readonly Func<SimBridge?> _leader;
    private readonly Auditor _auditor;
    private readonly Chronicle _chronicle;
    private readonly List<Work> _alive = [];
    private readonly Dictionary<string, string> _executors = [];
    private SimBridge? _bridge;
    private Connection? _connection;
    private string? _id;
    private DateTimeOffset _nextCall = World.Beginning;
    private int _named;
    private int _wanted;
    private bool _isSuppressed;
    private bool _isConnecting;
    private bool _isAway;
    private bool _isSettling;

    public SimFramework(World world, string name, Manner manner, Func<SimBridge?> leader, Auditor auditor, Chronicle chronicle, Random random)
    {
        (_world, Name, Manner, _leader, _auditor, _chronicle, _random) = (world, name, manner, leader, auditor, chronicle, random);
        _world.After(random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(20)), Connect);
        _world.After(random.About(manner.JobEvery), WantMore);
        _world.After(manner.ReconcilesEvery, ReconcileNow);
        if (manner.LeavesEvery > TimeSpan.Zero)
        {
            _world.After(random.About(manner.LeavesEvery), LeaveForAWhile);
        }
    }

    public string Name { get; }

    public Manner Manner { get; }

    public bool IsConnected => _connection is not null && _id is not null;

    public bool HasWork => _alive.Count > 0;

    /// <summary>How many calls were refused, and how often.</summary>
    public int Refusals { get; private set; }

    // ---- here and away ----

    private void Connect()
    {
        if (_connection is not null || _isConnecting || _isAway)
        {
            return;
        }

        if (_leader() is not { Process.IsDead: false } bridge)
        {
            ConnectLater();
            return;
        }

        _isConnecting = true;
        Connection? opening = null;
        opening = new Connection(_world, new StreamId(_random.Guid()), _random, @event => Receive(opening!, @event), () => Closed(opening!));
        bridge.Front.Subscribe(Messages.Subscribe(Messages.Framework(Name, _id, Manner)), (opened, _) => Opened(bridge, opened), opening);
        _connection = null;
        _bridge = bridge;
        _opening = opening;
    }

    private Connection? _opening;

    private void Opened(SimBridge bridge, Connection? opened)
    {
        _isConnecting = false;
        if (opened is null)
        {
            ConnectLater();
        }
        else if (_isAway)
        {
            bridge.Front.ClosedByPeer(opened, TimeSpan.FromMilliseconds(50));
        }
    }

    private void ConnectLater() => _world.After(_random.Between(TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(5)), Connect);

    private void Closed(Connection connection)
    {
        if (connection == _connection || connection == _opening)
        {
            _connection = null;
            _opening = null;
            _isConnecting = false;
            ConnectLater();
        }
    }

    private void LeaveForAWhile()
    {
        if (_isSettling)
        {
            return;
        }

        _world.After(_random.About(Manner.LeavesEvery), LeaveForAWhile);
        Leave(_random.Is(0.8) ? _random.About(TimeSpan.FromMinutes(2)) : _random.About(TimeSpan.FromMinutes(30)));
    }

    /// <summary>Drops the connection; the bridge notices at once, or only after a while.</summary>
    public void Leave(TimeSpan away)
    {
        if (_connection is not { } connection || _isAway)
        {
            return;
        }

        _chronicle.Note($"{Name} goes away for {away.TotalSeconds:0} s");
        connection.Abandon();
        _bridge!.Front.ClosedByPeer(connection, _random.Is(0.7) ? TimeSpan.FromMilliseconds(20) : _random.Between(TimeSpan.Zero, TimeSpan.FromMinutes(2)));
        _connection = null;
        _opening = null;
        _isAway = true;
        _world.After(away, () =>
        {
            _isAway = false;
            Connect();
        });
    }

    // ---- work ----

    private void WantMore()
    {
        if (_isSettling)
        {
            return;
        }

        _world.After(_random.About(Manner.JobEvery), WantMore);
        _wanted++;
        KillSome();
        if (_isSuppressed && IsConnected)
        {
            _isSuppressed = false;
            Call(Messages.Simple(CallType.Revive));
        }
        else if (!Manner.Suppresses)
        {
            Call(Messages.Simple(CallType.Revive));
        }
    }

    private void KillSome()
    {
        if (_alive.Count > 0 && _random.Is(0.3))
        {
            Kill(_random.Of(_alive));
        }

        if (_random.Is(Manner.Rudeness))
        {
            Call(Messages.Kill($"{Name}-nobody-{_random.Next(100)}", null));
        }
    }

    private void Kill(Work work)
    {
        _auditor.KillSent(work.Key);
        Call(Messages.Kill(work.Key.Task.Value, _random.Is(0.7) ? work.Agent : null));
    }

    private void Think(Connection connection, Event.Types.Offers offers) =>
        _world.After(Manner.Slowness * _random.NextDouble(), () =>
        {
            if (connection == _connection)
            {
                Take(offers);
            }
        });

    private void Take(Event.Types.Offers offers)
    {
        var declined = new List<OfferID>();
        foreach (var offer in offers.Offers_)
        {
            var operations = _isSettling || _wanted == 0 ? [] : Use(offer);
            if (operations.Count > 0)
            {
                Call(Messages.Accept(offer.Id, operations, Manner.Refuses));
            }
            else
            {
                declined.Add(offer.Id);
            }
        }

        if (declined.Count > 0)
        {
            Call(Messages.Decline(declined, _isSettling ? 3600 : _random.Is(Manner.Rudeness) ? 5 : Manner.Refuses));
        }

        if (_wanted == 0 && Manner.Suppresses && !_isSuppressed && IsConnected)
        {
            _isSuppressed = true;
            Call(Messages.Simple(CallType.Suppress));
        }
    }

    private List<Operation> Use(Offer offer)
    {
        var (cpus, mem) = (Messages.Amount(offer, "cpus"), Messages.Amount(offer, "mem"));
        var operations = new List<Operation>();
        while (_wanted > 0 && cpus >= 0.5 && mem >= 256 && operations.Count < 3)
        {
            if (_random.Is(Manner.Groups))
            {
                operations.Add(Group(offer));
                (cpus, mem) = (cpus - 0.3, mem - 160);
            }
            else
            {
                var take = _random.Is(Manner.Greed) ? cpus : Math.Min(cpus, _random.Of([0.1, 0.25, 0.5]));
                operations.Add(Messages.Launch(Task(offer, NewId(), take, 64, group: null)));
                (cpus, mem) = (cpus - take, mem - 64);
            }

            _wanted--;
        }

        return operations;
    }

    private Operation Group(Offer offer)
    {
        var executor = $"{Name}-group-{_named++}";
        var count = _random.Next(1, 3);
        return Messages.LaunchGroup(executor, _id!, Enumerable.Range(0, count).Select(_ => Task(offer, NewId(), 0.1, 64, executor)).ToList());
    }

    private TaskInfo Task(Offer offer, string id, double cpus, double mem, string? group)
    {
        var key = new TaskKey(new FrameworkId(_id!), new TaskId(id));
        var work = _auditor.Launched(key, offer.AgentId.Value, group);
        if (!_alive.Contains(work))
        {
            _alive.Add(work);
        }

        return Messages.Task(id, offer.AgentId, ConductOf(group), Math.Round(cpus, 3), mem);
    }

    /// <summary>Now and then the id of a task that lives already.</summary>
    private string NewId() =>
        _alive.Count > 0 && _random.Is(Manner.Rudeness * 0.2) ? _random.Of(_alive).Key.Task.Value : $"{Name}-{_named++}";

    private Conduct ConductOf(string? group)
    {
        var fortune = _random.Is(0.93) ? Fortune.Runs : _random.Of([Fortune.Unpullable, Fortune.Unstartable, Fortune.Starved]);
        var runs = group is null && _random.Is(Manner.Services) ? TimeSpan.FromDays(3650)
            : _random.Is(0.7) ? _random.Between(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10))
            : _random.Between(TimeSpan.FromMinutes(10), TimeSpan.FromHours(4));
        return new Conduct(runs, _random.Is(0.8) ? 0 : _random.Next(1, 4), fortune, _random.Is(0.8));
    }

    // ---- events ----

    private void Receive(Connection connection, Event @event)
    {
        if (connection == _opening)
        {
            _opening = null;
            _connection = connection;
        }

        if (connection != _connection)
        {
            return;
        }

        switch (@event)
        {
            case { Subscribed: { } subscribed }:
                Subscribed(subscribed);
                break;
            case { Offers: { } offers }:
                Think(connection, offers);
                break;
            case { Update: { } update }:
                Update(connection, update.Status);
                break;
            case { Error: { } error }:
                Refused(error.Message);
                break;
        }
    }

    private void Subscribed(Event.Types.Subscribed subscribed)
    {
        _id = subscribed.FrameworkId.Value;
        _isSuppressed = false;
        _world.After(_random.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10)), ReconcileAlive);
    }

    private void Refused(string message)
    {
        _chronicle.Note($"{Name} is told ERROR {message}");
        if (message == "Framework has been removed")
        {
            _auditor.FrameworkGone(new FrameworkId(_id!));
            _id = null; // It begins anew, as somebody else.
            _alive.Clear();
        }
    }

    /// <summary>What one says who no longer leads, and does not know it yet, has no weight: neither has an acknowledgement to him.</summary>
    private void Update(Connection connection, TaskStatus status)
    {
        var framework = new FrameworkId(_id!);
        if (_bridge == _leader())
        {
            _auditor.Received(framework, status);
        }

        var work = _auditor.Find(new TaskKey(framework, new TaskId(status.TaskId.Value)));
        if (work is null)
        {
            return;
        }

        if (status.HasUuid)
        {
            _world.After(Manner.Slowness * _random.NextDouble(), () => Acknowledge(connection, work, status));
        }

        if (work.IsOver)
        {
            _alive.Remove(work);
        }
        else if (!_alive.Contains(work))
        {
            _alive.Add(work); // Told dead, and alive after all.
        }
    }

    private void Acknowledge(Connection connection, Work work, TaskStatus status)
    {
        if (connection != _connection || (!_isSettling && _random.Is(Manner.ForgetsAcks)))
        {
            return;
        }

        if (!_isSettling && _random.Is(Manner.WrongAcks))
        {
            Call(Messages.Acknowledge(status, ByteString.CopyFrom(_random.Guid().ToByteArray())));
            return;
        }

        Call(Messages.Acknowledge(status, status.Uuid));
        if (_bridge == _leader())
        {
            _auditor.Acknowledged(work, status.Uuid);
        }

        if (_random.Is(Manner.DoubleAcks))
        {
            Call(Messages.Acknowledge(status, status.Uuid));
        }

        if (work.IsOver)
        {
            _alive.Remove(work);
        }
    }

    private void ReconcileNow()
    {
        _world.After(_isSettling ? TimeSpan.FromMinutes(2) : Manner.ReconcilesEvery, ReconcileNow);
        if (_isSettling)
        {
            foreach (var work in _alive.ToArray())
            {
                Kill(work);
            }
        }

        if (!_isSettling && _random.Is(0.3))
        {
            Call(Messages.Reconcile([]));
        }
        else
        {
            ReconcileAlive();
        }
    }

    private void ReconcileAlive()
    {
        _alive.RemoveAll(work => work.IsOver);
        if (_alive.Count > 0)
        {
            Call(Messages.Reconcile(_alive.Select(work => (work.Key.Task.Value, _random.Is(0.8) ? work.Agent : null))));
        }
    }

    /// <summary>No more new work: ends all there is, with the best of manners.</summary>
    public void Settle()
    {
        _isSettling = true;
        _isAway = false;
        Connect();
        ReconcileNow();
    }

    // ---- calls ----

    private void Call(Call call)
    {
        if (_connection is not { } connection || _id is null)
        {
            return;
        }

        call.FrameworkId = new FrameworkID { Value = _id };
        var due = _world.Now + _random.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(20));
        _nextCall = due > _nextCall ? due : _nextCall;
        _bridge!.Front.Send(call, connection.Stream.ToString(), _nextCall, answer =>
        {
            if (answer is not { Status: 202 or 200 })
            {
                Refusals++;
            }
        });
    }
}
