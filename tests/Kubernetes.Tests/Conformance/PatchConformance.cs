using System.Text.Json.Nodes;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Kubernetes.Tests.Conformance;

public sealed class EmbeddedPatches(EmbeddedServer server) : PatchConformance(server);

public sealed class RealPatches(RealApiServer server) : PatchConformance(server);

public abstract class PatchConformance(ApiServerFixture server) : ApiConformance(server)
{
    [Fact]
    public async Task A_merge_patch_merges_objects_and_removes_nulls()
    {
        await PostAsync(ConfigMaps, ConfigMap("a", "1", ""","labels":{"x":"1","y":"2"}"""));
        var answer = await PatchAsync(ConfigMaps + "/a", "merge", """{"metadata":{"labels":{"x":null,"z":"3"}},"data":{"m":"n"}}""");

        Same("""{"y":"2","z":"3"}""", answer["metadata.labels"]);
        Same("""{"k":"1","m":"n"}""", answer["data"]);
    }

    [Fact]
    public async Task A_json_patch_is_a_list_of_steps()
    {
        await PostAsync(ConfigMaps, ConfigMap("a", "1", ""","annotations":{"x/y":"1"}"""));
        var answer = await PatchAsync(
            ConfigMaps + "/a",
            "json",
            """[{"op":"test","path":"/data/k","value":"1"},{"op":"add","path":"/data/m","value":"2"},{"op":"remove","path":"/metadata/annotations/x~1y"},{"op":"move","from":"/data/k","path":"/data/j"},{"op":"copy","from":"/data/m","path":"/data/l"},{"op":"replace","path":"/data/m","value":"3"}]""");

        Same("""{"m":"3","j":"1","l":"2"}""", answer["data"]);
        Assert.Null(answer["metadata.annotations"]);
    }

    [Theory]
    [InlineData("""[{"op":"test","path":"/data/k","value":"2"}]""")]
    [InlineData("""[{"op":"remove","path":"/data/nope"}]""")]
    [InlineData("""[{"op":"replace","path":"/metadata/labels/x","value":"1"}]""")]
    public async Task A_json_patch_that_does_not_fit_is_refused(string patch)
    {
        await PostAsync(ConfigMaps, ConfigMap("a"));
        var answer = await PatchAsync(ConfigMaps + "/a", "json", patch);

        Assert.Equal((422, "the server rejected our request due to an error in our request"), (answer.Status, answer.Message));
    }

    [Fact]
    public async Task A_patch_that_is_none_is_refused()
    {
        await PostAsync(ConfigMaps, ConfigMap("a"));
        var merge = await PatchAsync(ConfigMaps + "/a", "merge", "{");
        var json = await PatchAsync(ConfigMaps + "/a", "json", "{}");
        var plain = await SendAsync(HttpMethod.Patch, ConfigMaps + "/a", "{}", "application/json");
        var missing = await PatchAsync(ConfigMaps + "/nope", "merge", "{}");

        Assert.Equal((500, "Invalid JSON Patch"), (merge.Status, merge.Message));
        Assert.Equal((400, "json: cannot unmarshal object into Go value of type jsonpatch.Patch"), (json.Status, json.Message));
        Assert.Equal((415, "415: Unsupported Media Type"), (plain.Status, plain.Message));
        Assert.Equal(404, missing.Status);
    }

    [Fact]
    public async Task A_patch_of_an_old_version_is_a_conflict()
    {
        var created = await PostAsync(ConfigMaps, ConfigMap("a"));
        await PatchAsync(ConfigMaps + "/a", "merge", """{"data":{"k":"2"}}""");
        var stale = await PatchAsync(ConfigMaps + "/a", "merge", $$$"""{"metadata":{"resourceVersion":"{{{created.Version}}}"},"data":{"k":"3"}}""");

        Assert.Equal((409, "Conflict"), (stale.Status, stale.Reason));
    }

    [Fact]
    public async Task A_strategic_patch_merges_lists_by_their_keys()
    {
        await PostAsync(
            Pods,
            """{"metadata":{"name":"p","finalizers":["example.com/a"]},"spec":{"containers":[{"name":"a","image":"1","env":[{"name":"X","value":"1"}]},{"name":"b","image":"2"}],"tolerations":[{"key":"k","operator":"Exists"}]}}""");
        var answer = await PatchAsync(
            Pods + "/p",
            "strategic-merge",
            """{"metadata":{"finalizers":["example.com/b"],"labels":{"l":"m"}},"spec":{"containers":[{"name":"b","image":"3"}]}}""");
        var removed = await PatchAsync(Pods + "/p", "strategic-merge", """{"metadata":{"$deleteFromPrimitiveList/finalizers":["example.com/a","example.com/b"],"labels":{"$patch":"replace","n":"o"}}}""");

        Assert.Equal("1 3", string.Join(' ', ((JsonArray)answer["spec.containers"]!).Select(c => (string?)c!["image"])));
        Same("""["example.com/b","example.com/a"]""", answer["metadata.finalizers"]);
        Assert.Null(removed["metadata.finalizers"]);
        Same("""{"n":"o"}""", removed["metadata.labels"]);
    }

    [Fact]
    public async Task Conditions_are_merged_by_type()
    {
        await CreatePodAsync("p");
        await PatchAsync(Pods + "/p/status", "strategic-merge", """{"status":{"conditions":[{"type":"Ready","status":"False"},{"type":"Other","status":"True"}]}}""");
        var answer = await PatchAsync(
            Pods + "/p/status", "strategic-merge", """{"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"Other","$patch":"delete"}]}}""");

        var condition = Assert.Single((JsonArray)answer["status.conditions"]!);
        Assert.Equal(("Ready", "True"), ((string?)condition!["type"], (string?)condition["status"]));
    }

