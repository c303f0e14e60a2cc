using MesosK8sBridge.Simulation.Audit;
using MesosK8sBridge.Simulation.Bridges;
using MesosK8sBridge.Simulation.Cluster;
using MesosK8sBridge.Simulation.Faults;
using MesosK8sBridge.Simulation.Schedulers;
using MesosK8sBridge.Simulation.Time;

namespace MesosK8sBridge.Simulation.Runs;

/// <summary>One run of one scenario, from an empty cluster to an empty cluster.</summary>
internal sealed class Run
{
    private static readonly TimeSpan Rest = TimeSpan.FromHours(3);

    private readonly Scenario _scenario;
    private readonly Random _bridges;
    private readonly List<SimFramework> _frameworks = [];
    private int _lives;

    public Run(Scenario scenario)
    {
        _scenario = scenario;
        World = new World(scenario.Seed);
        Chronicle = new Chronicle(World, scenario.KeepsLines);
        Server = new ApiServer(World, Chance.Of(scenario.Seed, "server"));
        Fleet = new Fleet(World, Server, Chance.Of(scenario.Seed, "fleet"));
        Auditor = new Auditor(World, Chronicle, Server, Fleet);
        _bridges = Chance.Of(scenario.Seed, "bridges");
    }

    public World World { get; }

    public Chronicle Chronicle { get; }

    public ApiServer Server { get; }

    public Fleet Fleet { get; }

    public Auditor Auditor { get; }

    public Weather Weather { get; } = new();

    public SimBridge? Leader { get; private set; }

    /// <summary>One bridge takes over from another: two such changes at once are not planned for.</summary>
    public bool IsChanging { get; set; }

    public IReadOnlyList<SimFramework> Frameworks => _frameworks;

    public Tally Go()
    {
        var before = SynchronizationContext.Current;
        try
        {
            SynchronizationContext.SetSynchronizationContext(null);
            Begin();
            var faults = FaultPlan.Make(_scenario, this);
            var stops = _scenario.Stops is { } early && early < _scenario.Length;
            World.Run(World.Beginning + (stops ? _scenario.Stops!.Value : _scenario.Length), Enough);
            var length = World.Now - World.Beginning;
            if (!Enough() && !stops)
            {
                Settle();
            }

            return new Tally(_scenario, length, faults.Faults.Count, Auditor.Tasks, Auditor.Ended, Auditor.Updates, World.Steps, faults.Happened, Chronicle.Hash, [.. Chronicle.Violations], Chronicle.Lines);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>A new process, which knows the cluster and waits for its turn.</summary>
    public SimBridge StartStandby()
    {
        var bridge = new SimBridge(World, Server, Weather, Chronicle, Auditor, _scenario.Bug?.Invoke(), ++_lives, new Random(_bridges.Next()));
        Chronicle.Note($"bridge {bridge.Number} starts");
        bridge.Process.WhenDead(() => Chronicle.Note($"bridge {bridge.Number} is dead"));
        return bridge;
    }

    public void Lead(SimBridge bridge, bool isOnly)
    {
        Chronicle.Note($"bridge {bridge.Number} leads");
        Leader = bridge;
        bridge.Lead(isOnly);
    }

    /// <summary>A new process leads; what the one before is still up to is its own affair.</summary>
    public void StartBridge() => Lead(StartStandby(), isOnly: true);

    private bool Enough() => _scenario.StopsAtOnce && Chronicle.Violations.Count > 0;

    private void Begin()
    {
        for (var i = 0; i < _scenario.Nodes; i++)
        {
            Fleet.Add($"node-{i}", 4);
        }

        StartBridge();
        for (var i = 0; i < _scenario.Frameworks; i++)
        {
            var random = Chance.Of(_scenario.Seed, $"framework {i}");
            var manner = Manner.Of(random, _scenario.Faults.HasFlag(FaultKinds.Rudeness));
            if (!_scenario.WithoutFrameworks.Contains(i))
            {
                _frameworks.Add(new SimFramework(World, $"framework-{i}", manner, () => Leader, Auditor, Chronicle, random));
            }
        }

        Look();
    }

    /// <summary>Every few minutes somebody looks whether the books are in order.</summary>
    private void Look()
    {
        World.After(TimeSpan.FromMinutes(7), Look);
        if (Leader is { Process: { IsDead: false, IsStopped: false } process } bridge)
        {
            Books.Check(bridge.Master!.Snapshot, Chronicle);
            if (process.Strayed is { } stack)
            {
                Chronicle.Violated("all runs on one thread", stack);
            }
        }
    }

    /// <summary>Nothing goes wrong any more, and nothing new begins: all must come to its end.</summary>
    private void Settle()
    {
        Chronicle.Note("faults and new work stop");
        Weather.CallTrouble = Weather.WatchTrouble = 0;
        Weather.IsCutOff = false;
        Weather.Slowness = TimeSpan.FromMilliseconds(10);
        if (!IsChanging && Leader is null or { Process.IsDead: true })
        {
            StartBridge();
        }

        foreach (var node in Fleet.Names.ToList())
        {
            Fleet.Reconnect(node);
            Fleet.Cordon(node, on: false);
        }

        Fleet.CollectOrphans();
        foreach (var framework in _frameworks)
        {
            framework.Settle();
        }

        var latest = World.Now + Rest;
        while (World.Now < latest && !Enough())
        {
            World.Run(World.Now + TimeSpan.FromMinutes(10), Enough);
            if (_frameworks.All(framework => framework.IsConnected && !framework.HasWork) && Server.Pods.Count == 0)
            {
                break;
            }
        }

        if (!Enough())
        {
            Auditor.CheckOutcome(Leader);
        }
    }
}

/// <summary>What came of a run.</summary>
/// <param name="Length">Simulated, without the time to come to rest.</param>
internal sealed record Tally(
    Scenario Scenario,
    TimeSpan Length,
    int FaultCount,
    int Tasks,
    int Ended,
    int Updates,
    long Steps,
    IReadOnlyDictionary<string, int> Faults,
    string Hash,
    IReadOnlyList<Violation> Violations,
    IReadOnlyList<(DateTimeOffset At, string Line)> Lines);
