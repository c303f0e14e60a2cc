using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Tests.Bridge;

namespace MesosK8sBridge.Operator.Tests.Golden;

public sealed class EmbeddedAcceptanceTests(EmbeddedTestCluster cluster) : AcceptanceTests(cluster), IClassFixture<EmbeddedTestCluster>;

[Collection(nameof(RealTestCluster))]
public sealed class RealAcceptanceTests(RealTestCluster cluster) : AcceptanceTests(cluster);

/// <summary>What the builder makes is what an API server takes.</summary>
public abstract class AcceptanceTests(TestCluster cluster)
{
    public static TheoryData<string> Cases => [.. GoldenCase.NamesIn("Build").Where(name => File.Exists(Path.Combine(GoldenCase.Of("Build", name).Folder, "pod.yaml")))];

    [Theory, MemberData(nameof(Cases))]
    public async Task An_api_server_accepts_the_pod_and_what_is_beside_it(string name)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var space = $"golden-{System.Environment.ProcessId}-{name}";
        await cluster.Kubernetes.CreateAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = space } }, deadline.Token);
        try
        {
            var golden = GoldenCase.Of("Build", name);
            foreach (var made in Objects(golden, "pod.yaml").Concat(Objects(golden, "beside.yaml")))
            {
                made["metadata"]!["namespace"] = space;
                (made["spec"] as JsonObject)?.Remove("priorityClassName"); // The cluster would have to have it.
                await (made["kind"]!.GetValue<string>() switch
                {
                    "Pod" => CreateAsync<V1Pod>(made, deadline.Token),
                    "Secret" => CreateAsync<V1Secret>(made, deadline.Token),
                    "Service" => CreateAsync<V1Service>(made, deadline.Token),
                    "PersistentVolumeClaim" => CreateAsync<V1PersistentVolumeClaim>(made, deadline.Token),
                    var kind => throw new InvalidOperationException(kind),
                });
            }
        }
        finally
        {
            await cluster.Kubernetes.DeleteAsync<V1Namespace>(space, cancellationToken: CancellationToken.None);
        }
    }

    private static IEnumerable<JsonObject> Objects(GoldenCase golden, string file) =>
        File.Exists(Path.Combine(golden.Folder, file)) ? YamlText.Read(golden.Read(file)).Cast<JsonObject>() : [];

    private async Task CreateAsync<T>(JsonObject made, CancellationToken cancellationToken)
        where T : IKubernetesObject
    {
        var taken = await cluster.Kubernetes.CreateAsync(CustomResources.Json.Deserialize<T>(made.ToJsonString()), cancellationToken);
        if (taken is V1Pod)
        {
            var released = V1Patch.Merge(JsonNode.Parse("""{"metadata":{"finalizers":null}}""")!.AsObject());
            await cluster.Kubernetes.PatchAsync<V1Pod>(released, taken.Name(), taken.Namespace(), cancellationToken: cancellationToken);
            await cluster.Kubernetes.DeleteAsync<V1Pod>(taken.Name(), taken.Namespace(), new V1DeleteOptions { GracePeriodSeconds = 0 }, cancellationToken);
        }
    }
}
