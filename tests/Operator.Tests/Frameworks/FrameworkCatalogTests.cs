using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Tests.Frameworks;

public sealed class FrameworkCatalogTests
{
    private readonly FrameworkCatalog _catalog = new(new FrameworkDefaults(Admission.Open, "ns", "image"));

    [Theory]
    [InlineData("""{"name":"marathon-prod","podPolicy":{"privileged":true}}""")]
    [InlineData("""{"principal":"p","podPolicy":{"privileged":true}}""")]
    public void A_framework_does_not_get_what_is_allowed_to_another_whose_resource_is_called_like_it(string spec)
    {
        _catalog.Replace([Resource("marathon", spec)]);
        _catalog.Record(Registration("f1", "marathon"));

        Assert.False(_catalog.SettingsOf(new FrameworkId("f1")).Policy.Privileged);
        Assert.Null(_catalog.ResourceOf(new FrameworkId("f1")));
        Assert.Equal("ns", _catalog.SettingsOf(new FrameworkId("f1")).Namespace);
        Assert.Empty(_catalog.RegistrationsOf("ns/marathon"));
        Assert.StartsWith("ns/marathon-", Assert.Single(_catalog.Keys), StringComparison.Ordinal);
    }

    [Fact]
    public void A_framework_gets_what_the_resource_says_that_admitted_it_or_else_fits_it()
    {
        _catalog.Replace([Resource("a", """{"name":"marathon","podPolicy":{"privileged":true}}""")]);
        _catalog.Record(Registration("f1", "marathon"));
        _catalog.Record(Registration("f2", "whoever", policy: "ns/a"));
        _catalog.Record(Registration("f3", "whoever"));

        Assert.True(_catalog.SettingsOf(new FrameworkId("f1")).Policy.Privileged);
        Assert.True(_catalog.SettingsOf(new FrameworkId("f2")).Policy.Privileged);
        Assert.False(_catalog.SettingsOf(new FrameworkId("f3")).Policy.Privileged);
        Assert.Equal(["ns/a", "ns/whoever"], _catalog.Keys.Order(StringComparer.Ordinal));
    }

    private static FrameworkRegistration Registration(string id, string name, string? policy = null) => new(
        new FrameworkInfo { Id = new FrameworkID { Value = id }, Name = name, User = "nobody" },
        policy,
        FrameworkPhase.Connected,
        DateTimeOffset.UnixEpoch,
        DateTimeOffset.UnixEpoch,
        FailoverDeadline: null);

    private static V1Alpha1MesosFramework Resource(string name, string spec) => CustomResources.Json.Deserialize<V1Alpha1MesosFramework>(
        $$"""{"metadata":{"name":"{{name}}","namespace":"ns","uid":"{{name}}"},"spec":{{spec}}}""");
}
