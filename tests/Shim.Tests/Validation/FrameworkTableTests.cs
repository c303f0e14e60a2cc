using System.Globalization;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Tests.Master;
using CallType = MesosK8sBridge.Protocol.V1.Scheduler.Call.Types.Type;

namespace MesosK8sBridge.Shim.Tests.Validation;

/// <summary>What is said about frameworks that describe themselves wrongly, at once and later; see <see cref="Table"/>.</summary>
public sealed class FrameworkTableTests
{
    private const string Right =
        """
        {"framework_info":{"user":"root","name":"web","principal":"p","roles":["a","b"],"capabilities":[{"type":"MULTI_ROLE"}]}}
        """;

    private readonly MesosMaster _master =
        new(new MasterOptions { Admission = Admission.Open }, Given.MasterInfo, new Random(1));

    public FrameworkTableTests() => _master.Handle(new MasterInput.RecoveryCompleted(), Given.T0);

    public static TheoryData<string> Subscriptions => Table.Lines("subscriptions");

    public static TheoryData<string> Updates => Table.Lines("updates");

    [Theory, MemberData(nameof(Subscriptions))]
    public void A_subscription_is_judged_as_by_Mesos(string line)
    {
        var (_, patch, expected) = Table.Read(line);

        var effects = Subscribe("s", Table.Patched<Call.Types.Subscribe>(Right, patch));

        if (expected.Length == 0)
        {
            Assert.Equal("s", Given.NameOf(Assert.Single(effects.OfType<MasterEffect.Send>(), s => s.Event.Subscribed is not null).Stream));
            return;
        }

        Assert.Collection(
            effects,
            effect => Assert.Equal(expected, Assert.IsType<MasterEffect.Send>(effect).Event.Error.Message),
            effect => Assert.IsType<MasterEffect.CloseStream>(effect));
    }

    [Theory, MemberData(nameof(Updates))]
    public void An_update_is_judged_as_by_Mesos(string line)
    {
        var (_, patch, expected) = Table.Read(line);
        Subscribe("s", Table.Patched<Call.Types.Subscribe>(Right, "{}"));
        var update = Table.Patched<Call.Types.UpdateFramework>(Right, patch);
        update.FrameworkInfo.Id = new FrameworkID { Value = "M-0000" };
        var call = new Call { Type = CallType.UpdateFramework, FrameworkId = update.FrameworkInfo.Id, UpdateFramework = update };

        var effects = _master.Handle(new MasterInput.SchedulerCall(new RequestId(7), call, Given.Stream("s").ToString(), null), Given.T0);

        var answer = Assert.Single(effects.OfType<MasterEffect.Answer>()).Value;
        Assert.Equal(expected.Length == 0 ? "200" : expected, string.Create(CultureInfo.InvariantCulture, $"{answer.Status} {answer.Text}").Trim());
        Assert.Equal(answer.Status == 200, effects.Count > 1);
    }

    /// <summary>What JSON cannot say.</summary>
    [Fact]
    public void What_is_no_number_is_no_quantity_and_no_time()
    {
        var call = Table.Patched<Call.Types.Subscribe>(
            Right, """{"framework_info":{"offer_filters":{"a":{"min_allocatable_resources":{"quantities":[{"quantities":{"cpus":{"value":1}}}]}}}}}""");
        call.FrameworkInfo.OfferFilters["a"].MinAllocatableResources.Quantities[0].Quantities["cpus"].Value = double.NaN;
        Assert.Equal("Invalid resource quantity for 'cpus': NaN not supported", ErrorOf(Subscribe("t", call)));

        call.FrameworkInfo.OfferFilters.Clear();
        call.FrameworkInfo.FailoverTimeout = double.NaN;
        Assert.Equal("The framework failover_timeout (nan) is invalid", ErrorOf(Subscribe("t", call)));
    }

    [Fact]
    public void A_framework_that_was_removed_does_not_come_back()
    {
        Subscribe("s", Table.Patched<Call.Types.Subscribe>(Right, "{}"));
        _master.Handle(new MasterInput.TeardownRequested(new FrameworkId("M-0000")), Given.T0);

        Assert.Equal("Framework has been removed", ErrorOf(Subscribe("t", Table.Patched<Call.Types.Subscribe>(Right, """{"framework_info":{"id":{"value":"M-0000"}}}"""))));
    }

    [Theory]
    [InlineData("""{"framework_info":{"principal":"q"}}""", "Changing framework's principal is not allowed.")]
    [InlineData("""{"framework_info":{"principal":null}}""", "Changing framework's principal is not allowed.")]
    [InlineData("""{"framework_info":{"user":"other","checkpoint":true}}""", null)]
    public void A_framework_that_comes_back_keeps_its_principal(string patch, string? error)
    {
        Subscribe("s", Table.Patched<Call.Types.Subscribe>(Right, "{}"));
        var again = Table.Patched<Call.Types.Subscribe>(Right, patch);
        again.FrameworkInfo.Id = new FrameworkID { Value = "M-0000" };

        Assert.Equal(error, ErrorOf(Subscribe("t", again)));
    }

    private static string? ErrorOf(IReadOnlyList<MasterEffect> effects) =>
        effects.OfType<MasterEffect.Send>().Where(s => Given.NameOf(s.Stream) == "t").Select(s => s.Event.Error?.Message).FirstOrDefault();

    private IReadOnlyList<MasterEffect> Subscribe(string stream, Call.Types.Subscribe call) =>
        _master.Handle(new MasterInput.Subscribe(Given.Stream(stream), call, null), Given.T0);
}
