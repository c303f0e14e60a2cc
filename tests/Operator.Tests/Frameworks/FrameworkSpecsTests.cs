using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Frameworks;

namespace MesosK8sBridge.Operator.Tests.Frameworks;

public sealed class FrameworkSpecsTests
{
    [Theory]
    [InlineData("""{}""", null)]
    [InlineData("""{"roles":["*","web","a/b"]}""", null)]
    [InlineData("""{"roles":["a b"]}""", "spec.roles: 'a b' is no role")]
    [InlineData("""{"roles":["/a"]}""", "spec.roles: '/a' is no role")]
    [InlineData("""{"roles":["-a"]}""", "spec.roles: '-a' is no role")]
    [InlineData("""{"podPolicy":{"hostPaths":[{"path":"srv"}]}}""", "spec.podPolicy.hostPaths: 'srv' is not absolute")]
    [InlineData("""{"podPolicy":{"hostPaths":[{"path":"/srv/../etc"}]}}""", "spec.podPolicy.hostPaths: '/srv/../etc' cannot contain '..'")]
    [InlineData("""{"podTemplate":{"metadata":{"labels":{"mesosbridge.io/task-id":"x"}}}}""", "spec.podTemplate.metadata.labels: 'mesosbridge.io/task-id' is set by the bridge")]
    [InlineData("""{"volumeClaims":[{"driver":"pxd","size":"10Gi","storageClassName":"fast"}]}""", null)]
    [InlineData("""{"volumeClaims":[{"driver":"pxd","size":"plenty"}]}""", "spec.volumeClaims: 'plenty' is no size of a volume")]
    [InlineData("""{"volumeClaims":[{"driver":"pxd","size":"0"}]}""", "spec.volumeClaims: '0' is no size of a volume")]
    [InlineData("""{"volumeClaims":[{"driver":"pxd","storageClassName":"fast"}]}""", "spec.volumeClaims: 'pxd' needs a size if claims are to be made")]
    [InlineData("""{"uriRewrites":[{"prefix":"s3://","replacement":"https://s3.example/"}]}""", null)]
    [InlineData("""{"uriRewrites":[{"prefix":"s3://","replacement":"https://a/"},{"prefix":"s3://","replacement":"https://b/"}]}""", "spec.uriRewrites: 's3://' is there twice, or without a prefix")]
    [InlineData("""{"uriRewrites":[{"prefix":"s3://","replacement":"hdfs://a/"}]}""", "spec.uriRewrites: 'hdfs://a/' is neither http, https nor file")]
    [InlineData("""{"podRetention":{"time":"2h30m","pods":5}}""", null)]
    [InlineData("""{"podRetention":{"time":"31d"}}""", "spec.podRetention.time: '31d' is no duration of at most 30d, e.g. 2h30m")]
    [InlineData("""{"podRetention":{"time":"soon"}}""", "spec.podRetention.time: 'soon' is no duration of at most 30d, e.g. 2h30m")]
    [InlineData("""{"podRetention":{"pods":-1}}""", "spec.podRetention.pods: must be between 0 and 100000")]
    [InlineData("""{"removalPolicy":"Sometimes"}""", "spec.removalPolicy: 'Sometimes' is neither Retain nor Teardown")]
    public void What_the_definition_refuses_the_controller_refuses_too(string spec, string? problem) =>
        Assert.Equal(problem, FrameworkSpecs.Problem(Resource("a", spec).Spec));

    [Fact]
    public void Each_sound_resource_is_one_rule_and_of_two_for_one_framework_the_older_counts()
    {
        var older = Resource("b", """{"name":"marathon","principal":"p"}""", "2026-01-01T00:00:00Z");
        var younger = Resource("a", """{"name":"marathon","principal":"p"}""", "2026-01-02T00:00:00Z");
        var other = Resource("marathon", """{"roles":["web"],"nodeSelector":{"a":"1"},"podTemplate":{"spec":{"nodeSelector":{"b":"2"}}}}""");
        var broken = Resource("c", """{"roles":["a b"]}""");

        var policies = FrameworkSpecs.Policies([younger, older, other, broken], _ => null);

        Assert.Equal(
            [("ns/b", "marathon", "p", false), ("ns/c", "c", null, true), ("ns/marathon", "marathon", null, false)],
            policies.Select(policy => (policy.Key, policy.FrameworkName, policy.Principal, policy.AdmitsNobody)));
        Assert.Equal(["a=1", "b=2"], policies[2].AgentSelector.Select(label => $"{label.Key}={label.Value}"));
        Assert.Same(older, FrameworkSpecs.Precedence(younger, [younger, older]));
        Assert.Null(FrameworkSpecs.Precedence(older, [younger, older]));
    }

    [Fact]
    public void What_is_broken_or_being_deleted_keeps_its_name_and_does_not_hide_what_is_sound()
    {
        var broken = Resource("a", """{"name":"marathon","roles":["a b"]}""", "2026-01-01T00:00:00Z");
        var sound = Resource("b", """{"name":"marathon"}""", "2026-01-02T00:00:00Z");
        var leaving = Resource("c", """{"name":"chronos"}""");
        leaving.Metadata.DeletionTimestamp = DateTimeOffset.UnixEpoch;

        var policies = FrameworkSpecs.Policies([broken, sound, leaving], _ => null);

        Assert.Equal(
            [("ns/a", "marathon", true), ("ns/b", "marathon", false), ("ns/c", "chronos", true)],
            policies.Select(policy => (policy.Key, policy.FrameworkName, policy.AdmitsNobody)));
    }

    [Fact]
    public void Of_the_resources_for_other_frameworks_nothing_but_the_name_is_looked_at()
    {
        var other = Resource("other", "{}");
        other.Spec.Roles = new Unreadable();

        Assert.Null(FrameworkSpecs.Precedence(Resource("web", "{}"), [other]));
    }

    private static V1Alpha1MesosFramework Resource(string name, string spec, string created = "2026-01-01T00:00:00Z") =>
        CustomResources.Json.Deserialize<V1Alpha1MesosFramework>(
            $$"""{"metadata":{"name":"{{name}}","namespace":"ns","uid":"{{name}}","creationTimestamp":"{{created}}"},"spec":{{spec}}}""");

    private sealed class Unreadable : List<string>, IEnumerable<string>
    {
        IEnumerator<string> IEnumerable<string>.GetEnumerator() => throw new InvalidOperationException("It was read.");
    }
}
