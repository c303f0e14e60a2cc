using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Kubernetes.Tests.Conformance;

public sealed class EmbeddedCrud(EmbeddedServer server) : CrudConformance(server);

public sealed class RealCrud(RealApiServer server) : CrudConformance(server);

public abstract class CrudConformance(ApiServerFixture server) : ApiConformance(server)
{
    [Fact]
    public async Task A_created_object_is_what_is_read_back()
    {
        var created = await PostAsync(ConfigMaps, ConfigMap("a"));
        var read = await GetAsync(ConfigMaps + "/a");

        Assert.Equal((201, 200), (created.Status, read.Status));
        Same(created.Text, read.Json);
        Same("""{"k":"1"}""", read["data"]);
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", read.Uid);
        Assert.Equal(Namespace, (string?)read["metadata.namespace"]);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused()
    {
        await PostAsync(ConfigMaps, ConfigMap("a"));
        var again = await PostAsync(ConfigMaps, ConfigMap("a"));

        Assert.Equal(409, again.Status);
        Same(
            """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \"a\" already exists","reason":"AlreadyExists","details":{"name":"a","kind":"configmaps"},"code":409}""",
            again.Json);
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found()
    {
        var answer = await GetAsync(ConfigMaps + "/nope");
        var lease = await DeleteAsync($"/apis/coordination.k8s.io/v1/namespaces/{Namespace}/leases/nope");

        Same(
            """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \"nope\" not found","reason":"NotFound","details":{"name":"nope","kind":"configmaps"},"code":404}""",
            answer.Json);
        Assert.Equal((404, "leases.coordination.k8s.io \"nope\" not found"), (lease.Status, lease.Message));
    }

    [Fact]
    public async Task A_namespace_that_does_not_exist_takes_nothing()
    {
        var answer = await PostAsync("/api/v1/namespaces/no-such/configmaps", ConfigMap("a"));

        Assert.Equal((404, "namespaces \"no-such\" not found"), (answer.Status, answer.Message));
    }

    [Fact]
    public async Task A_replacement_of_an_old_version_is_a_conflict()
    {
        var first = await PostAsync(ConfigMaps, ConfigMap("a"));
        var second = await PutAsync(ConfigMaps + "/a", ConfigMap("a", "2", $$""","resourceVersion":"{{first.Version}}" """));
        var stale = await PutAsync(ConfigMaps + "/a", ConfigMap("a", "3", $$""","resourceVersion":"{{first.Version}}" """));

        Assert.Equal(200, second.Status);
        Assert.NotEqual(first.Version, second.Version);
        Assert.Equal(409, stale.Status);
        Assert.Equal(
            "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again",
            stale.Message);
        Assert.Equal("Conflict", stale.Reason);
    }

    [Fact]
    public async Task A_replacement_that_changes_nothing_is_no_new_version()
    {
        var first = await PostAsync(ConfigMaps, ConfigMap("a"));
        var second = await PutAsync(ConfigMaps + "/a", ConfigMap("a"));

        Assert.Equal(first.Version, second.Version);
    }

    [Fact]
    public async Task A_replacement_keeps_what_the_server_looks_after()
    {
        var first = await PostAsync(ConfigMaps, ConfigMap("a"));
        var second = await PutAsync(ConfigMaps + "/a", ConfigMap("a", "2", ""","labels":{"a":"b"}"""));
        var other = await PutAsync(ConfigMaps + "/a", ConfigMap("a", "2", ""","uid":"00000000-0000-0000-0000-000000000000" """));

        Assert.Equal(first.Uid, second.Uid);
        Assert.Equal((string?)first["metadata.creationTimestamp"], (string?)second["metadata.creationTimestamp"]);
        Assert.Equal(409, other.Status);
        Assert.EndsWith(
            $"Precondition failed: UID in precondition: 00000000-0000-0000-0000-000000000000, UID in object meta: {first.Uid}", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lease_is_only_replaced_by_who_knows_its_version()
    {
        var leases = $"/apis/coordination.k8s.io/v1/namespaces/{Namespace}/leases";
        const string Lease = """{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l"},"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"renewTime":"2020-01-01T00:00:00.000000Z"}}""";
        await PostAsync(leases, Lease);
        var blind = await PutAsync(leases + "/l", Lease);
        var bad = await PostAsync(leases, Lease.Replace("15", "0", StringComparison.Ordinal));

        Assert.Equal(
            (422, "leases.coordination.k8s.io \"l\" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update"),
            (blind.Status, blind.Message));
        Assert.Equal("Lease.coordination.k8s.io \"l\" is invalid: spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0", bad.Message);
    }

    [Fact]
    public async Task Body_and_url_must_agree()
    {
        await PostAsync(ConfigMaps, ConfigMap("a"));
        var name = await PutAsync(ConfigMaps + "/a", ConfigMap("b"));
        var place = await PostAsync(ConfigMaps, ConfigMap("c", "1", ""","namespace":"other" """));
        var kind = await PostAsync(Pods, """{"apiVersion":"v1","kind":"Node","metadata":{"name":"a"}}""");

        Assert.Equal((400, "the name of the object (b) does not match the name on the URL (a)"), (name.Status, name.Message));
        Assert.Equal((400, "the namespace of the provided object does not match the namespace sent on the request"), (place.Status, place.Message));
        Assert.Equal((400, "Node in version \"v1\" cannot be handled as a Pod: converting (v1.Node) to (core.Pod): unknown conversion"), (kind.Status, kind.Message));
    }

    [Fact]
    public async Task A_name_is_made_up_where_only_its_beginning_is_given()
    {
        var answer = await PostAsync(ConfigMaps, """{"metadata":{"generateName":"x-"},"data":{}}""");

        Assert.Matches("^x-[bcdfghjklmnpqrstvwxz2456789]{5}$", (string?)answer["metadata.name"]);
    }

    [Fact]
    public async Task A_dry_run_leaves_nothing_behind()
    {
        var created = await PostAsync(ConfigMaps + "?dryRun=All", ConfigMap("a"));
        var read = await GetAsync(ConfigMaps + "/a");
        await PostAsync(ConfigMaps, ConfigMap("b"));
        var patched = await PatchAsync(ConfigMaps + "/b?dryRun=All", "merge", """{"data":{"k":"2"}}""");
        await DeleteAsync(ConfigMaps + "/b?dryRun=All");
        var kept = await GetAsync(ConfigMaps + "/b");
        var wrong = await PostAsync(ConfigMaps + "?dryRun=Some", ConfigMap("a"));

        Assert.Equal((201, 404), (created.Status, read.Status));
        Assert.Equal(("2", "1"), ((string?)patched["data.k"], (string?)kept["data.k"]));
        Assert.Equal(422, wrong.Status);
        Assert.Contains("dryRun: Unsupported value: []string{\"Some\"}: supported values: \"All\"", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_no_object_is_refused()
    {
        var cut = await PostAsync(ConfigMaps, "{");
        var list = await PostAsync(ConfigMaps, "[]");
        var nothing = await PostAsync(ConfigMaps, "");
        var text = await PostAsync(ConfigMaps, "{}", "text/plain");
        var big = await PostAsync(ConfigMaps, $$$"""{"metadata":{"name":"big"},"data":{"k":"{{{new string('x', 3 * 1024 * 1024)}}}"}}""");

        const string Start = "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: ";
        Assert.Equal((400, Start + "unexpected end of JSON input ({)"), (cut.Status, cut.Message));
        Assert.StartsWith(Start + "json: cannot unmarshal array into Go value of type struct", list.Message, StringComparison.Ordinal);
        Assert.Equal(Start + "unexpected end of JSON input (<empty>)", nothing.Message);
        Assert.Equal(415, text.Status);
        Assert.Equal(
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
            text.Message);
        Assert.Equal((413, "Request entity too large: limit is 3145728"), (big.Status, big.Message));
    }

    [Fact]
    public async Task Yaml_is_read_as_well()
    {
        var answer = await PostAsync(ConfigMaps, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yes-it-is\ndata:\n  k: |\n    a\n    b\n  n: \"1\"\n", "application/yaml");

        Assert.Equal(201, answer.Status);
        Same("""{"k":"a\nb\n","false":"1"}""", answer["data"]);

        var boolean = await PostAsync(ConfigMaps, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: y\n", "application/yaml");
        Assert.Equal(400, boolean.Status);
    }

    [Fact]
    public async Task What_there_is_not_cannot_be_asked_for()
    {
        var resource = await GetAsync("/api/v1/nopes");
        var method = await PutAsync(ConfigMaps, ConfigMap("a"));
        var everywhere = await PostAsync("/api/v1/configmaps", ConfigMap("a"));
        var form = await GetAsync(ConfigMaps, "text/html");
        var group = await GetAsync("/apis/nope.example.com/v1/things");

        Assert.Equal((404, "the server could not find the requested resource"), (resource.Status, resource.Message));
        Assert.Equal((405, "the server does not allow this method on the requested resource"), (method.Status, method.Message));
        Assert.Equal(405, everywhere.Status);
        Assert.Equal(406, form.Status);
        Assert.Equal((404, "404 page not found\n"), (group.Status, group.Text));
    }

    [Fact]
    public async Task A_secret_can_be_given_as_text()
    {
        var answer = await PostAsync($"/api/v1/namespaces/{Namespace}/secrets", """{"metadata":{"name":"s"},"stringData":{"a":"b"}}""");

        Same("""{"a":"Yg=="}""", answer["data"]);
        Assert.Null(answer["stringData"]);
        Assert.Equal("Opaque", (string?)answer["type"]);
    }

    [Fact]
    public async Task Metadata_is_checked()
    {
        var answer = await PostAsync(ConfigMaps, """{"metadata":{"name":"A_b","labels":{"x y":"z"},"annotations":{"b c":"d"},"finalizers":["x"]}}""");

        Assert.Equal(422, answer.Status);
        Assert.StartsWith("ConfigMap \"A_b\" is invalid: [metadata.name: Invalid value: \"A_b\": a lowercase RFC 1123 subdomain must consist of", answer.Message, StringComparison.Ordinal);
        Assert.Equal(
            ["FieldValueInvalid metadata.annotations", "FieldValueInvalid metadata.finalizers[0]", "FieldValueInvalid metadata.labels", "FieldValueInvalid metadata.name"],
            answer.Causes.Select(cause => cause.Split(": ")[0]));
        Assert.Contains(answer.Causes, cause => cause.EndsWith("name is neither a standard finalizer name nor is it fully qualified", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_default_namespace_cannot_be_deleted()
    {
        var answer = await DeleteAsync("/api/v1/namespaces/default");

        Assert.Equal((403, "namespaces \"default\" is forbidden: this namespace may not be deleted"), (answer.Status, answer.Message));
    }
}
