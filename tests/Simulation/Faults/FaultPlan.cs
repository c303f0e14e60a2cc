using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Simulation.Bridges;
using MesosK8sBridge.Simulation.Runs;
using MesosK8sBridge.Simulation.Time;

namespace MesosK8sBridge.Simulation.Faults;

/// <summary>What will go wrong, and when: decided before the run, so that a fault can be left out and the others stay.</summary>
internal sealed class FaultPlan
{
    private readonly Run _run;
    private readonly List<Fault> _faults = [];
    private readonly SortedDictionary<string, int> _happened = new(StringComparer.Ordinal);

    private FaultPlan(Run run) => _run = run;

    /// <summary>How often each kind of fault has happened.</summary>
    public IReadOnlyDictionary<string, int> Happened => _happened;

    public IReadOnlyList<Fault> Faults => _faults;

    public static FaultPlan Make(Scenario scenario, Run run)
    {
        var plan = new FaultPlan(run);
        plan.Draw(scenario);
        foreach (var (index, fault) in plan._faults.Index())
        {
            if (!scenario.WithoutFaults.Contains(index))
            {
                run.World.At(World.Beginning + fault.At, () => plan.Happen(scenario, fault));
            }
        }

        return plan;
    }

    /// <summary>Every kind at its own pace, each from its own chance.</summary>
    private void Draw(Scenario scenario)
    {
        Draw(scenario, FaultKinds.Crashes, TimeSpan.FromHours(3), (random, at) => new Fault(at, "crash", random.Next(), Crash));
        Draw(scenario, FaultKinds.Calls, TimeSpan.FromHours(2), (random, at) => new Fault(at, "calls fail", random.Next(), CallsFail));
        Draw(scenario, FaultKinds.Calls, TimeSpan.FromHours(12), (random, at) => new Fault(at, "API server away", random.Next(), CutOff));
        Draw(scenario, FaultKinds.Watches, TimeSpan.FromHours(2), (random, at) => new Fault(at, "watches fail", random.Next(), WatchesFail));
        Draw(scenario, FaultKinds.Watches, TimeSpan.FromHours(3), (random, at) => new Fault(at, "watches break", random.Next(), WatchesBreak));
        Draw(scenario, FaultKinds.Rudeness, TimeSpan.FromHours(4), (random, at) => new Fault(at, "framework leaves", random.Next(), FrameworkLeaves));
        Draw(scenario, FaultKinds.Nodes, TimeSpan.FromHours(2), (random, at) => new Fault(at, "node silent", random.Next(), NodeSilent));
        Draw(scenario, FaultKinds.Nodes, TimeSpan.FromHours(8), (random, at) => new Fault(at, "node deleted", random.Next(), NodeDeleted));
        Draw(scenario, FaultKinds.Nodes, TimeSpan.FromHours(6), (random, at) => new Fault(at, "node cordoned", random.Next(), NodeCordoned));
        Draw(scenario, FaultKinds.People, TimeSpan.FromHours(2), (random, at) => new Fault(at, "Pod deleted", random.Next(), PodDeleted));
        Draw(scenario, FaultKinds.People, TimeSpan.FromHours(3), (random, at) => new Fault(at, "foreign Pod", random.Next(), ForeignPod));
        Draw(scenario, FaultKinds.Leaders, TimeSpan.FromHours(5), (random, at) => new Fault(at, "leader stalls", random.Next(), LeaderStalls));
    }

    private void Draw(Scenario scenario, FaultKinds kind, TimeSpan every, Func<Random, TimeSpan, Fault> make)
    {
        if (!scenario.Faults.HasFlag(kind))
        {
            return;
        }

        var random = Chance.Of(scenario.Seed, $"faults {kind} {every}");
        for (var at = random.About(every); at < scenario.Length; at += random.About(every))
        {
            _faults.Add(make(random, at));
        }
    }

    private void Happen(Scenario scenario, Fault fault)
    {
        if (_run.World.Now < World.Beginning + scenario.Length)
        {
            _happened[fault.Kind] = _happened.GetValueOrDefault(fault.Kind) + 1;
            _run.Chronicle.Note($"FAULT {fault.Kind}");
            fault.Happen(new Random(fault.Seed));
        }
    }

    // ---- bridges ----

    private void Crash(Random random)
    {
        if (_run.Leader is not { Process: { IsDead: false, IsStopped: false } process } || _run.IsChanging)
        {
            return;
        }

        _run.IsChanging = true;
        var standby = random.Is(0.3) ? _run.StartStandby() : null;
        process.WhenDead(() => _run.World.After(random.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(20)), () =>
        {
            _run.IsChanging = false;
            _run.Lead(standby ?? _run.StartStandby(), isOnly: standby is null);
        }));

