using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Kubernetes.Tests.Conformance;

public sealed class EmbeddedDeletions(EmbeddedServer server) : DeletionConformance(server);

public sealed class RealDeletions(RealApiServer server) : DeletionConformance(server);

public abstract class DeletionConformance(ApiServerFixture server) : ApiConformance(server)
{
    [Fact]
    public async Task What_is_deleted_is_gone_at_once()
    {
        var created = await PostAsync(ConfigMaps, ConfigMap("a"));
        var deleted = await DeleteAsync(ConfigMaps + "/a");

        Same(
            $$$"""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","details":{"name":"a","kind":"configmaps","uid":"{{{created.Uid}}}"}}""",
            deleted.Json);
        Assert.Equal(404, (await GetAsync(ConfigMaps + "/a")).Status);
    }

    [Fact]
    public async Task An_object_stays_until_its_last_finalizer_has_gone()
    {
        await PostAsync(ConfigMaps, ConfigMap("a", "1", ""","finalizers":["example.com/x","example.com/y"]"""));
        var deleted = await DeleteAsync(ConfigMaps + "/a");
        var one = await PatchAsync(ConfigMaps + "/a", "merge", """{"metadata":{"finalizers":["example.com/y"]}}""");
        var still = await GetAsync(ConfigMaps + "/a");
        var last = await PatchAsync(ConfigMaps + "/a", "merge", """{"metadata":{"finalizers":null}}""");

        Assert.NotNull(deleted["metadata.deletionTimestamp"]);
        Assert.Equal(0, (int?)deleted["metadata.deletionGracePeriodSeconds"]);
        Assert.Equal((200, 200, 200), (one.Status, still.Status, last.Status));
        Assert.Equal(404, (await GetAsync(ConfigMaps + "/a")).Status);
    }

    [Fact]
    public async Task Nothing_can_add_a_finalizer_to_what_is_being_deleted()
    {
        await PostAsync(ConfigMaps, ConfigMap("a", "1", ""","finalizers":["example.com/x"]"""));
        await DeleteAsync(ConfigMaps + "/a");
        var answer = await PatchAsync(ConfigMaps + "/a", "merge", """{"metadata":{"finalizers":["example.com/x","example.com/z"]}}""");
        await PatchAsync(ConfigMaps + "/a", "merge", """{"metadata":{"finalizers":null}}""");

        Assert.Equal(422, answer.Status);
        Assert.Equal(
            "ConfigMap \"a\" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"example.com/z\"}",
            answer.Message);
    }

    [Fact]
    public async Task A_pod_on_a_node_has_its_grace_period()
    {
        await CreatePodAsync("p", ""","nodeName":"n1","terminationGracePeriodSeconds":7""");
        var deleted = await DeleteAsync(Pods + "/p");
        var read = await GetAsync(Pods + "/p");
        var confirmed = await DeleteAsync(Pods + "/p?gracePeriodSeconds=0");

        Assert.Equal((200, 7), (deleted.Status, (int?)deleted["metadata.deletionGracePeriodSeconds"]));
        Assert.NotNull(read["metadata.deletionTimestamp"]);
        Assert.Equal((200, 0), (confirmed.Status, (int?)confirmed["metadata.deletionGracePeriodSeconds"]));
        Assert.Equal(404, (await GetAsync(Pods + "/p")).Status);
    }

    [Fact]
    public async Task A_grace_period_can_be_shortened_and_not_stretched()
    {
        await CreatePodAsync("p", ""","nodeName":"n1" """);
        var first = await DeleteAsync(Pods + "/p", """{"gracePeriodSeconds":20}""");
        var longer = await DeleteAsync(Pods + "/p", """{"gracePeriodSeconds":40}""");
        var shorter = await DeleteAsync(Pods + "/p", """{"gracePeriodSeconds":5}""");
        await DeleteAsync(Pods + "/p?gracePeriodSeconds=0");

        Assert.Equal(
            (20, 20, 5),
            ((int?)first["metadata.deletionGracePeriodSeconds"], (int?)longer["metadata.deletionGracePeriodSeconds"], (int?)shorter["metadata.deletionGracePeriodSeconds"]));
        var moved = (DateTimeOffset)first["metadata.deletionTimestamp"]! - (DateTimeOffset)shorter["metadata.deletionTimestamp"]!;
        Assert.Equal(TimeSpan.FromSeconds(15), moved);
    }

    [Fact]
    public async Task A_pod_without_node_goes_at_once()
    {
        await CreatePodAsync("p");
        await DeleteAsync(Pods + "/p");

        Assert.Equal(404, (await GetAsync(Pods + "/p")).Status);
    }

    [Fact]
    public async Task A_pod_that_has_ended_goes_at_once()
    {
        await CreatePodAsync("p", ""","nodeName":"n1","restartPolicy":"Never" """);
        await PatchAsync(Pods + "/p/status", "merge", """{"status":{"phase":"Succeeded"}}""");
        await DeleteAsync(Pods + "/p");

        Assert.Equal(404, (await GetAsync(Pods + "/p")).Status);
    }

