using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;
using CallType = MesosK8sBridge.Protocol.V1.Scheduler.Call.Types.Type;

namespace MesosK8sBridge.Shim.Tests.Master;

/// <summary>The answers to calls, in the order in which Mesos checks.</summary>
public sealed class CallGateTests
{
    private readonly MesosMaster _master = new(new MasterOptions { Admission = Admission.Open }, Given.MasterInfo, new Random(1));
    private readonly StreamId _stream = Given.Stream("s1");

    [Fact]
    public void Before_recovery_is_complete_no_call_is_answered_otherwise()
    {
        Assert.Equal(new SchedulerAnswer(503, "Master has not finished recovery"), Answer(CallType.Revive));
    }

    [Fact]
    public void An_unknown_framework_cannot_be_found_whatever_else_is_wrong()
    {
        Ready();

        Assert.Equal(new SchedulerAnswer(400, "Framework cannot be found"), Answer(CallType.Revive, framework: "nope", stream: null, principal: "q"));
    }

    [Fact]
    public void Another_principal_is_turned_away_before_the_stream_is_looked_at()
    {
        Subscribe();

        Assert.Equal(
            new SchedulerAnswer(400, "Authenticated principal 'q' does not match principal 'p' set in `FrameworkInfo`"),
            Answer(CallType.Revive, stream: null, principal: "q"));
    }

    [Fact]
    public void Who_is_away_is_not_subscribed()
    {
        Subscribe();
        _master.Handle(new MasterInput.StreamClosed(_stream), Given.T0);

        Assert.Equal(new SchedulerAnswer(403, "Framework is not subscribed"), Answer(CallType.Revive, stream: null));
    }

    [Fact]
    public void A_call_without_a_stream_id_is_refused()
    {
        Subscribe();

        Assert.Equal(
            new SchedulerAnswer(400, "All non-subscribe calls should include the 'Mesos-Stream-Id' header"), Answer(CallType.Revive, stream: null));
    }

    [Fact]
    public void A_call_with_another_stream_id_is_refused()
    {
        Subscribe();

        Assert.Equal(
            new SchedulerAnswer(
                400,
                "The stream ID 'abc' included in this request didn't match the stream ID currently associated with framework ID M-0000"),
            Answer(CallType.Revive, stream: "abc"));
    }

    [Theory]
    [InlineData(CallType.Revive)]
    [InlineData(CallType.Suppress)]
    [InlineData(CallType.Request)]
    [InlineData(CallType.Message)]
    [InlineData(CallType.AcceptInverseOffers)]
    [InlineData(CallType.DeclineInverseOffers)]
    [InlineData(CallType.AcknowledgeOperationStatus)]
    [InlineData(CallType.Teardown)]
    public void A_known_call_is_accepted_without_a_word(CallType type)
    {
        Subscribe();

        var answer = Answer(type, stream: _stream.ToString(), principal: "p", fill: call =>
        {
            call.AcceptInverseOffers = new Call.Types.AcceptInverseOffers();
            call.DeclineInverseOffers = new Call.Types.DeclineInverseOffers();
        });

        Assert.Equal(new SchedulerAnswer(202, ""), answer);
    }

    [Fact]
    public void A_call_of_unknown_type_is_not_implemented()
    {
        Subscribe();

        Assert.Equal(new SchedulerAnswer(501, "501 Not Implemented."), Answer(CallType.Unknown, stream: _stream.ToString()));
    }

    [Theory]
    [InlineData("root", false, 60, null, 200, "")]
    [InlineData("nobody", false, 60, null, 400, "FrameworkInfo update is not valid: Updating 'FrameworkInfo.user' is unsupported; attempted to update from 'root' to 'nobody'")]
    [InlineData("root", true, 60, null, 400, "FrameworkInfo update is not valid: Updating 'FrameworkInfo.checkpoint' is unsupported; attempted to update from 'false' to 'true'")]
    [InlineData("root", false, double.NaN, null, 400, "Supplied FrameworkInfo is not valid: The framework failover_timeout (nan) is invalid")]
    [InlineData("root", false, 60, "x", 400, "'UpdateFramework' call is not valid: Suppressed roles { x } are not contained in the set of roles")]
    public void An_update_of_the_framework_is_answered_with_its_outcome(
        string user, bool checkpoint, double timeout, string? suppressed, int status, string text)
    {
        Subscribe();
        var info = Info();
        info.Id = new FrameworkID { Value = "M-0000" };
        info.User = user;
        info.Checkpoint = checkpoint;
        info.FailoverTimeout = timeout;
        var update = new Call.Types.UpdateFramework { FrameworkInfo = info };
        update.SuppressedRoles.AddRange(suppressed is null ? [] : [suppressed]);

        Assert.Equal(new SchedulerAnswer(status, text), Answer(CallType.UpdateFramework, stream: _stream.ToString(), fill: c => c.UpdateFramework = update));
    }

    [Fact]
    public void Clearing_the_principal_counts_as_changing_it()
    {
        Subscribe();
        var info = Given.Framework();
        info.Id = new FrameworkID { Value = "M-0000" };

        Assert.Equal(
            new SchedulerAnswer(400, "FrameworkInfo update is not valid: Changing framework's principal is not allowed."),
            Answer(
                CallType.UpdateFramework,
                stream: _stream.ToString(),
                fill: c => c.UpdateFramework = new Call.Types.UpdateFramework { FrameworkInfo = info }));
    }

    private static FrameworkInfo Info()
    {
        var info = Given.Framework();
        info.Principal = "p";
        info.FailoverTimeout = 60;
        return info;
    }

    private void Ready() => _master.Handle(new MasterInput.RecoveryCompleted(), Given.T0);

    private void Subscribe()
    {
        Ready();
        _master.Handle(new MasterInput.Subscribe(_stream, new Call.Types.Subscribe { FrameworkInfo = Info() }, null), Given.T0);
    }

    private SchedulerAnswer Answer(
        CallType type, string framework = "M-0000", string? stream = "", string? principal = null, Action<Call>? fill = null)
    {
        var call = new Call { Type = type, FrameworkId = new FrameworkID { Value = framework } };
        fill?.Invoke(call);
        var effects = _master.Handle(new MasterInput.SchedulerCall(new RequestId(1), call, stream, principal), Given.T0);
        return Assert.Single(effects.OfType<MasterEffect.Answer>()).Value;
    }
}