        // Somewhere among what it is about to do: with nothing to do it dies when it next has.
        var wait = standby is null ? TimeSpan.Zero : TimeSpan.FromSeconds(30);
        _run.World.After(wait, () => process.KillAfter(random.Next(0, 60)));
    }

    /// <summary>It stops, and another takes the lease; when it goes on it does not know that yet, and acts until it does.</summary>
    private void LeaderStalls(Random random)
    {
        if (_run.Leader is not { Process: { IsDead: false, IsStopped: false } } old || _run.IsChanging)
        {
            return;
        }

        _run.IsChanging = true;
        var standby = _run.StartStandby();
        _run.World.After(TimeSpan.FromSeconds(random.Next(5, 60)), () =>
        {
            _run.Chronicle.Note($"bridge {old.Number} is stopped");
            old.Process.Stop();
            _run.World.After(TimeSpan.FromSeconds(15), () =>
            {
                old.Link.IsFenced = true;
                _run.Lead(standby, isOnly: false);
                _run.World.After(random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(30)), () => Wake(old, random));
            });
        });
    }

    private void Wake(SimBridge old, Random random)
    {
        _run.Chronicle.Note($"bridge {old.Number} goes on");
        old.Process.GoOn();
        old.Process.KillAfter(random.Next(0, 100));
        _run.World.After(TimeSpan.FromSeconds(random.NextDouble() * 3), () =>
        {
            old.Process.Kill();
            _run.IsChanging = false;
        });
    }

    // ---- the API server ----

    private void CallsFail(Random random)
    {
        _run.Weather.CallTrouble = random.Of([0.1, 0.3, 0.7]);
        _run.Weather.Slowness = TimeSpan.FromMilliseconds(random.Of([10, 100, 1000]));
        _run.World.After(random.About(TimeSpan.FromMinutes(5)), () =>
        {
            _run.Weather.CallTrouble = 0;
            _run.Weather.Slowness = TimeSpan.FromMilliseconds(10);
        });
    }

    private void CutOff(Random random)
    {
        _run.Weather.IsCutOff = true;
        _run.Leader?.Link.CutWatches();
        _run.World.After(random.About(TimeSpan.FromMinutes(2)), () => _run.Weather.IsCutOff = false);
    }

    private void WatchesFail(Random random)
    {
        _run.Weather.WatchTrouble = random.Of([0.05, 0.2, 0.5]);
        _run.World.After(random.About(TimeSpan.FromMinutes(5)), () => _run.Weather.WatchTrouble = 0);
    }

    private void WatchesBreak(Random random)
    {
        if (random.Is(0.5))
        {
            _run.Server.Shelf<V1Pod>().Forget(_run.Server.Version);
            _run.Server.Shelf<V1Node>().Forget(_run.Server.Version);
            _run.Server.Shelf<V1Alpha1MesosFramework>().Forget(_run.Server.Version);
        }

        _run.Leader?.Link.CutWatches();
    }

    // ---- frameworks ----

    private void FrameworkLeaves(Random random)
    {
        var framework = random.Of(_run.Frameworks);
        framework.Leave(random.Is(0.8) ? random.About(TimeSpan.FromMinutes(1)) : random.About(TimeSpan.FromMinutes(40)));
    }

    // ---- nodes ----

    private void NodeSilent(Random random)
    {
        if (_run.Fleet.Names.Count == 0)
        {
            return;
        }

        var node = random.Of(_run.Fleet.Names.ToList());
        _run.Auditor.DisturbNode(node);
        _run.Fleet.Disconnect(node, powerOff: random.Is(0.3));
        var away = random.Is(0.5) ? random.Between(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(2)) : random.About(TimeSpan.FromMinutes(30));
        _run.World.After(away, () =>
        {
            _run.Auditor.DisturbNode(node);
            _run.Fleet.Reconnect(node);
        });
    }

    private void NodeDeleted(Random random)
    {
        if (_run.Fleet.Names.Count == 0)
        {
            return;
        }

        var node = random.Of(_run.Fleet.Names.ToList());
        _run.Auditor.DisturbNode(node);
        _run.Fleet.Remove(node);
        _run.World.After(random.About(TimeSpan.FromMinutes(20)), () => _run.Fleet.Add(node, 4));
    }

    private void NodeCordoned(Random random)
    {
        if (_run.Fleet.Names.Count == 0)
        {
            return;
        }

        var node = random.Of(_run.Fleet.Names.ToList());
        _run.Fleet.Cordon(node, on: true);
        _run.World.After(random.About(TimeSpan.FromMinutes(20)), () => _run.Fleet.Cordon(node, on: false));
    }

    // ---- people ----

    private void PodDeleted(Random random)
    {
        var ours = _run.Server.Pods.Where(pod => PodTasks.IsOurs(pod) && !pod.IsDeleting()).ToList();
        if (ours.Count == 0)
        {
            return;
        }

        var pod = random.Of(ours);
        _run.Auditor.Disturb(pod);
        _run.Chronicle.Note($"somebody deletes Pod {pod.Name()}");
        var way = random.NextDouble();
        if (way < 0.2)
        {
            _run.Server.DropFinalizers(pod);
        }

        if (_run.Server.FindPod(pod.Namespace(), pod.Name()) is not null)
        {
            _run.Server.Delete<V1Pod>(ObjectKey.Of(pod), new V1DeleteOptions { GracePeriodSeconds = way < 0.5 ? 0 : null });
        }
    }

    private void ForeignPod(Random random)
    {
        if (_run.Fleet.Names.Count > 0)
        {
            _run.Auditor.RoomIsCertain = false;
            var runs = random.Between(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
            _run.Fleet.AddForeignPod($"other-{random.Next():x}", random.Of(_run.Fleet.Names.ToList()), random.Of([0.1m, 0.5m, 2m]), runs);
        }
    }
}

/// <summary>One thing that goes wrong.</summary>
/// <param name="At">Since the beginning.</param>
internal sealed record Fault(TimeSpan At, string Kind, int Seed, Action<Random> Happen);
