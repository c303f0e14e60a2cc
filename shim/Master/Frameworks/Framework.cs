using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Offers;
using MesosK8sBridge.Shim.Master.Snapshots;
using MesosK8sBridge.Shim.Master.Tasks;
using MesosK8sBridge.Shim.Master.Timing;
using Offer = MesosK8sBridge.Shim.Master.Offers.Offer;

namespace MesosK8sBridge.Shim.Master.Frameworks;

/// <summary>One registered framework: who it is, whether it is here, and what it has.</summary>
internal sealed class Framework(FrameworkInfo info, FrameworkPhase phase, DateTimeOffset registeredAt)
{
    private FrameworkView? _view;

    public FrameworkId Id { get; } = new(info.Id.Value);

    /// <summary>Never changed in place: effects carry it out of the master.</summary>
    public FrameworkInfo Info { get; private set; } = info;

    public FrameworkTraits Traits { get; private set; } = new(info);

    public FrameworkPhase Phase { get; private set; } = phase;

    /// <summary>The rule that admits it; null where none is needed.</summary>
    public FrameworkPolicy? Policy { get; set; }

    public AgentConstraints Constraints { get; set; } = AgentConstraints.None;

    /// <summary>False from the moment no rule admits it: it is not timed out then, since an administrator keeps it away.</summary>
    public bool Admitted { get; set; } = true;

    public StreamId? Stream { get; private set; }

    public DateTimeOffset RegisteredAt { get; } = registeredAt;

    public DateTimeOffset ReregisteredAt { get; set; } = registeredAt;

    public DateTimeOffset? FailoverDeadline { get; set; }

    public Deadline? Failover { get; set; }

    public Deadline? Heartbeat { get; set; }

    /// <summary>Live tasks, and ended ones whose end it has not acknowledged.</summary>
    public Dictionary<TaskId, LaunchedTask> Tasks { get; } = [];

    /// <summary>Tasks on agents out of reach: they may come back with their agent.</summary>
    public Dictionary<TaskId, LaunchedTask> UnreachableTasks { get; } = [];

    public Dictionary<OfferId, Offer> Offers { get; } = [];

    public CompletedTasks CompletedTasks { get; } = new();

    public TaskCounts TaskCounts { get; } = new();

    public FrameworkLosses Losses { get; } = new();

    public Resources Used { get; private set; } = Resources.Empty;

    public Resources Offered { get; private set; } = Resources.Empty;

    public string? Principal => Info.HasPrincipal ? Info.Principal : null;

    public bool Connected => Stream is not null;

    public FrameworkRegistration Registration =>
        new(Info, Policy?.Key, Phase, RegisteredAt, ReregisteredAt, FailoverDeadline);

    /// <summary>A copy for readers, made anew only after a change.</summary>
    public FrameworkView View => _view ??= FrameworkView.Of(this);

    public void Changed() => _view = null;

    public void Update(FrameworkInfo info)
    {
        Info = info;
        Traits = new FrameworkTraits(info);
        Changed();
    }

    public void Attach(StreamId stream)
    {
        Enter(FrameworkOccasion.Subscribed);
        Stream = stream;
    }

    public void Detach(FrameworkOccasion occasion)
    {
        Enter(occasion);
        Stream = null;
    }

    public void Complete(FrameworkOccasion occasion)
    {
        Enter(occasion);
        Stream = null;
    }

    public void CountUsed(Resources now)
    {
        Used = now;
        Changed();
    }

    public void CountOffered(Resources now)
    {
        Offered = now;
        Changed();
    }

    private void Enter(FrameworkOccasion occasion)
    {
        Phase = FrameworkPhases.After(Phase, occasion)
            ?? throw new InvalidOperationException($"A framework that is {Phase} cannot be {occasion}.");
        Changed();
    }
}
