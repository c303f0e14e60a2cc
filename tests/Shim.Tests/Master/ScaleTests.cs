using System.Collections.Immutable;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Shim.Tests.Master;

/// <summary>
/// What must not cost more for each thing the more things there are. A small master and a large one do the same by turns, so that a
/// busy machine slows both alike; where each thing looked at all others, the large one would take twenty times as long, and more.
/// </summary>
public sealed class ScaleTests
{
    private const int Rounds = 7;
    private const double Allowed = 8;

    [Fact]
    public void Recovering_a_task_costs_the_same_however_many_its_framework_has_while_maintenance_is_planned()
    {
        var (small, large) = (Recovered(100), Recovered(60_000));
        small.Do("agent a1 away=60/3600");
        large.Do("agent a1 away=60/3600");

        var (ofSmall, ofLarge) = Fastest(
            round => Recover(small, 100, $"s{round}-"),
            round => Recover(large, 100, $"s{round}-"));

        Assert.InRange(ofLarge / ofSmall, 0, Allowed);
    }

    [Fact]
    public void Launching_a_task_group_costs_the_same_however_many_tasks_its_framework_has_elsewhere()
    {
        var (small, large) = (Offered(Recovered(100)), Offered(Recovered(60_000)));

        var (ofSmall, ofLarge) = Fastest(round => LaunchGroups(small, round), round => LaunchGroups(large, round));

        Assert.InRange(ofLarge / ofSmall, 0, Allowed);
    }

    [Fact]
    public void Taking_over_the_tasks_of_an_agent_that_is_gone_costs_each_the_same()
    {
        var (ofSmall, ofLarge) = Fastest(
            Enumerable.Range(0, Rounds).Select(_ => Gone(200)).Select(each => (Action)(() => TakeOver(each, 200))).ToArray(),
            Enumerable.Range(0, Rounds).Select(_ => Gone(8_000)).Select(each => (Action)(() => TakeOver(each, 8_000))).ToArray());

        Assert.InRange(ofLarge / 8_000 / (ofSmall / 200), 0, Allowed);
    }

    private static Session Recovered(int tasks)
    {
        var session = new Session(new MasterOptions { Admission = Admission.Open, MaxLosses = 10, MaxLossShare = 0 });
        session.Do("framework-recovered M-0000 name=web timeout=600");
        session.Do("agent a2 schedulable=no");
        Recover(session, tasks, "t");
        return session;
    }

    private static void Recover(Session session, int tasks, string prefix)
    {
        for (var i = 0; i < tasks; i++)
        {
            session.Send(new MasterInput.TaskRecovered(
                new FrameworkId("M-0000"), new AgentId("a2"), Given.Task($"{prefix}{i}", "cpus:0.1;mem:32", "a2"), null, ImmutableArray<Protocol.V1.TaskStatus>.Empty));
        }
    }

    private static Session Offered(Session session)
    {
        session.Do("recovered");
        session.Do("agent a1 res=cpus:1000;mem:1000000;disk:1000000");
        session.Do("subscribe s1 name=web timeout=600 id=M-0000");
        return session;
    }

    private static void LaunchGroups(Session session, int round)
    {
        var groups = string.Join(' ', Enumerable.Range(0, 20).Select(i => $"group e{round}-{i} g{round}-{i}:cpus:0.1;mem:32"));
        var launched = session.Do($"accept s1 O{round} {groups} refuse=0");
        Assert.Equal(20, launched.Count(line => line.StartsWith("launch g", StringComparison.Ordinal)));
        session.Do("+1s");
    }

    /// <summary>Tasks of a framework that is not known yet, on an agent that is gone.</summary>
    private static Session Gone(int tasks)
    {
        var session = new Session(new MasterOptions { Admission = Admission.Open, MaxLosses = 10, MaxLossShare = 0 });
        Recover(session, tasks, "t");
        session.Do("recovered");
        session.Do("agent-removed a2");
        return session;
    }

    private static void TakeOver(Session session, int tasks) =>
        Assert.Contains($"losses held of M-0000: {tasks - 10}", session.Do("subscribe s1 name=web timeout=600 id=M-0000"));

    private static (double Small, double Large) Fastest(Action<int> small, Action<int> large) => Fastest(
        Enumerable.Range(0, Rounds).Select(round => (Action)(() => small(round))).ToArray(),
        Enumerable.Range(0, Rounds).Select(round => (Action)(() => large(round))).ToArray());

    /// <returns>Of the fastest round of each, in seconds.</returns>
    private static (double Small, double Large) Fastest(Action[] small, Action[] large)
    {
        var fastest = (Small: double.MaxValue, Large: double.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            fastest = (Math.Min(fastest.Small, Seconds(small[round])), Math.Min(fastest.Large, Seconds(large[round])));
        }

        return fastest;
    }

    private static double Seconds(Action work)
    {
        var began = TimeProvider.System.GetTimestamp();
        work();
        return TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }
}
