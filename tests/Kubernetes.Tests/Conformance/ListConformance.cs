using System.Text.Json.Nodes;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Kubernetes.Tests.Conformance;

public sealed class EmbeddedLists(EmbeddedServer server) : ListConformance(server);

public sealed class RealLists(RealApiServer server) : ListConformance(server);

public abstract class ListConformance(ApiServerFixture server) : ApiConformance(server)
{
    [Theory]
    [InlineData("app=web", "a b")]
    [InlineData("app==web,tier!=back", "a")]
    [InlineData("app in (web, db)", "a b c")]
    [InlineData("app notin (web)", "c d")]
    [InlineData("tier", "a b")]
    [InlineData("!tier", "c d")]
    [InlineData("size>5", "c")]
    [InlineData("size<5,app", "b")]
    [InlineData("app=", "")]
    [InlineData("", "a b c d")]
    public async Task A_label_selector_picks(string selector, string names)
    {
        await PostAsync(ConfigMaps, ConfigMap("a", "1", ""","labels":{"app":"web","tier":"front"}"""));
        await PostAsync(ConfigMaps, ConfigMap("b", "1", ""","labels":{"app":"web","tier":"back","size":"3"}"""));
        await PostAsync(ConfigMaps, ConfigMap("c", "1", ""","labels":{"app":"db","size":"10"}"""));
        await PostAsync(ConfigMaps, ConfigMap("d"));

        var list = await GetAsync($"{ConfigMaps}?labelSelector={Uri.EscapeDataString(selector)}");

        Assert.Equal(names, Names(list));
        Assert.Equal("ConfigMapList", (string?)list["kind"]);
    }

    [Theory]
    [InlineData("a b", "unable to parse requirement: found 'b', expected: '=', '!=', '==', 'in', notin'")]
    [InlineData("a in b", "unable to parse requirement: found 'b' expected: '('")]
    public async Task A_label_selector_that_is_none_is_refused(string selector, string message)
    {
        var list = await GetAsync($"{ConfigMaps}?labelSelector={Uri.EscapeDataString(selector)}");

        Assert.Equal((400, message), (list.Status, list.Message));
    }

    [Fact]
    public async Task Pods_can_be_picked_by_their_node_and_phase()
    {
        await CreatePodAsync("a", ""","nodeName":"n1" """);
        await CreatePodAsync("b", ""","nodeName":"n2" """);
        await CreatePodAsync("c");

        Assert.Equal("a", Names(await GetAsync($"{Pods}?fieldSelector=spec.nodeName%3Dn1")));
        Assert.Equal("b c", Names(await GetAsync($"{Pods}?fieldSelector=spec.nodeName!%3Dn1,status.phase%3DPending")));
        Assert.Equal("b", Names(await GetAsync($"{Pods}?fieldSelector=metadata.name%3Db")));
        Assert.Equal("field label not supported: spec.foo", (await GetAsync($"{Pods}?fieldSelector=spec.foo%3Dx")).Message);
        Assert.Equal("invalid selector: 'foo'; can't understand 'foo'", (await GetAsync($"{Pods}?fieldSelector=foo")).Message);
    }

    [Fact]
    public async Task A_long_list_comes_in_pages_of_one_version()
    {
        for (var i = 0; i < 5; i++)
        {
            await PostAsync(ConfigMaps, ConfigMap($"m{i}"));
        }

        var first = await GetAsync($"{ConfigMaps}?limit=2");
        await DeleteAsync(ConfigMaps + "/m3");
        await PostAsync(ConfigMaps, ConfigMap("m9"));
        var second = await GetAsync($"{ConfigMaps}?limit=2&continue={first["metadata.continue"]}");
        var third = await GetAsync($"{ConfigMaps}?limit=2&continue={second["metadata.continue"]}");

        Assert.Equal("m0 m1|m2 m3|m4", $"{Names(first)}|{Names(second)}|{Names(third)}");
        Assert.Equal((3, 1, null), ((int?)first["metadata.remainingItemCount"], (int?)second["metadata.remainingItemCount"], (int?)third["metadata.remainingItemCount"]));
        Assert.Equal(first.Version, third.Version);
        Assert.Null(third["metadata.continue"]);
    }

