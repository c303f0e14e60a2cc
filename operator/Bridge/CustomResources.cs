using System.Reflection;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Frameworks;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>The custom resources of the bridge: their types for a client, and their definitions for an API server.</summary>
public static class CustomResources
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>For <see cref="KubernetesClientOptions.Json"/>: without it a client does not know the types.</summary>
    public static KubernetesJson Json { get; } = new(CustomResourcesContext.Default);

    /// <summary>
    /// As in <c>crds/</c>, with the rules of <c>config/rules</c>: an API server that does not know CEL drops them. (kubectl would
    /// complain, hence two files.)
    /// </summary>
    public static IReadOnlyList<V1CustomResourceDefinition> Definitions() =>
        [.. Texts(".crds.").SelectMany(YamlText.Read).Select(document => Json.Deserialize<V1CustomResourceDefinition>(WithRules(document).ToJsonString()))];

    /// <summary>Creates or updates all definitions, and waits until the API server serves them.</summary>
    /// <exception cref="TimeoutException">It does not within a minute.</exception>
    public static async Task InstallAsync(IKubernetes kubernetes, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            foreach (var definition in Definitions())
            {
                await ApplyAsync(kubernetes, definition, clock, either.Token);
                await WaitUntilServedAsync(kubernetes, definition.Name(), clock, either.Token);
            }
        }
        catch (OperationCanceledException late) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("The API server does not serve the custom resources of the bridge.", late);
        }
    }

    private static async Task ApplyAsync(IKubernetes kubernetes, V1CustomResourceDefinition definition, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            await kubernetes.CreateAsync(definition, cancellationToken);
        }
        catch (KubernetesException exists) when (exists.IsAlreadyExists)
        {
            await UpdateAsync(kubernetes, definition, clock, cancellationToken);
        }
    }

    /// <summary>Again when another has changed it in between: bridges that start together all do.</summary>
    private static async Task UpdateAsync(IKubernetes kubernetes, V1CustomResourceDefinition definition, TimeProvider clock, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var present = await kubernetes.GetAsync<V1CustomResourceDefinition>(definition.Name(), cancellationToken: cancellationToken);
                present.Spec = definition.Spec;
                await kubernetes.ReplaceAsync(present, cancellationToken);
                return;
            }
            catch (KubernetesException changed) when (changed.IsConflict)
            {
                await Task.Delay(LookEvery, clock, cancellationToken);
            }
        }
    }

    private static async Task WaitUntilServedAsync(IKubernetes kubernetes, string name, TimeProvider clock, CancellationToken cancellationToken)
    {
        while (!IsServed(await kubernetes.GetAsync<V1CustomResourceDefinition>(name, cancellationToken: cancellationToken)))
        {
            await Task.Delay(LookEvery, clock, cancellationToken);
        }
    }

    private static bool IsServed(V1CustomResourceDefinition definition) =>
        definition.Status?.Conditions?.Any(condition => condition is { Type: "Established", Status: "True" }) ?? false;

    /// <summary>Adds what a JSON patch of additions says.</summary>
    private static JsonNode WithRules(JsonNode definition)
    {
        var file = $".rules.{definition["spec"]!["names"]!["plural"]}.";
        foreach (var rule in Texts(file).SelectMany(YamlText.Read).SelectMany(patch => patch.AsArray()))
        {
            var path = rule!["path"]!.GetValue<string>().Split('/')[1..];
            var place = path[..^1].Aggregate(definition, (node, step) => node is JsonArray list ? list[int.Parse(step)]! : node[step]!);
            place[path[^1]] = rule["value"]!.DeepClone();
        }

        return definition;
    }

    private static IEnumerable<string> Texts(string folder)
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.Contains(folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return reader.ReadToEnd();
        }
    }
}
