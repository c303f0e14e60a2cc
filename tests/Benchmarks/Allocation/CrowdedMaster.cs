using System.Collections.Immutable;
using System.Globalization;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;
using CallType = MesosK8sBridge.Protocol.V1.Scheduler.Call.Types.Type;

namespace MesosK8sBridge.Benchmarks.Allocation;

/// <summary>
/// A master's core with many agents and frameworks, driven by inputs alone. What is measured is <see cref="MesosMaster.Handle"/>,
/// offers and their messages included, and nothing around it.
/// </summary>
internal sealed class CrowdedMaster
{
    private readonly MesosMaster _master;
    private readonly Dictionary<StreamId, string> _ids = [];
    private readonly Dictionary<StreamId, List<OfferID>> _offers = [];
    private readonly Size _size;
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _made;

    public CrowdedMaster(Size size)
    {
        _size = size;
        var info = new MasterInfo { Id = "M", Ip = 16777343, Port = 5050, Hostname = "127.0.0.1" };
        _master = new MesosMaster(new MasterOptions { Admission = Admission.Open }, info, new Random(1));
        Handle(new MasterInput.RecoveryCompleted());
        for (var i = 0; i < size.Agents; i++)
        {
            Handle(new MasterInput.AgentObserved(AgentOf(i, cpus: 16)));
        }

        for (var i = 0; i < size.Frameworks; i++)
        {
            Subscribe(i);
        }
    }

    /// <param name="RolesEach">How many of the roles each framework subscribes to.</param>
    public sealed record Size(int Agents, int Frameworks, int Roles, int RolesEach);

    /// <summary>Processor time of all timed inputs so far, garbage collection included; a machine that is busy elsewhere does not lengthen it.</summary>
    public TimeSpan Cpu { get; private set; }

    /// <summary>Bytes allocated by the input that was timed last.</summary>
    public long Allocated { get; private set; }

    public int Outstanding => _offers.Values.Sum(o => o.Count);

    /// <summary>Everybody wants offers and has none; nothing of the cluster is used: what a full periodic round costs.</summary>
    public double FullRound()
    {
        DeclineAll(refuse: 0);
        return Beat();
    }

    /// <summary>One periodic round, after as many agents have become free again.</summary>
    public double RoundAfterDeclines(int agents)
    {
        foreach (var (stream, offers) in _offers)
        {
            var some = offers.Take(Math.Min(agents, 1 + (agents / _offers.Count))).ToArray();
            agents -= some.Length;
            Decline(stream, some, refuse: 0);
        }

        return Beat();
    }

    /// <summary>So many agents grow, one input each; each is looked at at once.</summary>
    public double Changes(int agents, int cpus)
    {
        var inputs = Enumerable.Range(0, agents).Select(i => new MasterInput.AgentObserved(AgentOf(i * (_size.Agents / agents), cpus))).ToArray();
        return Array.ConvertAll(inputs, Timed).Sum();
    }

    /// <summary>Every framework refuses every agent for an hour.</summary>
    public void RefuseAll()
    {
        do
        {
            DeclineAll(refuse: 3600);
            Beat();
        }
        while (Outstanding > 0);
    }

    /// <summary>One framework revives all its roles: all agents are looked at, at once.</summary>
    public double Revive()
    {
        var (stream, id) = _ids.First();
        var call = new Call { Type = CallType.Revive, FrameworkId = new FrameworkID { Value = id } };
        return Timed(new MasterInput.SchedulerCall(new RequestId(++_made), call, stream.ToString(), null));
    }

    private double Beat()
    {
        _now += TimeSpan.FromSeconds(1);
        return Timed(new MasterInput.Tick());
    }

    private void DeclineAll(double refuse)
    {
        foreach (var (stream, offers) in _offers)
        {
            Decline(stream, [.. offers], refuse);
        }
    }

