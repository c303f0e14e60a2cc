using System.Reflection;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Frameworks;

namespace MesosK8sBridge.Operator.Demo;

/// <summary>The resources in <c>config/samples</c>, as they were when the program was built.</summary>
internal static class Samples
{
    /// <summary>Creates what is not there yet.</summary>
    /// <returns>What was created, as <c>kind/name</c>.</returns>
    public static async Task<IReadOnlyList<string>> ApplyAsync(IKubernetes kubernetes, CancellationToken cancellationToken)
    {
        var created = new List<string>();
        foreach (var document in Texts().SelectMany(YamlText.Read))
        {
            if (await CreateAsync(kubernetes, document, cancellationToken))
            {
                created.Add($"{((string?)document["kind"])?.ToLowerInvariant()}/{(string?)document["metadata"]?["name"]}");
            }
        }

        return created;
    }

    private static async Task<bool> CreateAsync(IKubernetes kubernetes, JsonNode document, CancellationToken cancellationToken)
    {
        try
        {
            _ = (string?)document["kind"] switch
            {
                "Namespace" => (IKubernetesObject)await kubernetes.CreateAsync(Read<V1Namespace>(document), cancellationToken),
                "MesosFramework" => await kubernetes.CreateAsync(Read<V1Alpha1MesosFramework>(document), cancellationToken),
                var kind => throw new NotSupportedException($"config/samples has a {kind}"),
            };
            return true;
        }
        catch (KubernetesException e) when (e.IsAlreadyExists)
        {
            return false;
        }
    }

    private static T Read<T>(JsonNode document)
        where T : IKubernetesObject => CustomResources.Json.Deserialize<T>(document.ToJsonString());

    private static IEnumerable<string> Texts()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.Contains(".samples.", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return reader.ReadToEnd();
        }
    }
}
