using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Calls;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Offers;
using MesosK8sBridge.Shim.Master.Snapshots;
using MesosK8sBridge.Shim.Master.Tasks;
using MesosK8sBridge.Shim.Master.Timing;

namespace MesosK8sBridge.Shim.Master;

/// <summary>
/// A Mesos master as a deterministic state machine: frameworks, agents, offers, tasks and status updates.
/// Single-threaded; touches no clock, socket, log, file or cluster.
/// </summary>
/// <remarks>Only hands inputs on: each state has one owner, in the folder named after it.</remarks>
public sealed class MesosMaster
{
    private readonly Turn _turn = new();
    private readonly Deadlines _deadlines = new();
    private readonly AgentTable _agents = new();
    private readonly FrameworkTable _frameworks;
    private readonly DrfAllocator _allocator;
    private readonly OfferBook _offers;
    private readonly InverseOfferBook _inverseOffers;
    private readonly RoleKeeper _roles;
    private readonly StatusUpdates _updates;
    private readonly Orphans _orphans;
    private readonly RecoveredTasks _recovered;
    private readonly Presence _presence;
    private readonly Rules _rules;
    private readonly Subscriptions _subscriptions;
    private readonly SchedulerCalls _calls;
    private readonly AgentLife _agentLife;
    private readonly Losses _losses;
    private readonly MasterOptions _options;
    private readonly MasterInfo _info;
    private MasterSnapshot? _snapshot;
    private Deadline? _patience;
    private bool _ready;

    /// <param name="info">Shown to frameworks; its id begins the ids of frameworks and offers.</param>
    /// <param name="random">The only source of chance: with the same seed and inputs the effects are the same.</param>
    public MesosMaster(MasterOptions options, MasterInfo info, Random random)
    {
        _options = options;
        _info = info;
        var outbox = new Outbox(_turn);
        var admittance = new Admittance(options.Admission);
        _frameworks = new FrameworkTable(options.MaxCompletedFrameworks);
        _allocator = new DrfAllocator(_turn, _deadlines, random, _agents, new Eligibility(info.Domain), options.AllocationInterval);
        var ledger = new Ledger(_allocator);
        var breaker = new LossBreaker(_turn, options);
        var book = new TaskBook(ledger, outbox, breaker);
        _offers = new OfferBook(info.Id, _turn, _deadlines, ledger, outbox, options.OfferTimeout);
        _inverseOffers = new InverseOfferBook(_turn, _deadlines, outbox, _offers, options);
        _roles = new RoleKeeper(_agents, _frameworks, _allocator, _offers);
        _updates = new StatusUpdates(_turn, _deadlines, outbox, book, random);
        _orphans = new Orphans(_turn, _deadlines, book);
        _losses = new Losses(_turn, _deadlines, outbox, _agents, _frameworks, book, _updates, breaker);
        _recovered = new RecoveredTasks(_turn, _frameworks, _agents, ledger, _updates, _losses);
        _presence = new Presence(_turn, _deadlines, _frameworks, _allocator, _offers, _inverseOffers, _orphans, options);
        _rules = new Rules(_frameworks, admittance, _presence, _allocator, _offers, outbox);
        _subscriptions = new Subscriptions(
            _turn, _deadlines, outbox, _frameworks, admittance, _presence, _allocator, _offers, _inverseOffers, _updates, _recovered, info,
            options);
        var reconciliation = new Reconciliation(_turn, outbox, _agents);
        _calls = new SchedulerCalls(
            _turn,
            new CallGate(_frameworks),
            new FrameworkUpdate(admittance, _presence, _allocator, _offers),
            _presence,
            new Acceptance(_turn, _offers, ledger, outbox),
            _inverseOffers,
            _allocator,
            _updates,
            reconciliation,
            new OperationReconciliation(outbox, _agents),
            new Killing(_turn, _agents, reconciliation));
        _agentLife = new AgentLife(_turn, _agents, _frameworks, _allocator, _offers, _inverseOffers, book, _updates, _orphans, _losses);
    }

    /// <summary>When time alone will change something; null if never. The shell then sends a <see cref="MasterInput.Tick"/>.</summary>
    public DateTimeOffset? NextDeadline { get; private set; }

    /// <summary>
    /// What the master believes now. To be taken where <see cref="Handle"/> is called; what is returned may be read anywhere.
    /// Costs a pass over frameworks and agents after a change, nothing otherwise.
    /// </summary>
    public MasterSnapshot Snapshot =>
        _snapshot?.Version == _turn.Number
            ? _snapshot
            : _snapshot = new MasterSnapshot(
                _turn.Number,
                _info.Id,
                [.. _frameworks.All.Select(f => f.View)],
                [.. _frameworks.Completed],
                [.. _agents.All.Select(a => a.View)],
                [.. _allocator.ReadRoles()]);

    /// <param name="now">UTC; never earlier than at the call before.</param>
    /// <returns>What is to be done, in this order.</returns>
    public IReadOnlyList<MasterEffect> Handle(MasterInput input, DateTimeOffset now)
    {
        _turn.Begin(now);

        // What was due before the input came has happened before it.
        _deadlines.Run(_turn.Now);
        Apply(input);
        _deadlines.Run(_turn.Now);
        _losses.Settle();

        // Where there are quotas, Mesos waits after a failover until most agents are back, lest it hand out what others are promised.
        // Here nothing is offered before recovery is complete, and then all agents are known.
        if (_ready)
        {
            var grants = _allocator.Allocate();
            _offers.Make(grants);
            _inverseOffers.Make(grants);
        }

        NextDeadline = Earlier(_deadlines.Next, _ready ? _allocator.NextRound : null);
        return _turn.End();
    }

