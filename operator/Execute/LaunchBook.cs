using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Execute;

/// <summary>Which workloads still need an offer, and which offers they get.</summary>
internal sealed class LaunchBook(ImmutableArray<Workload> workloads)
{
    public ImmutableArray<TrackedWorkload> Workloads { get; } = [.. workloads.Select(workload => new TrackedWorkload(workload))];

    public IEnumerable<TrackedTask> Tasks => Workloads.SelectMany(workload => workload.Tasks);

    public bool AnyWaiting => Workloads.Any(workload => workload.Waiting);

    public TrackedTask? Find(TaskID id) => Tasks.FirstOrDefault(task => task.Id == id.Value);

    /// <summary>Spreads the waiting workloads over the offers: each goes where the fewest went before it.</summary>
    public IReadOnlyList<Placement> Place(IEnumerable<Offer> offers)
    {
        var placements = offers.Select(offer => new Placement(offer)).ToList();
        foreach (var workload in Workloads.Where(workload => workload.Waiting))
        {
            _ = placements.OrderBy(placement => placement.Workloads.Count).FirstOrDefault(placement => placement.TryAdd(workload));
        }

        return placements;
    }
}

/// <summary>One offer and what is to be launched from it.</summary>
internal sealed class Placement(Offer offer)
{
    private readonly OfferedResources _resources = new(offer);
    private readonly List<TaskInfo> _tasks = [];
    private readonly List<Offer.Types.Operation> _groups = [];

    public Offer Offer { get; } = offer;

    public List<TrackedWorkload> Workloads { get; } = [];

    public bool TryAdd(TrackedWorkload workload)
    {
        // One cut for all: a group that fits only in part must not be launched.
        if (!_resources.TryTake(workload.Plan.Resources, out _))
        {
            return false;
        }

        Workloads.Add(workload);
        return true;
    }

    /// <summary>The operations of the ACCEPT: all command tasks in one LAUNCH, each group in a LAUNCH_GROUP.</summary>
    public IEnumerable<Offer.Types.Operation> Operations(FrameworkID framework)
    {
        // Cut again, task by task, in the order of the first cut: the same pieces, now each with its owner.
        var resources = new OfferedResources(Offer);
        foreach (var workload in Workloads)
        {
            var tasks = workload.Plan.Tasks.Select(task => Fill(task, resources)).ToList();
            if (workload.Plan.Executor is { } executor)
            {
                _groups.Add(Group(executor, tasks, framework, resources));
            }
            else
            {
                _tasks.AddRange(tasks);
            }
        }

        return _tasks.Count == 0 ? _groups : _groups.Prepend(Launch(_tasks));
    }

    private TaskInfo Fill(TaskInfo template, OfferedResources resources)
    {
        var task = template.Clone();
        task.AgentId = Offer.AgentId.Clone();
        task.Resources.Clear();
        task.Resources.AddRange(Cut(template.Resources, resources));
        return task;
    }

    private static Offer.Types.Operation Launch(IEnumerable<TaskInfo> tasks) =>
        new() { Type = Offer.Types.Operation.Types.Type.Launch, Launch = new() { TaskInfos = { tasks } } };

    private static Offer.Types.Operation Group(
        ExecutorInfo template, IEnumerable<TaskInfo> tasks, FrameworkID framework, OfferedResources resources)
    {
        var executor = template.Clone();
        executor.FrameworkId = framework.Clone();
        executor.Resources.Clear();
        executor.Resources.AddRange(Cut(template.Resources, resources));
        return new()
        {
            Type = Offer.Types.Operation.Types.Type.LaunchGroup,
            LaunchGroup = new() { Executor = executor, TaskGroup = new() { Tasks = { tasks } } },
        };
    }

    private static List<Resource> Cut(IEnumerable<Resource> wanted, OfferedResources resources) =>
        resources.TryTake(wanted, out var taken) ? taken : throw new System.Diagnostics.UnreachableException();
}
