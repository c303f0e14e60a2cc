using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Tasks;
using MesosK8sBridge.Shim.Master.Validation;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;
using OperationType = MesosK8sBridge.Protocol.V1.Offer.Types.Operation.Types.Type;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;

namespace MesosK8sBridge.Shim.Master.Offers;

/// <summary>ACCEPT and DECLINE: offers end, tasks begin.</summary>
/// <remarks>Mesos: src/master/master.cpp, Master::accept, Master::_accept and Master::decline.</remarks>
internal sealed class Acceptance(Turn turn, OfferBook book, Ledger ledger, Outbox outbox)
{
    public void Decline(Framework framework, Call.Types.Decline call)
    {
        foreach (var offer in OwnOffers(framework, call.OfferIds))
        {
            book.TakeBack(offer, RefusePeriod.Of(call.Filters));
        }
    }

    public void Accept(Framework framework, Call.Types.Accept call)
    {
        var error = OfferListRules.Check(call.OfferIds, framework, book);
        var offers = OwnOffers(framework, call.OfferIds);
        if (error is not null)
        {
            foreach (var offer in offers)
            {
                book.TakeBack(offer);
            }

            Drop(framework, call.Operations, error);
            return;
        }

        // All are judged by their form before any is applied.
        var wellFormed = call.Operations.Where(o => CheckForm(framework, o)).ToArray();
        var pool = new Pool(framework, offers[0].Agent, offers[0].Role);
        foreach (var offer in offers)
        {
            book.Consume(offer);
            pool.Left += offer.Resources;
        }

        foreach (var operation in wellFormed)
        {
            Apply(pool, operation);
        }

        ledger.TakeBack(framework, pool.Agent, pool.Role, pool.Left, RefusePeriod.Of(call.Filters));
    }

    /// <summary>Mesos takes anybody's offer back; one framework's mistake is not another's loss here.</summary>
    private Offer[] OwnOffers(Framework framework, IEnumerable<OfferID> ids) =>
        ids.Select(id => book.Find(new OfferId(id.Value))).OfType<Offer>().Where(o => o.Framework == framework).Distinct().ToArray();

    private void Drop(Framework framework, IEnumerable<Operation> operations, string error)
    {
        foreach (var operation in operations)
        {
            var state = framework.Traits.PartitionAware ? TaskState.TaskDropped : TaskState.TaskLost;
            foreach (var task in TasksOf(operation))
            {
                Tell(framework, task, state, Reason.InvalidOffers, $"Task launched with invalid offers: {error}");
            }

            if (operation.Type is not (OperationType.Launch or OperationType.LaunchGroup))
            {
                Refuse(framework, operation, $"Operation attempted with invalid offers: {error}");
            }
        }
    }

    private bool CheckForm(Framework framework, Operation operation)
    {
        var error = OperationRules.CheckForm(operation);
        if (error is not null && operation.Type is OperationType.Launch or OperationType.LaunchGroup)
        {
            TellAll(framework, TasksOf(operation), operation.Type == OperationType.Launch ? Reason.TaskInvalid : Reason.TaskGroupInvalid, error!);
        }
        else if (error is not null && operation.Type != OperationType.Unknown)
        {
            Refuse(framework, operation, error);
        }

        return error is null;
    }

    private void Apply(Pool pool, Operation operation)
    {
        switch (operation.Type)
        {
            case OperationType.Launch:
                Launch(pool, operation);
                break;
            case OperationType.LaunchGroup:
                LaunchGroup(pool, operation);
                break;
            default:
                var filled = LaunchDefaults.Fill(operation, pool.Role);
                Refuse(pool.Framework, operation, OperationRules.Refusal(filled, pool.Framework, pool.Agent, pool.Left, pool.Role));
                break;
        }
    }