    [Fact]
    public async Task A_configuration_is_applied_and_owned()
    {
        var created = await PatchAsync(ConfigMaps + "/a?fieldManager=me", "apply", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"x":"1"}},"data":{"k":"1","m":"2"}}""");
        var again = await PatchAsync(ConfigMaps + "/a?fieldManager=me", "apply", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"2"}}""");

        Assert.Equal((201, 200), (created.Status, again.Status));
        Same("""{"f:data":{"f:k":{},"f:m":{}},"f:metadata":{"f:labels":{"f:x":{}}}}""", created["metadata.managedFields.0.fieldsV1"]);
        Assert.Equal(("me", "Apply", "v1", "FieldsV1"), Entry(created, 0));
        Same("""{"k":"2"}""", again["data"]);
        Assert.Null(again["metadata.labels"]);
    }

    [Fact]
    public async Task A_field_that_another_owns_is_a_conflict_unless_forced()
    {
        const string Wanted = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"2","m":"2"}}""";
        await PostAsync(ConfigMaps, ConfigMap("a"));
        var refused = await PatchAsync(ConfigMaps + "/a?fieldManager=me", "apply", Wanted);
        var forced = await PatchAsync(ConfigMaps + "/a?fieldManager=me&force=true", "apply", Wanted);
        await DeleteAsync(ConfigMaps + "/a");
        await PatchAsync(ConfigMaps + "/a?fieldManager=me", "apply", Wanted);
        var other = await PatchAsync(ConfigMaps + "/a?fieldManager=you", "apply", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"3","m":"3"}}""");
        var agreed = await PatchAsync(ConfigMaps + "/a?fieldManager=you", "apply", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"2"}}""");

        Assert.Equal((409, "Apply failed with 1 conflict: conflict with \"conformance\" using v1: .data.k"), (refused.Status, refused.Message));
        Assert.Equal(["FieldManagerConflict .data.k: conflict with \"conformance\" using v1"], refused.Causes);
        Assert.Equal((200, "2"), (forced.Status, (string?)forced["data.k"]));
        Assert.Equal("Apply failed with 2 conflicts: conflicts with \"me\":\n- .data.k\n- .data.m", other.Message);
        Assert.Equal(200, agreed.Status);
    }

    [Fact]
    public async Task What_others_own_stays_when_a_configuration_no_longer_names_it()
    {
        await PatchAsync(ConfigMaps + "/a?fieldManager=me", "apply", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"1","m":"1"}}""");
        await PatchAsync(ConfigMaps + "/a?fieldManager=you", "apply", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"1","y":"1"}}""");
        var answer = await PatchAsync(ConfigMaps + "/a?fieldManager=me", "apply", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}""");

        Same("""{"k":"1","y":"1"}""", answer["data"]);
    }

    [Fact]
    public async Task Containers_are_applied_by_name()
    {
        var created = await PatchAsync(
            Pods + "/p?fieldManager=me",
            "apply",
            """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","finalizers":["example.com/a"]},"spec":{"containers":[{"name":"a","image":"1","ports":[{"containerPort":80}]}]}}""");
        var updated = await PatchAsync(Pods + "/p", "merge", """{"spec":{"containers":[{"name":"a","image":"2","ports":[{"containerPort":80}]}]}}""");
        var refused = await PatchAsync(
            Pods + "/p?fieldManager=me",
            "apply",
            """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","finalizers":["example.com/a"]},"spec":{"containers":[{"name":"a","image":"1","ports":[{"containerPort":80}]}]}}""");
        await PatchAsync(Pods + "/p", "merge", """{"metadata":{"finalizers":null}}""");

        Same(
            """{"f:metadata":{"f:finalizers":{"v:\"example.com/a\"":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:image":{},"f:name":{},"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}}}}}""",
            created["metadata.managedFields.0.fieldsV1"]);
        Assert.Equal(200, updated.Status);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"conformance\" using v1: .spec.containers[name=\"a\"].image", refused.Message);
    }

    [Fact]
    public async Task An_apply_needs_a_manager_and_others_no_force()
    {
        await PostAsync(ConfigMaps, ConfigMap("a"));
        var nobody = await PatchAsync(ConfigMaps + "/a", "apply", ConfigMap("a"));
        var force = await PatchAsync(ConfigMaps + "/a?force=true", "merge", "{}");

        Assert.Equal((422, "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch"), (nobody.Status, nobody.Message));
        Assert.Equal("PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch", force.Message);
    }

    [Fact]
    public async Task An_ordinary_write_owns_what_it_changed()
    {
        await PostAsync(ConfigMaps + "?fieldManager=maker", ConfigMap("a"));
        var answer = await PatchAsync(ConfigMaps + "/a?fieldManager=changer", "merge", """{"data":{"k":"2","m":"1"}}""");

        Assert.Equal([("changer", "Update", "v1", "FieldsV1"), ("maker", "Update", "v1", "FieldsV1")], new[] { Entry(answer, 0), Entry(answer, 1) }.Order());
        var fields = ((JsonArray)answer["metadata.managedFields"]!).ToDictionary(e => (string)e!["manager"]!, e => e!["fieldsV1"]);
        Same("""{"f:data":{"f:k":{},"f:m":{}}}""", fields["changer"]);
        Same("""{"f:data":{}}""", fields["maker"]);
    }

    private static (string?, string?, string?, string?) Entry(Answer answer, int index)
    {
        var entry = answer[$"metadata.managedFields.{index}"];
        return ((string?)entry?["manager"], (string?)entry?["operation"], (string?)entry?["apiVersion"], (string?)entry?["fieldsType"]);
    }
}
