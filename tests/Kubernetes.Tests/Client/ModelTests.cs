using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Tests.Client;

public sealed partial class ModelTests
{
    [Fact]
    public void What_a_newer_server_added_survives_writing_back()
    {
        const string text = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"n","selfLink":"/x"},
             "spec":{"containers":[{"name":"c","image":"i","resizePolicy":[{"resourceName":"cpu"}],
               "ports":[{"containerPort":80,"hostPort":31000,"hostIP":"10.0.0.1"}],"resources":{"requests":{"cpu":"0.50","memory":"1Gi"}},
               "livenessProbe":{"httpGet":{"path":"/","port":"web"},"grpc":{"port":1}},
               "volumeMounts":[{"name":"v","mountPath":"/v","readOnly":true}]}],
              "hostPID":false,"volumes":[{"name":"v","emptyDir":{"medium":"Memory","sizeLimit":"64Mi"}},{"name":"n","nfs":{"server":"s"}}],
              "affinity":{"nodeAffinity":{"x":[1,2]}},"resourceClaims":[{"name":"gpu"}]},
             "status":{"podIP":"10.1.1.1","podIPs":[{"ip":"10.1.1.1"}],"hostIP":"10.0.0.1","startTime":"2024-02-29T12:00:00Z","resize":"x",
               "containerStatuses":[{"name":"c","state":{"terminated":{"exitCode":3,"finishedAt":"2024-02-29T12:00:01Z"}},
                 "ready":false,"restartCount":0,"imageID":"sha","containerID":"containerd://1"}]}}
            """;

        var pod = KubernetesJson.Default.Deserialize<V1Pod>(text);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(text), JsonNode.Parse(KubernetesJson.Default.Serialize(pod))));
        Assert.Equal(3, pod.Status!.ContainerStatuses![0].State!.Terminated!.ExitCode);
        Assert.Equal("10.1.1.1", pod.Status.PodIP);
        Assert.Equal(500, pod.Spec!.Containers![0].Resources!.Requests!["cpu"].ToMilli());
        Assert.Equal("web", pod.Spec.Containers[0].LivenessProbe!.HttpGet!.Port!.Value.Text);
    }

    [Fact]
    public void Acronyms_keep_the_spelling_of_the_API()
    {
        const string text = """
            {"metadata":{},"spec":{"podCIDR":"10.0.0.0/24","podCIDRs":["10.0.0.0/24"],"providerID":"p"},
             "status":{"nodeInfo":{"bootID":"b","machineID":"m","systemUUID":"s","osImage":"o","kubeletVersion":"v"}}}
            """;

        var node = KubernetesJson.Default.Deserialize<V1Node>(text);

        Assert.Equal("p", node.Spec!.ProviderID);
        Assert.Equal("s", node.Status!.NodeInfo!.SystemUUID);
        Assert.Null(node.Spec.ExtensionData);
        Assert.Null(node.Status.NodeInfo.ExtensionData);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(text), JsonNode.Parse(KubernetesJson.Default.Serialize(node))));
    }

    [Fact]
    public void A_lease_has_six_decimals_and_other_times_have_none()
    {
        var at = new DateTimeOffset(2024, 2, 29, 13, 0, 0, TimeSpan.FromHours(1)).AddTicks(1_234_567);
        var lease = new V1Lease
        {
            Metadata = new() { CreationTimestamp = at },
            Spec = new() { RenewTime = at },
        };

        Assert.Equal(
            """{"metadata":{"creationTimestamp":"2024-02-29T12:00:00Z"},"spec":{"renewTime":"2024-02-29T12:00:00.123456Z"}}""",
            KubernetesJson.Default.Serialize(lease));
    }

    [Theory]
    [InlineData("2024-02-29T12:00:00Z")]
    [InlineData("2024-02-29T13:00:00+01:00")]
    [InlineData("2024-02-29T12:00:00.000000Z")]
    [InlineData("2024-02-29T12:00:00.000000001Z")]
    public void Every_form_of_RFC_3339_is_read(string text)
    {
        var meta = KubernetesJson.Default.Deserialize<V1Pod>($$$"""{"metadata":{"creationTimestamp":"{{{text}}}"}}""").Metadata;

        Assert.Equal(new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.Zero), meta.CreationTimestamp);
    }

    [Theory]
    [InlineData("""{"metadata":{"creationTimestamp":"yesterday"}}""")]
    [InlineData("""{"spec":{"containers":[{"resources":{"limits":{"cpu":"many"}}}]}}""")]
    [InlineData("""{"spec":{"containers":[{"ports":[{"containerPort":"x"}]}]}}""")]
    [InlineData("null")]
    [InlineData("{")]
    public void What_is_not_a_Pod_is_refused(string text) =>
        Assert.ThrowsAny<JsonException>(() => KubernetesJson.Default.Deserialize<V1Pod>(text));

    [Fact]
    public void A_quantity_may_come_as_a_bare_number() =>
        Assert.Equal(2.5m, KubernetesJson.Default.Deserialize<V1Node>("""{"status":{"capacity":{"cpu":2.5}}}""").Status!.Capacity!["cpu"].Value);

    [Fact]
    public void A_caller_brings_types_of_its_own()
    {
        var json = new KubernetesJson(WidgetContext.Default);

        var widget = json.Deserialize<Widget>("""{"metadata":{"name":"w"},"spec":{"size":4,"colour":"red"}}""");

        Assert.Equal(4, widget.Spec!.Size);
        Assert.Equal("""{"metadata":{"name":"w"},"spec":{"size":4,"colour":"red"}}""", json.Serialize(widget));
        Assert.Throws<NotSupportedException>(() => KubernetesJson.Default.Serialize(widget));
    }

    [Fact]
    public void An_object_lives_where_its_attribute_says()
    {
        Assert.Equal("/api/v1/namespaces/a%20b/pods/x/status", KubernetesEntity<V1Pod>.ObjectPath("a b", "x", "status"));
        Assert.Equal("/api/v1/pods", KubernetesEntity<V1Pod>.CollectionPath(null));
        Assert.Equal("/api/v1/nodes/n", KubernetesEntity<V1Node>.ObjectPath(null, "n"));
        Assert.Equal("/apis/coordination.k8s.io/v1/namespaces/d/leases", KubernetesEntity<V1Lease>.CollectionPath("d"));
        Assert.Throws<ArgumentException>(() => KubernetesEntity<V1Pod>.ObjectPath(null, "x"));
    }

    [KubernetesEntity(Group = "example.org", ApiVersion = "v1", Kind = "Widget", PluralName = "widgets")]
    internal sealed class Widget : KubernetesObject
    {
        public WidgetSpec? Spec { get; set; }
    }

    internal sealed class WidgetSpec : KubernetesModel
    {
        public int Size { get; set; }
    }

    [JsonSerializable(typeof(Widget))]
    internal sealed partial class WidgetContext : JsonSerializerContext;
}