    private void Apply(MasterInput input)
    {
        switch (input)
        {
            case MasterInput.Subscribe subscribe:
                Subscribe(subscribe);
                break;
            case MasterInput.SchedulerCall call:
                Call(call);
                break;
            case MasterInput.StreamClosed closed:
                if (_frameworks.FindByStream(closed.Stream) is { } left)
                {
                    _presence.Disconnect(left);
                }

                break;
            case MasterInput.AgentObserved observed:
                _agentLife.Observe(observed.Agent);
                break;
            case MasterInput.AgentUnreachable unreachable:
                _agentLife.BecomeUnreachable(unreachable.Agent, unreachable.Since, "health check timed out");
                break;
            case MasterInput.AgentRemoved removed:
                _agentLife.Remove(removed.Agent);
                break;
            case MasterInput.TaskObserved observed:
                Observe(observed);
                break;
            case MasterInput.TaskVanished vanished:
                Vanish(vanished);
                break;
            case MasterInput.LaunchRefused refused:
                Refuse(refused);
                break;
            case MasterInput.FrameworkRecovered framework:
                Recover(framework.Registration);
                break;
            case MasterInput.TaskRecovered task:
                _recovered.Recover(task);
                AwaitAgents();
                if (_agents.Find(task.AgentId) is { Maintenance: not null } planned)
                {
                    _inverseOffers.Look(planned);
                }

                break;
            case MasterInput.RecoveryCompleted:
                CompleteRecovery();
                break;
            case MasterInput.PoliciesReplaced replaced:
                _rules.Replace(replaced.Policies, apply: _ready);
                break;
            case MasterInput.LossesConfirmed confirmed:
                if (_frameworks.Find(confirmed.Framework) is { } loser)
                {
                    _losses.Confirm(loser);
                }

                break;
            case MasterInput.RolesReplaced roles:
                _roles.Replace(roles.Roles);
                break;
            case MasterInput.TeardownRequested teardown:
                if (_frameworks.Find(teardown.Framework) is { } ended)
                {
                    _presence.Remove(ended, FrameworkOccasion.TornDown);
                }

                break;

            // Left over: a tick, whose work the deadlines have done.
            default:
                break;
        }
    }

    /// <summary>The front end turns frameworks away until recovery is complete; one that slipped through is asked to come again.</summary>
    private void Subscribe(MasterInput.Subscribe input)
    {
        if (_ready)
        {
            _subscriptions.Subscribe(input);
        }
        else
        {
            _turn.Add(new MasterEffect.CloseStream(input.Stream));
        }
    }

    private void Call(MasterInput.SchedulerCall input)
    {
        if (_ready)
        {
            _calls.Handle(input);
        }
        else
        {
            _turn.Add(new MasterEffect.Answer(input.Request, SchedulerAnswer.Unavailable("Master has not finished recovery")));
        }
    }

    private void Observe(MasterInput.TaskObserved input)
    {
        if (Find(input.Task) is { } task)
        {
            _losses.Appear(task, input.Statuses);
            _updates.Observe(task, input.Statuses);
        }
        else if (!_orphans.Observe(input.Task, input.Statuses))
        {
            _recovered.ObserveStray(input);
        }
    }

    private void Vanish(MasterInput.TaskVanished input)
    {
        if (Find(input.Task) is { } task)
        {
            _losses.Vanish(task, input.Message);
        }
        else if (!_orphans.End(input.Task))
        {
            _recovered.VanishStray(input);
        }
    }

    private void Refuse(MasterInput.LaunchRefused input)
    {
        if (Find(input.Task) is { } task)
        {
            _updates.Refuse(task, input);
        }
        else
        {
            _orphans.End(input.Task);
        }
    }

    private LaunchedTask? Find(TaskKey key)
    {
        if (_frameworks.Find(key.Framework) is not { } framework)
        {
            return null;
        }

        return framework.Tasks.GetValueOrDefault(key.Task) ?? framework.UnreachableTasks.GetValueOrDefault(key.Task);
    }

    private void Recover(FrameworkRegistration registration)
    {
        if (registration.Phase == FrameworkPhase.Completed)
        {
            _frameworks.Remember(registration);
            return;
        }

        if (_frameworks.Find(registration.Id) is null)
        {
            var framework = new Framework(registration.Info, FrameworkPhase.Recovered, registration.RegisteredAt)
            {
                ReregisteredAt = registration.ReregisteredAt,
                FailoverDeadline = registration.FailoverDeadline,
            };
            _frameworks.Add(framework);
            _allocator.AddFramework(framework);
            _recovered.HandTo(framework);
        }
    }

    private void CompleteRecovery()
    {
        if (_ready)
        {
            return;
        }

        _ready = true;
        _losses.CompleteRecovery();
        _rules.Apply();
        foreach (var framework in _frameworks.All.Where(f => f.Admitted).ToArray())
        {
            _presence.AwaitRecovered(framework);
        }

        AwaitAgents();
    }

    /// <summary>Agents that tasks of earlier lives name, but that have not been seen in this one, are not awaited for ever.</summary>
    private void AwaitAgents()
    {
        if (!_ready || _agents.Awaited == 0 || _patience is { Cancelled: false })
        {
            return;
        }

        var patience = _options.ReregistrationTimeout;
        _patience = _deadlines.Set(_turn.Now + patience, () => _agentLife.GiveUpAwaited(
            $"agent did not reregister within {patience.TotalMinutes:0.##}mins after master failover"));
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? left, DateTimeOffset? right) =>
        left is null ? right : right is null || left < right ? left : right;
}
