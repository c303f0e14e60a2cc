using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Shim.Tests.Master;

/// <summary>What a framework has not acknowledged, or not heard, when its tasks turn out to be lost.</summary>
public sealed class UntoldTests
{
    [Fact]
    public void An_update_that_was_not_acknowledged_before_a_task_vanished_is_sent_again_and_the_loss_after_it()
    {
        var session = Launched("t1");
        session.Do("observed s1 t1 RUNNING:u1");

        var vanished = session.Do("vanished s1 t1 Nobody knows why");
        var again = session.Do("+10s");
        var acknowledged = session.Do("ack s1 t1 u1");

        Assert.Empty(vanished);
        Assert.Contains("(+10s) s1 UPDATE t1 TASK_RUNNING uuid u1 on a1 by EXECUTOR", again);
        Assert.Contains(acknowledged, line => line.Contains("UPDATE t1 TASK_GONE", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_a_task_that_vanished_on_an_agent_out_of_reach_the_unacknowledged_is_told_when_the_agent_is_back_while_the_loss_is_held()
    {
        var session = Launched("t1", "t2");
        session.Do("observed s1 t1 RUNNING:u1");
        session.Do("agent-unreachable a1");
        session.Do("vanished s1 t1 Nobody knows why");
        session.Do("+100s");

        var back = session.Do("agent a1 res=cpus:8;mem:8000");
        var told = session.Do("+20s");

        Assert.Contains("s1 UPDATE t1 TASK_RUNNING uuid u1 on a1 by EXECUTOR", back);
        Assert.Contains("losses held of M-0000: 1", back);
        Assert.Contains("(+110s) s1 UPDATE t1 TASK_RUNNING uuid u1 on a1 by EXECUTOR", told);
        Assert.Contains(session.Do("ack s1 t1 u1"), line => line.Contains("UPDATE t1 TASK_GONE", StringComparison.Ordinal));
    }

    [Fact]
    public void That_an_agent_was_out_of_reach_is_not_told_once_it_is_back_though_the_task_has_vanished()
    {
        var session = Launched("t1", "t2");
        session.Do("observed s1 t1 RUNNING:u1");
        session.Do("closed s1");
        session.Do("agent-unreachable a1");
        session.Do("vanished M-0000 t1 Nobody knows why");
        session.Do("+100s");
        session.Do("agent a1 res=cpus:8;mem:8000");

        var back = session.Do("subscribe s2 name=web caps=PARTITION_AWARE timeout=3600 id=M-0000");

        Assert.Contains("s2 UPDATE t1 TASK_RUNNING uuid u1 on a1 by EXECUTOR", back);
        Assert.DoesNotContain(back, line => line.Contains("t1 TASK_UNREACHABLE", StringComparison.Ordinal));
    }

    [Fact]
    public void A_task_that_had_ended_before_its_Pod_vanished_on_an_agent_out_of_reach_is_told_to_have_ended()
    {
        var session = Launched("t1");
        session.Do("observed s1 t1 RUNNING:u1");
        session.Do("ack s1 t1 u1");
        session.Do("agent-unreachable a1");
        session.Do("observed s1 t1 RUNNING:u1 FINISHED:u2");
        session.Do("vanished s1 t1 Nobody knows why");

        var back = session.Do("agent a1 res=cpus:8;mem:8000");

        Assert.Contains("s1 UPDATE t1 TASK_FINISHED uuid u2 on a1 by EXECUTOR", back);
    }

    private static Session Launched(params string[] tasks)
    {
        var session = new Session(new MasterOptions
        {
            Admission = Admission.Open,
            MaxLosses = 1,
            MaxLossShare = 0,
            LossInterval = TimeSpan.FromSeconds(60),
        });
        session.Do("recovered");
        session.Do("agent a1 res=cpus:8;mem:8000");
        session.Do("subscribe s1 name=web caps=PARTITION_AWARE timeout=3600");
        session.Do($"accept s1 O0 launch {string.Join(' ', tasks)} refuse=10000");
        return session;
    }
}
