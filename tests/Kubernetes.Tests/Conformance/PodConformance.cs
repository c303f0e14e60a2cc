using System.Text.Json.Nodes;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Kubernetes.Tests.Conformance;

public sealed class EmbeddedPods(EmbeddedServer server) : PodConformance(server);

public sealed class RealPods(RealApiServer server) : PodConformance(server);

public abstract class PodConformance(ApiServerFixture server) : ApiConformance(server)
{
    [Fact]
    public async Task A_pod_gets_the_usual_defaults()
    {
        var pod = await PostAsync(
            Pods,
            """{"metadata":{"name":"p"},"spec":{"nope":1,"containers":[{"name":"a","image":"i:1","ports":[{"containerPort":80}],"env":[{"name":"E","value":""}],"resources":{"limits":{"cpu":"0.5","memory":"1024Mi"}}}]}}""");

        Same(
            """
            {"containers":[{"name":"a","image":"i:1","ports":[{"containerPort":80,"protocol":"TCP"}],"env":[{"name":"E"}],
              "resources":{"limits":{"cpu":"500m","memory":"1Gi"},"requests":{"cpu":"500m","memory":"1Gi"}},
              "terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":"IfNotPresent"}],
             "restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","securityContext":{},"schedulerName":"default-scheduler",
             "tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300},
                            {"key":"node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}],
             "priority":0,"enableServiceLinks":true,"preemptionPolicy":"PreemptLowerPriority"}
            """,
            pod["spec"]);
        Same("""{"phase":"Pending","qosClass":"Guaranteed"}""", pod["status"]);
    }

    [Theory]
    [InlineData("""{"requests":{"cpu":"1"}}""", "Burstable")]
    [InlineData("""{}""", "BestEffort")]
    [InlineData("""{"limits":{"cpu":"1","memory":"1"},"requests":{"cpu":"1000m"}}""", "Guaranteed")]
    [InlineData("""{"limits":{"cpu":"1","memory":"1"},"requests":{"cpu":"0.5"}}""", "Burstable")]
    public async Task The_quality_of_service_follows_from_the_resources(string resources, string quality)
    {
        var pod = await PostAsync(Pods, $$$"""{"metadata":{"name":"p"},"spec":{"containers":[{"name":"a","image":"i","resources":{{{resources}}}}]}}""");

        Assert.Equal(quality, (string?)pod["status.qosClass"]);
    }

    [Theory]
    [InlineData("0.1", "100m")]
    [InlineData("1000m", "1")]
    [InlineData("1e3", "1e3")]
    [InlineData("1024", "1024")]
    [InlineData("2048Ki", "2Mi")]
    [InlineData("1.5Gi", "1536Mi")]
    [InlineData("0.0001", "1m")]
    [InlineData("100000", "100k")]
    [InlineData("0", "0")]
    public async Task A_quantity_is_kept_in_its_canonical_form(string given, string kept)
    {
        var pod = await PostAsync(Pods, $$$$"""{"metadata":{"name":"p"},"spec":{"containers":[{"name":"a","image":"i","resources":{"requests":{"memory":"{{{{given}}}}"}}}]}}""");

        Assert.Equal(kept, (string?)pod["spec.containers.0.resources.requests.memory"]);
    }

    [Fact]
    public async Task Everything_wrong_with_a_pod_is_told_at_once()
    {
        var answer = await PostAsync(
            Pods,
            """
            {"metadata":{"name":"p"},"spec":{"containers":[{"name":"a"},{"name":"a","image":"c"},
              {"name":"C_","image":"c","resources":{"requests":{"cpu":"2","memory":"-1"},"limits":{"cpu":"1"}},
               "ports":[{"containerPort":0,"hostPort":70000,"protocol":"X"}],"env":[{"name":"1 2"},{"value":"x"}],"volumeMounts":[{"name":"v","mountPath":"/x"}]}],
              "restartPolicy":"Foo","nodeName":"N_","dnsPolicy":"q","activeDeadlineSeconds":0}}
            """);

        Assert.Equal((422, "Invalid"), (answer.Status, answer.Reason));
        Assert.StartsWith("Pod \"p\" is invalid: [spec.containers[0].image: Required value, spec.containers[1].name: Duplicate value: \"a\", ", answer.Message, StringComparison.Ordinal);
        Assert.Equal(
            [
                "FieldValueDuplicate spec.containers[1].name: Duplicate value: \"a\"",
                "FieldValueInvalid spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
                "FieldValueInvalid spec.containers[2].env[0].name: Invalid value: \"1 2\": a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')",
                "FieldValueInvalid spec.containers[2].name: Invalid value: \"C_\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
                "FieldValueInvalid spec.containers[2].ports[0].hostPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
                "FieldValueInvalid spec.containers[2].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit",
                "FieldValueInvalid spec.containers[2].resources.requests[memory]: Invalid value: \"-1\": must be greater than or equal to 0",
                "FieldValueInvalid spec.nodeName: Invalid value: \"N_\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
                "FieldValueNotFound spec.containers[2].volumeMounts[0].name: Not found: \"v\"",
                "FieldValueNotSupported spec.containers[2].ports[0].protocol: Unsupported value: \"X\": supported values: \"SCTP\", \"TCP\", \"UDP\"",
                "FieldValueNotSupported spec.dnsPolicy: Unsupported value: \"q\": supported values: \"ClusterFirstWithHostNet\", \"ClusterFirst\", \"Default\", \"None\"",
                "FieldValueNotSupported spec.restartPolicy: Unsupported value: \"Foo\": supported values: \"Always\", \"OnFailure\", \"Never\"",
                "FieldValueRequired spec.containers[0].image: Required value",
                "FieldValueRequired spec.containers[2].env[1].name: Required value",
                "FieldValueRequired spec.containers[2].ports[0].containerPort: Required value",
            ],
            answer.Causes);
    }

