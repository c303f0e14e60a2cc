using System.Text.Json.Nodes;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Kubernetes.Tests.Conformance;

public sealed class EmbeddedCustomResources(EmbeddedServer server) : CustomResourceConformance(server);

public sealed class RealCustomResources(RealApiServer server) : CustomResourceConformance(server);

public abstract class CustomResourceConformance(ApiServerFixture server) : ApiConformance(server)
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    private const string Schema =
        """
        {"type":"object","required":["spec"],"properties":{
          "spec":{"type":"object","required":["mode"],"x-kubernetes-validations":[{"rule":"self.n > 1"}],"properties":{
            "mode":{"type":"string","enum":["A","B"]},"n":{"type":"integer","minimum":1,"maximum":5,"default":2},
            "s":{"type":"string","pattern":"^a","minLength":2,"maxLength":3},"replicas":{"type":"integer"},
            "l":{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":2},"m":{"type":"object","additionalProperties":{"type":"string"}},
            "raw":{"type":"object","x-kubernetes-preserve-unknown-fields":true},"nul":{"type":"string","nullable":true},"nuld":{"type":"string","default":"d"},
            "obj":{"type":"object","default":{},"properties":{"a":{"type":"string","default":"x"}}},"f":{"type":"number"},"b":{"type":"boolean"},
            "port":{"x-kubernetes-int-or-string":true},"when":{"type":"string","format":"date-time"},
            "items":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],
                     "items":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"v":{"type":"string"}}}}}},
          "status":{"type":"object","properties":{"replicas":{"type":"integer"},"phase":{"type":"string"},
            "conditions":{"type":"array","items":{"type":"object","properties":{"type":{"type":"string"},"status":{"type":"string"}}}}}}}}
        """;

    private string Group => $"{Namespace}.example.com";

    private string Name => $"widgets.{Group}";

    private string Widgets => $"/apis/{Group}/v1/namespaces/{Namespace}/widgets";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var created = await PostAsync(Definitions, Definition());
        Assert.True(created.Status == 201, created.Text);
        await EventuallyAsync(() => GetAsync($"{Definitions}/{Name}"), crd => crd.Text.Contains("InitialNamesAccepted", StringComparison.Ordinal));
        await EventuallyAsync(() => GetAsync(Widgets), list => list.Status == 200);
    }

    [Fact]
    public async Task A_definition_is_accepted_and_established()
    {
        var definition = await GetAsync($"{Definitions}/{Name}");
        var conditions = ((JsonArray)definition["status.conditions"]!).Select(c => $"{c!["type"]}={c["status"]} {c["reason"]}: {c["message"]}");

        Assert.Equal(
            ["NamesAccepted=True NoConflicts: no conflicts found", "Established=True InitialNamesAccepted: the initial names have been accepted"], conditions);
        Same("""["v1"]""", definition["status.storedVersions"]);
        Same(
            """{"plural":"widgets","singular":"widget","shortNames":["wd"],"kind":"Widget","listKind":"WidgetList","categories":["all"]}""", definition["status.acceptedNames"]);
        Same("""{"strategy":"None"}""", definition["spec.conversion"]);
        Assert.Null(definition["spec.versions.0.schema.openAPIV3Schema.properties.spec.x-kubernetes-validations"]);
    }

    [Fact]
    public async Task Discovery_shows_the_custom_resource()
    {
        var list = await GetAsync($"/apis/{Group}/v1");
        foreach (var resource in (JsonArray)list["resources"]!)
        {
            resource!.AsObject().Remove("storageVersionHash");
        }

        Same(
            """
            [{"name":"widgets","singularName":"widget","namespaced":true,"kind":"Widget","verbs":["delete","deletecollection","get","list","patch","create","update","watch"],"shortNames":["wd"],"categories":["all"]},
             {"name":"widgets/status","singularName":"","namespaced":true,"kind":"Widget","verbs":["get","patch","update"]},
             {"name":"widgets/scale","singularName":"","namespaced":true,"group":"autoscaling","version":"v1","kind":"Scale","verbs":["get","patch","update"]}]
            """,
            list["resources"]);
        Assert.Contains(Group, (await GetAsync("/apis")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_fields_go_and_defaults_come()
    {
        var answer = await CreateAsync("a", """{"mode":"A","mm":1,"nul":null,"nuld":null,"raw":{"x":{"y":null}},"port":"p","items":[{"name":"a","z":1}]}""", ""","status":{"phase":"x"},"extra":1""");

        Assert.Equal(201, answer.Status);
        Same("""{"mode":"A","nul":null,"nuld":"d","raw":{"x":{"y":null}},"port":"p","items":[{"name":"a"}],"n":2,"obj":{"a":"x"}}""", answer["spec"]);
        Assert.Null(answer["status"]);
        Assert.Null(answer["extra"]);
        Assert.Equal(1, (int?)answer["metadata.generation"]);
    }

    [Theory]
    [InlineData("""{}""", "FieldValueRequired spec.mode: Required value")]
    [InlineData("""{"mode":null}""", "FieldValueRequired spec.mode: Required value")]
    [InlineData("""{"mode":"C"}""", "FieldValueNotSupported spec.mode: Unsupported value: \"C\": supported values: \"A\", \"B\"")]
    [InlineData("""{"mode":"A","n":0}""", "FieldValueInvalid spec.n: Invalid value: 0: spec.n in body should be greater than or equal to 1")]
    [InlineData("""{"mode":"A","n":9}""", "FieldValueInvalid spec.n: Invalid value: 9: spec.n in body should be less than or equal to 5")]
    [InlineData("""{"mode":"A","n":"x"}""", "FieldValueInvalid spec.n: Invalid value: \"string\": spec.n in body must be of type integer: \"string\"")]
    [InlineData("""{"mode":"A","s":"a"}""", "FieldValueInvalid spec.s: Invalid value: \"a\": spec.s in body should be at least 2 chars long")]
    [InlineData("""{"mode":"A","s":"abcd"}""", "FieldValueInvalid spec.s: Invalid value: \"abcd\": spec.s in body should be at most 3 chars long")]
    [InlineData("""{"mode":"A","s":"bb"}""", "FieldValueInvalid spec.s: Invalid value: \"bb\": spec.s in body should match '^a'")]
    [InlineData("""{"mode":"A","l":[]}""", "FieldValueInvalid spec.l: Invalid value: 0: spec.l in body should have at least 1 items")]
    [InlineData("""{"mode":"A","l":["a","b","c"]}""", "FieldValueInvalid spec.l: Invalid value: 3: spec.l in body should have at most 2 items")]
    [InlineData("""{"mode":"A","l":[1]}""", "FieldValueInvalid spec.l: Invalid value: \"integer\": spec.l in body must be of type string: \"integer\"")]
    [InlineData("""{"mode":"A","m":{"a":1}}""", "FieldValueInvalid spec.m.a: Invalid value: \"integer\": spec.m.a in body must be of type string: \"integer\"")]
    [InlineData("""{"mode":"A","port":true}""", "FieldValueInvalid spec.port: Invalid value: \"boolean\": spec.port in body must be of type integer,string: \"boolean\"")]
    [InlineData("""{"mode":"A","b":1}""", "FieldValueInvalid spec.b: Invalid value: \"integer\": spec.b in body must be of type boolean: \"integer\"")]
    [InlineData("""{"mode":"A","when":"x"}""", "FieldValueInvalid spec.when: Invalid value: \"x\": spec.when in body must be of type date-time: \"x\"")]
    [InlineData("""{"mode":"A","obj":5}""", "FieldValueInvalid spec.obj: Invalid value: \"integer\": spec.obj in body must be of type object: \"integer\"")]
    [InlineData("""{"mode":"A","items":[{"v":"1"}]}""", "FieldValueRequired spec.items.name: Required value")]
    [InlineData("""{"mode":"A","items":[{"name":"a"},{"name":"a"}]}""", "FieldValueDuplicate spec.items[1]: Duplicate value: map[string]interface {}{\"name\":\"a\"}")]
    public async Task What_the_schema_forbids_is_refused(string spec, string cause)
    {
        var answer = await CreateAsync("a", spec);

        Assert.Equal(422, answer.Status);
        Assert.Equal([cause], answer.Causes);
        Assert.Equal($"Widget.{Group} \"a\" is invalid: {cause[(cause.IndexOf(' ', StringComparison.Ordinal) + 1)..]}", answer.Message);
    }

    [Fact]
    public async Task Kind_and_version_must_be_right()
    {
        var version = await PostAsync(Widgets, $$$"""{"apiVersion":"{{{Group}}}/v2","kind":"Widget","metadata":{"name":"a"}}""");
        var kind = await PostAsync(Widgets, $$$"""{"apiVersion":"{{{Group}}}/v1","kind":"Gadget","metadata":{"name":"a"}}""");
        var none = await PostAsync(Widgets, """{"metadata":{"name":"a"}}""");

        Assert.Equal((400, $"the API version in the data ({Group}/v2) does not match the expected API version ({Group}/v1)"), (version.Status, version.Message));
        Assert.Equal((422, $"Gadget.{Group} \"a\" is invalid: kind: Invalid value: \"Gadget\": must be Widget"), (kind.Status, kind.Message));
        Assert.Equal(400, none.Status);
        Assert.StartsWith(
            "Widget in version \"v1\" cannot be handled as a Widget: unmarshalerDecoder: Object 'Kind' is missing in '{\"metadata\":{\"name\":\"a\"}}'", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_and_spec_are_changed_apart()
    {
        await CreateAsync("a", """{"mode":"A"}""");
        var status = await PatchAsync(Widgets + "/a/status", "merge", """{"status":{"phase":"Running","bogus":1},"spec":{"mode":"B"},"metadata":{"labels":{"x":"y"}}}""");
        var spec = await PatchAsync(Widgets + "/a", "merge", """{"status":{"phase":"Foo"},"spec":{"mode":"B"}}""");

        Same("""{"phase":"Running"}""", status["status"]);
        Assert.Equal(("A", 1), ((string?)status["spec.mode"], (int?)status["metadata.generation"]));
        Assert.Null(status["metadata.labels"]);
        Assert.Equal(("B", "Running", 2), ((string?)spec["spec.mode"], (string?)spec["status.phase"], (int?)spec["metadata.generation"]));
    }

    [Fact]
    public async Task A_status_is_checked_by_the_schema()
    {
        await CreateAsync("a", """{"mode":"A"}""");
        var answer = await PatchAsync(Widgets + "/a/status", "merge", """{"status":{"phase":5}}""");

        Assert.Equal([@"FieldValueInvalid status.phase: Invalid value: ""integer"": status.phase in body must be of type string: ""integer"""], answer.Causes);
    }

    [Fact]
    public async Task Labels_do_not_count_as_a_generation()
    {
        await CreateAsync("a", """{"mode":"A"}""");
        var answer = await PatchAsync(Widgets + "/a", "merge", """{"metadata":{"labels":{"x":"y"}}}""");

        Assert.Equal((1, "y"), ((int?)answer["metadata.generation"], (string?)answer["metadata.labels.x"]));
    }

    [Fact]
    public async Task A_custom_resource_is_replaced_only_by_who_knows_its_version()
    {
        var created = await CreateAsync("a", """{"mode":"A"}""");
        var blind = await PutAsync(Widgets + "/a", Widget("a", """{"mode":"B"}"""));
        var known = await PutAsync(Widgets + "/a", Widget("a", """{"mode":"B"}""").Replace("\"name\":\"a\"", $"\"name\":\"a\",\"resourceVersion\":\"{created.Version}\"", StringComparison.Ordinal));

        Assert.Equal(
            (422, $"widgets.{Group} \"a\" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update"), (blind.Status, blind.Message));
        Assert.Equal((200, "B"), (known.Status, (string?)known["spec.mode"]));
    }

    [Fact]
    public async Task There_is_no_strategic_patch_for_it()
    {
        await CreateAsync("a", """{"mode":"A"}""");
        var answer = await PatchAsync(Widgets + "/a", "strategic-merge", "{}");

        Assert.Equal(415, answer.Status);
        Assert.Equal(
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
            answer.Message);
    }

    [Fact]
    public async Task Its_columns_are_those_of_the_definition()
    {
        await CreateAsync("a", """{"mode":"A"}""");
        await PatchAsync(Widgets + "/a/status", "merge", """{"status":{"conditions":[{"type":"Other","status":"Maybe"},{"type":"Ready","status":"True"}]}}""");
        var table = await GetAsync(Widgets, "application/json;as=Table;v=v1;g=meta.k8s.io");

        Assert.Equal(
            "Name/string/0 Mode/string/0 N/integer/0 Age/date/0 Ready/string/1",
            string.Join(' ', ((JsonArray)table["columnDefinitions"]!).Select(c => $"{c!["name"]}/{c["type"]}/{c["priority"]}")));
        Assert.Equal("Custom resource definition column (in JSONPath format): .spec.mode", (string?)table["columnDefinitions.1.description"]);
        var cells = (JsonArray)table["rows.0.cells"]!;
        cells[3] = "0s";
        Same("""["a","A",2,"0s","True"]""", cells);
    }

    [Fact]
    public async Task Its_scale_is_a_number_of_replicas()
    {
        await CreateAsync("a", """{"mode":"A"}""");
        var scaled = await PatchAsync(Widgets + "/a/scale", "merge", """{"spec":{"replicas":3}}""");
        var widget = await GetAsync(Widgets + "/a");

        Assert.Equal(("Scale", "autoscaling/v1", 3), ((string?)scaled["kind"], (string?)scaled["apiVersion"], (int?)scaled["spec.replicas"]));
        Assert.Equal((3, 2), ((int?)widget["spec.replicas"], (int?)widget["metadata.generation"]));
    }

    [Fact]
    public async Task An_applied_configuration_is_owned_field_by_field()
    {
        const string More = ""","items":[{"name":"x","v":"1"}],"l":["q"],"m":{"k":"v"}""";
        var created = await PatchAsync(Widgets + "/c?fieldManager=me", "apply", Widget("c", $$"""{"mode":"A"{{More}}}"""));
        var refused = await PatchAsync(Widgets + "/c?fieldManager=you", "apply", Widget("c", """{"mode":"B","l":["r"]}"""));
        var forced = await PatchAsync(Widgets + "/c?fieldManager=you&force=true", "apply", Widget("c", """{"mode":"B"}"""));
        var dropped = await PatchAsync(Widgets + "/c?fieldManager=me", "apply", Widget("c", """{"mode":"B"}"""));

        Assert.Equal(201, created.Status);
        Assert.Equal((409, "Apply failed with 2 conflicts: conflicts with \"me\":\n- .spec.l\n- .spec.mode"), (refused.Status, refused.Message));
        Assert.Equal((200, "B"), (forced.Status, (string?)forced["spec.mode"]));
        Same("""{"mode":"B","n":2,"nuld":"d","obj":{"a":"x"}}""", dropped["spec"]);
    }

    [Fact]
    public async Task A_watch_from_before_the_definition_is_too_old()
    {
        using var watch = await WatchAsync($"{Widgets}?watch=1&resourceVersion=1&timeoutSeconds=60");
        var first = await watch.NextEventAsync();

        Assert.Equal(200, watch.Status);
        Assert.Equal(("ERROR", 410, "Expired"), ((string?)first?["type"], (int?)Answer.At(first, "object.code"), (string?)Answer.At(first, "object.reason")));
        Assert.StartsWith("too old resource version: 1 (", (string?)Answer.At(first, "object.message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_the_definition_everything_of_it_goes()
    {
        await CreateAsync("a", """{"mode":"A"}""");
        var deleted = await DeleteAsync($"{Definitions}/{Name}");
        await EventuallyAsync(() => GetAsync($"{Definitions}/{Name}"), answer => answer.Status == 404);
        var gone = await EventuallyAsync(() => GetAsync(Widgets), answer => answer.Status == 404);

        Assert.NotNull(deleted["metadata.deletionTimestamp"]);
        Assert.Equal("404 page not found\n", gone.Text);
    }

    [Fact]
    public async Task A_definition_must_be_named_and_structured_as_is_the_rule()
    {
        var wrong = await PostAsync(
            Definitions,
            """{"metadata":{"name":"x.example.com"},"spec":{"group":"example.com","scope":"Foo","names":{"plural":"widgets","kind":"Widget"},"versions":[{"name":"v1","served":true,"storage":true}]}}""");
        var loose = await PostAsync(
            Definitions,
            """{"metadata":{"name":"widgets.example.com"},"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"properties":{"a":{"type":"string"}}}}}}}]}}""");

        Assert.Equal(
            "CustomResourceDefinition.apiextensions.k8s.io \"x.example.com\" is invalid: [metadata.name: Invalid value: \"x.example.com\": must be spec.names.plural+\".\"+spec.group, spec.scope: Unsupported value: \"Foo\": supported values: \"Cluster\", \"Namespaced\", spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required]",
            wrong.Message);
        Assert.Equal(
            "CustomResourceDefinition.apiextensions.k8s.io \"widgets.example.com\" is invalid: spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields",
            loose.Message);
    }

    private Task<Answer> CreateAsync(string name, string spec, string more = "") => PostAsync(Widgets, Widget(name, spec, more));

    private string Widget(string name, string spec, string more = "") =>
        $$"""{"apiVersion":"{{Group}}/v1","kind":"Widget","metadata":{"name":"{{name}}"},"spec":{{spec}}{{more}}}""";

    private string Definition() =>
        $$$"""
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"{{{Name}}}"},
         "spec":{"group":"{{{Group}}}","scope":"Namespaced",
          "names":{"plural":"widgets","singular":"widget","kind":"Widget","shortNames":["wd"],"categories":["all"]},
          "versions":[{"name":"v1","served":true,"storage":true,
           "subresources":{"status":{},"scale":{"specReplicasPath":".spec.replicas","statusReplicasPath":".status.replicas"}},
           "additionalPrinterColumns":[{"name":"Mode","type":"string","jsonPath":".spec.mode"},{"name":"N","type":"integer","jsonPath":".spec.n"},
             {"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"},
             {"name":"Ready","type":"string","priority":1,"jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}],
           "schema":{"openAPIV3Schema":{{{Schema}}}}}]}}
        """;
}
