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