    [Theory]
    [InlineData("""{}""", "Pod \"p\" is invalid: spec.containers: Required value")]
    [InlineData("""{"containers":[{"name":"a","image":"i","resources":{"requests":{"example.com/gpu":"1"}}}]}""", "Pod \"p\" is invalid: spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources")]
    [InlineData("""{"containers":[{"name":"a","image":"i","resources":{"requests":{"foo":"1"}}}]}""", "Pod \"p\" is invalid: [spec.containers[0].resources.requests[foo]: Invalid value: \"foo\": must be a standard resource type or fully qualified, spec.containers[0].resources.requests[foo]: Invalid value: \"foo\": must be a standard resource for containers]")]
    [InlineData("""{"containers":[{"name":"a","image":" i"}]}""", "Pod \"p\" is invalid: spec.containers[0].image: Invalid value: \" i\": must not have leading or trailing whitespace")]
    [InlineData("""{"containers":[{"name":"a","image":"i","ports":[{"containerPort":1,"hostPort":5},{"containerPort":2,"hostPort":5}]}]}""", "Pod \"p\" is invalid: spec.containers[0].ports[1].hostPort: Duplicate value: \"TCP//5\"")]
    [InlineData("""{"containers":[{"name":"a","image":"i"}],"hostNetwork":true,"nodeSelector":{"a b":"c"}}""", "Pod \"p\" is invalid: spec.nodeSelector: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')")]
    [InlineData("""{"containers":[{"name":"a","image":"i"}],"tolerations":[{"operator":"Equal"}]}""", "Pod \"p\" is invalid: spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all values and all keys\"")]
    [InlineData("""{"containers":[{"name":"a","image":"i"}],"volumes":[{"name":"v","emptyDir":{}},{"name":"v","emptyDir":{}}]}""", "Pod \"p\" is invalid: spec.volumes[1].name: Duplicate value: \"v\"")]
    [InlineData("""{"containers":[{"name":"a","image":"i","imagePullPolicy":"Foo"}]}""", "Pod \"p\" is invalid: spec.containers[0].imagePullPolicy: Unsupported value: \"Foo\": supported values: \"Always\", \"IfNotPresent\", \"Never\"")]
    public async Task A_pod_that_cannot_be_is_refused(string spec, string message)
    {
        var answer = await PostAsync(Pods, $$"""{"metadata":{"name":"p"},"spec":{{spec}}}""");

        Assert.Equal(message, answer.Message);
        Assert.Equal(422, answer.Status);
    }