    private void Decline(StreamId stream, OfferID[] offers, double refuse)
    {
        if (offers.Length == 0)
        {
            return;
        }

        var decline = new Call.Types.Decline { Filters = new Filters { RefuseSeconds = refuse } };
        decline.OfferIds.AddRange(offers);
        var gone = offers.ToHashSet();
        _offers[stream].RemoveAll(gone.Contains);
        Handle(new MasterInput.SchedulerCall(
            new RequestId(++_made),
            new Call { Type = CallType.Decline, FrameworkId = new FrameworkID { Value = _ids[stream] }, Decline = decline },
            stream.ToString(),
            null));
    }

    /// <summary>With all roles suppressed, so that nothing is offered before all are there.</summary>
    private void Subscribe(int number)
    {
        var stream = new StreamId(new Guid(number, 0, 0, new byte[8]));
        var info = new FrameworkInfo { User = "root", Name = $"framework-{number}", FailoverTimeout = 3600 };
        info.Capabilities.Add(new FrameworkInfo.Types.Capability { Type = FrameworkInfo.Types.Capability.Types.Type.MultiRole });
        info.Roles.AddRange(Enumerable.Range(0, _size.RolesEach).Select(i => $"role-{(number + i) % _size.Roles}"));
        _offers[stream] = [];
        var subscribe = new Call.Types.Subscribe { FrameworkInfo = info };
        subscribe.SuppressedRoles.AddRange(info.Roles);
        Handle(new MasterInput.Subscribe(stream, subscribe, null));

        var update = new Call.Types.UpdateFramework { FrameworkInfo = info.Clone() };
        update.FrameworkInfo.Id = new FrameworkID { Value = _ids[stream] };
        Handle(new MasterInput.SchedulerCall(
            new RequestId(++_made),
            new Call { Type = CallType.UpdateFramework, FrameworkId = update.FrameworkInfo.Id, UpdateFramework = update },
            stream.ToString(),
            null));
    }

    private double Timed(MasterInput input)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var cpu = System.Environment.CpuUsage.TotalTime;
        var start = Time.Now;
        var effects = _master.Handle(input, _now);
        var took = Time.Milliseconds(start, Time.Now);
        Cpu += System.Environment.CpuUsage.TotalTime - cpu;
        Allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Learn(effects);
        return took;
    }

    private void Handle(MasterInput input) => Learn(_master.Handle(input, _now));

    private void Learn(IReadOnlyList<MasterEffect> effects)
    {
        foreach (var send in effects.OfType<MasterEffect.Send>())
        {
            if (send.Event.Type == Event.Types.Type.Subscribed)
            {
                _ids[send.Stream] = send.Event.Subscribed.FrameworkId.Value;
            }
            else if (send.Event.Type == Event.Types.Type.Offers)
            {
                _offers[send.Stream].AddRange(send.Event.Offers.Offers_.Select(o => o.Id));
            }
        }
    }

    private static Agent AgentOf(int number, int cpus) => new(
        new AgentId($"agent-{number}"),
        string.Create(CultureInfo.InvariantCulture, $"node-{number}.example"),
        "10.0.0.1",
        5051,
        [
            Scalar("cpus", cpus),
            Scalar("mem", 65536),
            Scalar("disk", 409600),
            new Resource
            {
                Name = "ports",
                Type = Value.Types.Type.Ranges,
                Ranges = new Value.Types.Ranges { Range = { new Value.Types.Range { Begin = 31000, End = 32000 } } },
            },
        ],
        [
            new Protocol.V1.Attribute { Name = "rack", Type = Value.Types.Type.Text, Text = new Value.Types.Text { Value = $"r{number % 40}" } },
            new Protocol.V1.Attribute { Name = "kind", Type = Value.Types.Type.Text, Text = new Value.Types.Text { Value = "general" } },
        ],
        Domain: null,
        ImmutableSortedDictionary<string, string>.Empty,
        Schedulable: true);

    private static Resource Scalar(string name, double value) =>
        new() { Name = name, Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = value } };
}