    [Fact]
    public async Task A_bad_parameter_is_named()
    {
        Assert.Equal("strconv.ParseInt: parsing \"x\": invalid syntax", (await GetAsync($"{ConfigMaps}?limit=x")).Message);
        Assert.Equal(
            "invalid continue token: continue key is not valid: illegal base64 data at input byte 0", (await GetAsync($"{ConfigMaps}?continue=x")).Message);
        var version = await GetAsync($"{ConfigMaps}?resourceVersion=x");
        Assert.Equal((500, "resourceVersion: Invalid value: \"x\": strconv.ParseUint: parsing \"x\": invalid syntax"), (version.Status, version.Message));
    }

    [Fact]
    public async Task A_table_shows_what_kubectl_prints()
    {
        await CreatePodAsync("p", ""","nodeName":"n1" """);
        var table = await GetAsync(Pods, "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");

        Assert.Equal(("Table", "meta.k8s.io/v1"), ((string?)table["kind"], (string?)table["apiVersion"]));
        Assert.Equal(
            "Name Ready Status Restarts Age IP Node Nominated Node Readiness Gates",
            string.Join(' ', ((JsonArray)table["columnDefinitions"]!).Select(column => (string?)column!["name"])));
        Same("[0,0,0,0,0,1,1,1,1]", new JsonArray([.. ((JsonArray)table["columnDefinitions"]!).Select(c => c!["priority"]!.DeepClone())]));
        var cells = (JsonArray)table["rows.0.cells"]!;
        Assert.EndsWith("s", (string?)cells[4], StringComparison.Ordinal);
        cells[4] = "0s";
        Same("""["p","0/1","Pending",0,"0s","<none>","n1","<none>","<none>"]""", cells);
        Assert.Equal("PartialObjectMetadata", (string?)table["rows.0.object.kind"]);
    }

    [Theory]
    [InlineData("nodes", "Name Status Roles Age Version Internal-IP External-IP OS-Image Kernel-Version Container-Runtime")]
    [InlineData("namespaces", "Name Status Age")]
    [InlineData("events", "Last Seen Type Reason Object Subobject Source Message First Seen Count Name")]
    [InlineData("secrets", "Name Type Data Age")]
    [InlineData("configmaps", "Name Data Age")]
    [InlineData("services", "Name Type Cluster-IP External-IP Port(s) Age Selector")]
    [InlineData("serviceaccounts", "Name Secrets Age")]
    public async Task The_columns_of_a_table_are_those_of_the_resource(string resource, string columns)
    {
        var table = await GetAsync($"/api/v1/{resource}", "application/json;as=Table;v=v1;g=meta.k8s.io");

        Assert.Equal(columns, string.Join(' ', ((JsonArray)table["columnDefinitions"]!).Select(column => (string?)column!["name"])));
    }

    [Fact]
    public async Task Metadata_can_be_had_alone()
    {
        await PostAsync(ConfigMaps, ConfigMap("a"));
        var one = await GetAsync(ConfigMaps + "/a", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io");
        var list = await GetAsync(ConfigMaps, "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io");

        Assert.Equal("PartialObjectMetadata", (string?)one["kind"]);
        Assert.Null(one["data"]);
        Assert.Equal("PartialObjectMetadataList", (string?)list["kind"]);
        Assert.Equal("a", (string?)list["items.0.metadata.name"]);
    }

    [Fact]
    public async Task Discovery_tells_of_pods_and_their_subresources()
    {
        var list = await GetAsync("/api/v1");
        var pods = ((JsonArray)list["resources"]!).First(r => (string?)r!["name"] == "pods")!.AsObject();
        var names = ((JsonArray)list["resources"]!).Select(r => (string?)r!["name"]).ToList();
        pods.Remove("storageVersionHash");

        Same(
            """{"name":"pods","singularName":"","namespaced":true,"kind":"Pod","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["po"],"categories":["all"]}""",
            pods);
        Assert.Superset(new HashSet<string?> { "pods/status", "pods/binding", "pods/eviction", "pods/log", "nodes/status", "namespaces/finalize" }, names.ToHashSet());
    }

    private static string Names(Answer list) => string.Join(' ', ((JsonArray)list["items"]!).Select(item => (string?)Answer.At(item, "metadata.name")).Where(n => n != "kube-root-ca.crt"));
}