    [Fact]
    public async Task A_pod_with_a_finalizer_outlives_its_nodes_confirmation()
    {
        await CreatePodAsync("p", ""","nodeName":"n1" """, ""","finalizers":["example.com/x"]""");
        var deleted = await DeleteAsync(Pods + "/p");
        var confirmed = await DeleteAsync(Pods + "/p?gracePeriodSeconds=0");
        var kept = await GetAsync(Pods + "/p");
        await PatchAsync(Pods + "/p", "merge", """{"metadata":{"finalizers":null}}""");

        Assert.Equal((30, 0), ((int?)deleted["metadata.deletionGracePeriodSeconds"], (int?)confirmed["metadata.deletionGracePeriodSeconds"]));
        Assert.Equal(200, kept.Status);
        Assert.Equal(404, (await GetAsync(Pods + "/p")).Status);
    }

    [Fact]
    public async Task A_pod_whose_finalizer_goes_before_its_node_confirms_stays()
    {
        await CreatePodAsync("p", ""","nodeName":"n1" """, ""","finalizers":["example.com/x"]""");
        await DeleteAsync(Pods + "/p");
        await PatchAsync(Pods + "/p", "merge", """{"metadata":{"finalizers":null}}""");
        var kept = await GetAsync(Pods + "/p");
        await DeleteAsync(Pods + "/p?gracePeriodSeconds=0");

        Assert.Equal((200, 30), (kept.Status, (int?)kept["metadata.deletionGracePeriodSeconds"]));
        Assert.Equal(404, (await GetAsync(Pods + "/p")).Status);
    }

    [Fact]
    public async Task A_deletion_can_be_of_one_uid_and_one_version_only()
    {
        var created = await PostAsync(ConfigMaps, ConfigMap("a"));
        var uid = await DeleteAsync(ConfigMaps + "/a", """{"preconditions":{"uid":"x"}}""");
        var version = await DeleteAsync(ConfigMaps + "/a", """{"preconditions":{"resourceVersion":"1"}}""");
        var right = await DeleteAsync(ConfigMaps + "/a", $$$"""{"preconditions":{"uid":"{{{created.Uid}}}","resourceVersion":"{{{created.Version}}}"}}""");

        Assert.Equal(
            $"Operation cannot be fulfilled on ConfigMap \"a\": the UID in the precondition (x) does not match the UID in record ({created.Uid}). The object might have been deleted and then recreated",
            uid.Message);
        Assert.Equal(
            $"Operation cannot be fulfilled on ConfigMap \"a\": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record ({created.Version}). The object might have been modified",
            version.Message);
        Assert.Equal((409, 409, 200), (uid.Status, version.Status, right.Status));
    }

    [Fact]
    public async Task A_collection_is_deleted_by_selector()
    {
        await PostAsync(ConfigMaps, ConfigMap("a", "1", ""","labels":{"x":"1"}"""));
        await PostAsync(ConfigMaps, ConfigMap("b", "1", ""","labels":{"x":"2"}"""));
        var deleted = await DeleteAsync($"{ConfigMaps}?labelSelector=x%3D1");

        Assert.Equal((200, "ConfigMapList"), (deleted.Status, (string?)deleted["kind"]));
        Assert.Equal((404, 200), ((await GetAsync(ConfigMaps + "/a")).Status, (await GetAsync(ConfigMaps + "/b")).Status));
    }

    [Fact]
    public async Task A_propagation_policy_must_be_a_known_one()
    {
        await PostAsync(ConfigMaps, ConfigMap("a"));
        var answer = await DeleteAsync(ConfigMaps + "/a", """{"propagationPolicy":"X"}""");

        Assert.Equal(
            "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"X\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"",
            answer.Message);
    }

    [Fact]
    public async Task A_namespace_that_goes_takes_nothing_new()
    {
        // A finalizer of its own content keeps it in place on both servers.
        await PostAsync(ConfigMaps, ConfigMap("a", "1", ""","finalizers":["example.com/x"]"""));
        var deleted = await DeleteAsync($"/api/v1/namespaces/{Namespace}");
        var refused = await PostAsync(ConfigMaps, ConfigMap("b"));
        await PatchAsync(ConfigMaps + "/a", "merge", """{"metadata":{"finalizers":null}}""");

        Assert.Equal((200, "Terminating"), (deleted.Status, (string?)deleted["status.phase"]));
        Assert.Equal(403, refused.Status);
        Assert.Equal(
            $"configmaps \"b\" is forbidden: unable to create new content in namespace {Namespace} because it is being terminated", refused.Message);
        Assert.Equal([$"NamespaceTerminating metadata.namespace: namespace {Namespace} is being terminated"], refused.Causes);
    }

    [Fact]
    public async Task An_eviction_deletes_with_grace()
    {
        await CreatePodAsync("p", ""","nodeName":"n1" """);
        var answer = await PostAsync(
            Pods + "/p/eviction", $$$"""{"apiVersion":"policy/v1beta1","kind":"Eviction","metadata":{"name":"p","namespace":"{{{Namespace}}}"},"deleteOptions":{"gracePeriodSeconds":9}}""");
        var read = await GetAsync(Pods + "/p");
        await DeleteAsync(Pods + "/p?gracePeriodSeconds=0");

        Assert.Equal((201, "Success"), (answer.Status, (string?)answer["status"]));
        Assert.Equal(9, (int?)read["metadata.deletionGracePeriodSeconds"]);
    }
}
