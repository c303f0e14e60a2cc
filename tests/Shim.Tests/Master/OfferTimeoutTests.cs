using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Shim.Tests.Master;

/// <summary>What transcripts cannot show of offer timeouts; the conversations are in offer-timeout.session.</summary>
public sealed class OfferTimeoutTests
{
    [Fact]
    public void Nothing_is_kept_of_an_offer_that_was_answered_until_its_timeout()
    {
        var session = new Session(new MasterOptions
        {
            Admission = Admission.Open,
            OfferTimeout = TimeSpan.FromSeconds(30),
            HeartbeatInterval = TimeSpan.FromSeconds(1_000),
            AllocationInterval = TimeSpan.FromSeconds(10_000),
        });
        session.Do("recovered");
        session.Do("agent a1");
        session.Do("subscribe s1");
        var waiting = Wait(session);

        session.Do("accept s1 O0 launch t1:cpus:2;mem:4096;ports:31000-32000;disk:4096 refuse=600");

        Assert.Equal(TimeSpan.FromSeconds(30), waiting);
        Assert.Equal(TimeSpan.FromSeconds(1_000), Wait(session));
    }

    private static TimeSpan? Wait(Session session) => session.Master.NextDeadline - session.Now;
}
