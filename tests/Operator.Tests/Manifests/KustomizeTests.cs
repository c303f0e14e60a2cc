using System.ComponentModel;
using System.Text.Json.Nodes;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Operator.Tests.Manifests;

/// <summary>What <c>kubectl apply -k</c> makes of <c>config/</c>.</summary>
public sealed class KustomizeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kustomize-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Tasks_fetch_by_the_image_that_the_bridge_runs_from_also_if_an_overlay_sets_it()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "kustomization.yaml"),
            $"""
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            resources:
              - {Path.GetRelativePath(_folder, Repository.File("config"))}
            images:
              - name: mesos-k8s-bridge
                newName: registry.example/bridge
                newTag: "9"
            """,
            TestContext.Current.CancellationToken);

        Assert.Equal(("mesos-k8s-bridge:0.1.0", "mesos-k8s-bridge:0.1.0"), Images(await RenderAsync(Repository.File("config"))));
        Assert.Equal(("registry.example/bridge:9", "registry.example/bridge:9"), Images(await RenderAsync(_folder)));
    }

    [Fact]
    public async Task No_role_that_holds_everywhere_reaches_secrets_or_makes_frameworks()
    {
        var rendered = await RenderAsync(Repository.File("config"));
        var everywhere = rendered.Where(item => Text(item["kind"]) == "ClusterRoleBinding").Select(item => Text(item["roleRef"]!["name"])).ToHashSet();

        var rules = rendered.Where(item => Text(item["kind"]) == "ClusterRole" && everywhere.Contains(Text(item["metadata"]!["name"])))
            .SelectMany(role => role["rules"]!.AsArray()).ToList();

        Assert.NotEmpty(rules);
        Assert.DoesNotContain(rules, rule => Has(rule!, "resources", "secrets"));
        Assert.DoesNotContain(rules, rule => Has(rule!, "resources", "mesosframeworks") && Has(rule!, "verbs", "create"));
    }

    private static bool Has(JsonNode rule, string list, string item) => rule[list]!.AsArray().Any(value => Text(value) == item);

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private static (string Container, string Fetcher) Images(IReadOnlyList<JsonObject> rendered)
    {
        var bridge = rendered.Single(item => Text(item["kind"]) == "Deployment")["spec"]!["template"]!["spec"]!["containers"]![0]!;
        return (Text(bridge["image"]), Text(bridge["env"]!.AsArray().Single(variable => Text(variable!["name"]) == "MESOS_BRIDGE_FETCHER_IMAGE")!["value"]));
    }

    private static async Task<IReadOnlyList<JsonObject>> RenderAsync(string folder)
    {
        try
        {
            var ran = await Programs.RunAsync("kubectl", ["kustomize", folder], TimeSpan.FromSeconds(30));
            Assert.True(ran.ExitCode == 0, ran.All);
            return [.. YamlText.Read(ran.Text).Cast<JsonObject>()];
        }
        catch (Win32Exception)
        {
            Assert.Skip("There is no kubectl.");
            throw;
        }
    }
}
