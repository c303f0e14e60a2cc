using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Offers;
using MesosK8sBridge.Shim.Master.Snapshots;
using MesosK8sBridge.Shim.Master.Tasks;
using Offer = MesosK8sBridge.Shim.Master.Offers.Offer;

namespace MesosK8sBridge.Shim.Master.Agents;

internal enum AgentState
{
    /// <summary>Tasks of an earlier life of the master name it, but it has not been seen in this one.</summary>
    Awaited,

    /// <summary>It is there.</summary>
    Registered,

    /// <summary>It has been silent for too long.</summary>
    Unreachable,

    /// <summary>It is gone for good, and what ran on it has ended; but of some of its tasks that is not told yet.</summary>
    Removed,
}

/// <summary>One agent: what it is, and where its resources are.</summary>
/// <param name="touched">Where it enters itself when it changes; null for one in no table.</param>
internal sealed class KnownAgent(AgentId id, List<KnownAgent>? touched = null)
{
    private Resources _whole = Resources.Empty;
    private Resources? _available;
    private AgentView? _view;

    public AgentId Id { get; } = id;

    public AgentState State { get; set; } = AgentState.Awaited;

    /// <summary>Null only while it is awaited.</summary>
    public Agent? Facts { get; private set; }

    /// <summary>Null while none is planned.</summary>
    public Maintenance? Maintenance { get; set; }

    /// <summary>Set while it is unreachable.</summary>
    public DateTimeOffset? UnreachableSince { get; set; }

    /// <summary>Why it is unreachable, for frameworks.</summary>
    public string? Silence { get; set; }

    public Resources Total { get; private set; } = Resources.Empty;

    public Resources Used { get; private set; } = Resources.Empty;

    public Resources Offered { get; private set; } = Resources.Empty;

    /// <summary>Never negative: an agent that shrank below what runs on it has nothing left, until something ends.</summary>
    public Resources Available => _available ??= Used.IsEmpty && Offered.IsEmpty ? _whole : InOfferOrder(Total - Used - Offered);

    public Dictionary<OfferId, Offer> Offers { get; } = [];

    public Dictionary<TaskKey, LaunchedTask> Tasks { get; } = [];

    public Dictionary<(FrameworkId Framework, string Executor), RunningExecutor> Executors { get; } = [];

    /// <summary>Whether offers may be made of it.</summary>
    public bool Offerable => State == AgentState.Registered && Facts!.Schedulable;

    /// <summary>Its process, as offers name it.</summary>
    public URL? Url { get; private set; }

    public bool IsTouched { get; set; }

    public bool HasGpus { get; private set; }

    public string Hostname => Facts?.Hostname ?? Id.Value;

    public AgentView View => _view ??= AgentView.Of(this);

    public void Learn(Agent facts)
    {
        if (Facts is null || !facts.Total.SequenceEqual(Facts.Total))
        {
            Total = Resources.From(facts.Total).Unallocate();
            _whole = InOfferOrder(Total);
            HasGpus = Total.ScalarOf("gpus") > 0;
        }

        Facts = facts;
        Url = new URL
        {
            Scheme = "http",
            Address = new Address { Hostname = facts.Hostname, Ip = facts.Ip, Port = facts.Port },
            Path = "/slave(1)",
        };
        Changed();
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

    /// <summary>Mesos' allocator hands out what is subject to quotas last, so offers name it last.</summary>
    private static Resources InOfferOrder(Resources free) => free.WithFirst(static item => !ScalarNames.IsSubjectToQuota(item));

    public void Changed()
    {
        _available = null;
        _view = null;
        if (!IsTouched)
        {
            IsTouched = true;
            touched?.Add(this);
        }
    }
}

/// <summary>The executor of task groups on one agent; it holds its own resources as long as a task of it lives.</summary>
internal sealed class RunningExecutor(ExecutorInfo info, string role, Resources resources)
{
    public ExecutorInfo Info { get; } = info;

    public string Role { get; } = role;

    public Resources Resources { get; } = resources;

    /// <summary>Tasks of it that have not ended.</summary>
    public int LiveTasks { get; set; }

    /// <summary>Tasks of it that have not ended, or whose end has not been acknowledged.</summary>
    public int KnownTasks { get; set; }

    public bool HoldsResources { get; set; }
}
