using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Shim.Tests.Master;

/// <summary>How many tasks may be declared lost, as a whole: the conversations are in losses.session and vanished.session.</summary>
public sealed class LossBreakerTests
{
    [Theory]
    [InlineData(100, 0.2, 50, 50)] // As many as there are.
    [InlineData(100, 0.2, 300, 100)] // The number counts where it is more than the share,
    [InlineData(100, 0.2, 600, 120)] // and the share where it is more than the number.
    [InlineData(0, 0.2, 600, 120)]
    [InlineData(0, 0.2, 4, 0)] // At most a fifth of four is none.
    [InlineData(0, 0, 10, 0)]
    [InlineData(7, 0, 10, 7)]
    [InlineData(0, 1, 10, 10)]
    public void No_more_than_the_larger_bound_is_declared_lost_at_once(int number, double share, int tasks, int expected)
    {
        var session = Launched(new MasterOptions { Admission = Admission.Open, MaxLosses = number, MaxLossShare = share }, tasks);

        var effects = session.Send(new MasterInput.AgentUnreachable(new AgentId("a1"), session.Now));

        Assert.Equal(expected, Lost(effects));
        Assert.Equal(tasks - expected, effects.OfType<MasterEffect.LossesHeld>().Select(h => h.Tasks).SingleOrDefault());
        Assert.Equal(tasks - expected, session.Master.Snapshot.Frameworks[0].LossesHeld);
    }

    [Fact]
    public void What_is_held_is_declared_an_interval_later_as_far_as_the_bound_allows_then()
    {
        var session = Launched(new MasterOptions { Admission = Admission.Open, MaxLosses = 10, MaxLossShare = 0.5 }, tasks: 60);
        session.Send(new MasterInput.AgentUnreachable(new AgentId("a1"), session.Now));

        var second = session.Do("+600s");
        var third = session.Do("+600s");
        var last = session.Do("+600s");

        Assert.Equal((15, 10, 5), (Lost(second), Lost(third), Lost(last)));
    }

    [Fact]
    public void Losses_far_apart_are_never_held()
    {
        var session = Launched(new MasterOptions { Admission = Admission.Open, MaxLosses = 1, MaxLossShare = 0 }, tasks: 5);
        for (var i = 0; i < 5; i++)
        {
            var lost = session.Do($"vanished s1 t{i} Nobody knows why");

            Assert.Equal(1, Lost(lost));
            session.Do($"ack s1 t{i} latest");
            session.Do("+600s");
        }
    }

    [Fact]
    public void Unconfirmed_losses_stay_held_where_none_may_be_declared()
    {
        var session = Launched(new MasterOptions { Admission = Admission.Open, MaxLosses = 0, MaxLossShare = 0 }, tasks: 3);
        session.Do("agent-removed a1");

        var meanwhile = session.Do("+86400s");
        var confirmed = session.Do("losses-confirmed M-0000");

        Assert.DoesNotContain(meanwhile, line => line.Contains("UPDATE", StringComparison.Ordinal));
        Assert.Equal(3, Lost(confirmed));
        Assert.Contains("s1 FAILURE a1", confirmed);
        Assert.Contains("losses held of M-0000: 0", confirmed);
        Assert.DoesNotContain(session.Master.Snapshot.Agents, a => a.Id.Value == "a1");
    }

    [Fact]
    public void What_was_confirmed_while_agents_were_out_of_reach_is_not_held_when_they_are_removed()
    {
        var session = Launched(new MasterOptions { Admission = Admission.Open, MaxLosses = 1, MaxLossShare = 0 }, tasks: 4);
        session.Do("agent-unreachable a1");
        Assert.Equal(3, Lost(session.Do("losses-confirmed M-0000")));

        var removed = session.Do("agent-removed a1");

        Assert.Equal(4, Lost(removed));
        Assert.DoesNotContain(removed, line => line.StartsWith("losses held", StringComparison.Ordinal));
    }