    private void Launch(Pool pool, Operation operation)
    {
        var tasks = TasksOf(operation).Select(t => LaunchDefaults.Fill(t, pool.Framework, pool.Role)).ToArray();
        foreach (var task in tasks)
        {
            var error = TaskRules.Check(task, pool.Framework, pool.Agent, pool.Left, pool.Role);
            if (error is null)
            {
                Start(pool, [task], executor: null);
            }
            else
            {
                Tell(pool.Framework, task, TaskState.TaskError, Reason.TaskInvalid, error);
            }
        }
    }

    /// <summary>All of the group or nothing.</summary>
    private void LaunchGroup(Pool pool, Operation operation)
    {
        var executor = LaunchDefaults.Fill(operation.LaunchGroup.Executor, pool.Role);
        var tasks = TasksOf(operation).Select(t => LaunchDefaults.Fill(t, executor, pool.Role)).ToImmutableArray();
        var error = TaskGroupRules.Check(tasks, executor, pool.Framework, pool.Agent, pool.Left, pool.Role);
        if (error is null && !tasks.IsEmpty)
        {
            Start(pool, tasks, executor);
            return;
        }

        if (error is not null)
        {
            TellAll(pool.Framework, tasks, Reason.TaskGroupInvalid, error);
        }
    }

    private void Start(Pool pool, ImmutableArray<TaskInfo> tasks, ExecutorInfo? executor)
    {
        var running = executor is null ? null : TaskBook.ExecutorFor(pool.Framework, pool.Agent, executor, pool.Role);
        var launchedExecutor = executor;
        if (running is { HoldsResources: true })
        {
            // It runs already and has its resources: the new group must not ask for them again.
            launchedExecutor = executor!.Clone();
            launchedExecutor.Resources.Clear();
        }
        else if (running is not null)
        {
            running.HoldsResources = true;
            pool.Spend(running.Resources);
        }

        foreach (var info in tasks)
        {
            var task = new LaunchedTask(pool.Framework, pool.Agent, info, running, pool.Role, Resources.From(info.Resources).Unallocate()) { HoldsResources = true };
            pool.Spend(task.Resources);
            TaskBook.Enter(task);
        }

        turn.Add(new MasterEffect.Launch(pool.Framework.Info, pool.Agent.Facts!, tasks, launchedExecutor));
    }

    private static IEnumerable<TaskInfo> TasksOf(Operation operation) => operation.Type switch
    {
        OperationType.Launch => operation.Launch?.TaskInfos.AsEnumerable() ?? [],
        OperationType.LaunchGroup => operation.LaunchGroup?.TaskGroup.Tasks.AsEnumerable() ?? [],
        _ => [],
    };

    private void TellAll(Framework framework, IEnumerable<TaskInfo> tasks, Reason reason, string message)
    {
        foreach (var task in tasks)
        {
            Tell(framework, task, TaskState.TaskError, reason, message);
        }
    }

    /// <summary>About a task that was never launched; the agent is the one that the framework named.</summary>
    private void Tell(Framework framework, TaskInfo task, TaskState state, Reason reason, string message) => outbox.Update(
        framework, MasterStatus.Of(task.TaskId.Value, new AgentId(task.AgentId.Value), state, reason, message, turn.Now));

    /// <summary>Only an operation with an id can be spoken about; others are dropped in silence.</summary>
    private void Refuse(Framework framework, Operation operation, string message)
    {
        if (operation.Id is { } id)
        {
            outbox.Operation(framework, new OperationStatus { OperationId = id, State = OperationState.OperationError, Message = message });
        }
    }

    /// <summary>What is left of the accepted offers while their operations are applied one after the other.</summary>
    private sealed class Pool(Framework framework, KnownAgent agent, string role)
    {
        public Framework Framework { get; } = framework;

        public KnownAgent Agent { get; } = agent;

        public string Role { get; } = role;

        public Resources Left { get; set; } = Resources.Empty;

        public void Spend(Resources resources)
        {
            Left -= resources;
            Ledger.Use(Framework, Agent, resources);
        }
    }
}