    [Theory]
    [InlineData("""{"containers":[{"name":"a","image":5}]}""", "Pod in version \"v1\" cannot be handled as a Pod: v1.Pod.Spec: v1.PodSpec.Containers: []v1.Container: v1.Container.")]
    [InlineData("""{"containers":[{"name":"a","image":"i","resources":{"limits":{"cpu":"x"}}}]}""", "Pod in version \"v1\" cannot be handled as a Pod: v1.Pod.Spec: v1.PodSpec.Containers: []v1.Container: v1.Container.Resources: v1.ResourceRequirements.Limits: unmarshalerDecoder: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    public async Task A_value_of_a_wrong_type_is_a_bad_request(string spec, string start)
    {
        var answer = await PostAsync(Pods, $$"""{"metadata":{"name":"p"},"spec":{{spec}}}""");

        Assert.Equal((400, "BadRequest"), (answer.Status, answer.Reason));
        Assert.StartsWith(start, answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"spec":{"restartPolicy":"Never"}}""")]
    [InlineData("""{"spec":{"nodeName":"other"}}""")]
    [InlineData("""{"spec":{"containers":[{"name":"a","image":"i","command":["x"]}]}}""")]
    public async Task Most_of_a_pods_spec_cannot_be_changed(string patch)
    {
        await CreatePodAsync("p", ""","nodeName":"n1" """);
        var answer = await PatchAsync(Pods + "/p", "merge", patch);

        Assert.Equal(422, answer.Status);
        Assert.StartsWith(
            "Pod \"p\" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, `spec.activeDeadlineSeconds` or `spec.tolerations` (only additions to existing tolerations)",
            answer.Message,
            StringComparison.Ordinal);
        Assert.Equal("FieldValueForbidden", (string?)answer["details.causes.0.reason"]);
        await DeleteAsync(Pods + "/p?gracePeriodSeconds=0");
    }

    [Fact]
    public async Task Image_deadline_and_labels_of_a_pod_can_be_changed()
    {
        await CreatePodAsync("p");
        var answer = await PatchAsync(
            Pods + "/p", "strategic-merge", """{"metadata":{"labels":{"a":"b"}},"spec":{"activeDeadlineSeconds":5,"containers":[{"name":"a","image":"other"}]}}""");
        var longer = await PatchAsync(Pods + "/p", "merge", """{"spec":{"activeDeadlineSeconds":6}}""");

        Assert.Equal((200, "other"), (answer.Status, (string?)answer["spec.containers.0.image"]));
        Assert.Equal("Pod \"p\" is invalid: spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value", longer.Message);
    }

    [Fact]
    public async Task The_status_of_a_pod_is_changed_through_its_own_path_only()
    {
        await CreatePodAsync("p");
        var main = await PatchAsync(Pods + "/p", "merge", """{"status":{"phase":"Running"},"metadata":{"labels":{"a":"b"}}}""");
        var status = await PatchAsync(Pods + "/p/status", "merge", """{"status":{"phase":"Running","startTime":"2020-01-01T00:00:00Z"},"spec":{"nodeName":"n1"}}""");

        Assert.Equal(("Pending", "b"), ((string?)main["status.phase"], (string?)main["metadata.labels.a"]));
        Assert.Equal(("Running", null), ((string?)status["status.phase"], (string?)status["spec.nodeName"]));
    }

    [Fact]
    public async Task A_container_that_ended_for_good_does_not_run_again()
    {
        await CreatePodAsync("p", ""","restartPolicy":"Never" """);
        await PatchAsync(Pods + "/p/status", "merge", Status("""{"terminated":{"exitCode":3}}"""));
        var answer = await PatchAsync(Pods + "/p/status", "merge", Status("""{"running":{}}"""));

        Assert.Equal(
            (422, "Pod \"p\" is invalid: status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"), (answer.Status, answer.Message));

        static string Status(string state) =>
            $$$"""{"status":{"containerStatuses":[{"name":"a","image":"i","imageID":"","ready":false,"restartCount":0,"state":{{{state}}}}]}}""";
    }

    [Fact]
    public async Task A_binding_puts_a_pod_on_a_node_once()
    {
        await CreatePodAsync("p");
        var binding = """{"apiVersion":"v1","kind":"Binding","metadata":{"name":"p"},"target":{"apiVersion":"v1","kind":"Node","name":"n1"}}""";
        var bound = await PostAsync(Pods + "/p/binding", binding);
        var pod = await GetAsync(Pods + "/p");
        var again = await PostAsync(Pods + "/p/binding", binding);
        await DeleteAsync(Pods + "/p?gracePeriodSeconds=0");

        Assert.Equal((201, "Success"), (bound.Status, (string?)bound["status"]));
        Assert.Equal("n1", (string?)pod["spec.nodeName"]);
        Same("""{"type":"PodScheduled","status":"True","lastProbeTime":null,"lastTransitionTime":null}""", WithTimes(pod["status.conditions.0"]));
        Assert.Equal(
            (409, "Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node \"n1\""), (again.Status, again.Message));

        static JsonObject WithTimes(JsonNode? condition)
        {
            var result = (JsonObject)condition!.DeepClone();
            result["lastProbeTime"] = null;
            result["lastTransitionTime"] = null;
            return result;
        }
    }

    [Fact]
    public async Task A_log_needs_a_pod_and_one_of_its_containers()
    {
        await PostAsync(Pods, """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"a","image":"i"},{"name":"b","image":"i"}],"initContainers":[{"name":"c","image":"i"}]}}""");
        var missing = await GetAsync(Pods + "/nope/log");
        var which = await GetAsync(Pods + "/p/log");
        var wrong = await GetAsync(Pods + "/p/log?container=x");

        Assert.Equal((404, "pods \"nope\" not found"), (missing.Status, missing.Message));
        Assert.Equal((400, "a container name must be specified for pod p, choose one of: [c a b]"), (which.Status, which.Message));
        Assert.Equal((400, "container x is not valid for pod p"), (wrong.Status, wrong.Message));
    }

    [Fact]
    public async Task A_new_node_is_tainted_until_it_is_ready()
    {
        var node = await PostAsync("/api/v1/nodes", $$"""{"metadata":{"name":"{{Namespace}}"},"status":{"capacity":{"cpu":"4"} } }""");
        await DeleteAsync($"/api/v1/nodes/{Namespace}");

        Same("""[{"key":"node.kubernetes.io/not-ready","effect":"NoSchedule"}]""", node["spec.taints"]);
        Same("""{"cpu":"4"}""", node["status.allocatable"]);
    }
}