    [Fact]
    public void A_confirmation_does_not_cover_the_next_loss_of_a_task_that_came_back()
    {
        var session = Launched(new MasterOptions { Admission = Admission.Open, MaxLosses = 1, MaxLossShare = 0 }, tasks: 4);
        session.Do("agent-unreachable a1");
        session.Do("losses-confirmed M-0000");
        session.Do("agent a1 res=cpus:1000;mem:1000000");

        var again = session.Do("agent-unreachable a1");

        Assert.Equal(1, Lost(again));
        Assert.Contains("losses held of M-0000: 3", again);
    }

    [Fact]
    public void An_agent_that_is_gone_leaves_with_the_framework_whose_losses_were_held()
    {
        var session = Launched(new MasterOptions { Admission = Admission.Open, MaxLosses = 1, MaxLossShare = 0 }, tasks: 3);
        session.Do("agent-unreachable a1");
        session.Do("agent-removed a1");

        var torn = session.Do("teardown-requested M-0000");

        Assert.Equal(2, torn.Count(line => line.StartsWith("release M-0000/t", StringComparison.Ordinal)));
        Assert.DoesNotContain(torn, line => line.StartsWith("kill", StringComparison.Ordinal));
        Assert.Empty(session.Master.Snapshot.Agents);
    }

    [Fact]
    public void An_interval_of_nothing_does_not_hang_the_master()
    {
        var session = Launched(
            new MasterOptions { Admission = Admission.Open, MaxLosses = 0, MaxLossShare = 0, LossInterval = TimeSpan.Zero }, tasks: 3);

        session.Do("agent-unreachable a1");

        Assert.Equal(0, Lost(session.Do("+5s")));
    }

    [Fact]
    public void The_bound_is_each_framework_s_own()
    {
        var session = new Session(new MasterOptions { Admission = Admission.Open, MaxLosses = 1, MaxLossShare = 0 });
        session.Do("recovered");
        session.Do("agent a1");
        session.Do("subscribe s1 name=one");
        session.Do("accept s1 O0 launch t1:cpus:0.1;mem:32 t2:cpus:0.1;mem:32 refuse=0");
        session.Do("suppress s1");
        session.Do("subscribe s2 name=two");
        session.Do("+1s");
        session.Do("accept s2 O1 launch t1:cpus:0.1;mem:32 refuse=0");

        var effects = session.Do("agent-unreachable a1");

        Assert.Equal(2, Lost(effects));
        Assert.Equal("losses held of M-0000: 1", effects[^1]);
    }

    [Fact]
    public void Only_so_many_gone_agents_are_remembered_and_the_first_is_forgotten_first()
    {
        var session = new Session();
        session.Do("recovered");
        session.Do("subscribe s1 name=web caps=PARTITION_AWARE");
        for (var i = 0; i <= 10_000; i++)
        {
            session.Send(new MasterInput.AgentRemoved(new AgentId($"g{i}")));
        }

        var answers = session.Do("reconcile s1 x@g0 x@g1 x@g10000");

        Assert.Contains("TASK_UNKNOWN", answers[1], StringComparison.Ordinal);
        Assert.Contains("TASK_GONE_BY_OPERATOR", answers[2], StringComparison.Ordinal);
        Assert.Contains("TASK_GONE_BY_OPERATOR", answers[3], StringComparison.Ordinal);
    }

    private static Session Launched(MasterOptions options, int tasks)
    {
        var session = new Session(options);
        session.Do("recovered");
        session.Do("agent a1 res=cpus:1000;mem:1000000");
        session.Do("subscribe s1 name=web caps=PARTITION_AWARE timeout=100000");
        session.Do($"accept s1 O0 launch {string.Join(' ', Enumerable.Range(0, tasks).Select(i => $"t{i}"))} refuse=1000000");
        return session;
    }

    private static int Lost(IEnumerable<MasterEffect> effects) =>
        effects.OfType<MasterEffect.Send>().Count(s => s.Event.Type == Event.Types.Type.Update && s.Event.Update.Status.State == TaskState.TaskUnreachable);

    private static int Lost(IEnumerable<string> lines) =>
        lines.Count(l => l.Contains(" TASK_UNREACHABLE ", StringComparison.Ordinal)
            || l.Contains(" TASK_LOST ", StringComparison.Ordinal)
            || l.Contains(" TASK_GONE", StringComparison.Ordinal));
}
